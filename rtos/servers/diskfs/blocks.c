/* See blocks.h. The driver may end at any moment; a call then waits for the next driver. */
#include "blocks.h"
#include "layout.h"
#include <rtos/block.h>
#include <rtos/console.h>
#include <rtos/sys.h>
#include <rtos/text.h>

#define BLOCKS_SECTORS (DISKFS_BLOCK / BLOCK_SECTOR) /* sectors of a block */

static struct block blocks_device;

static bool blocks_read(struct disk *disk, uint32_t block, uint32_t count)
{
	(void)disk;
	return block_read(&blocks_device, (uint64_t)block * BLOCKS_SECTORS, count * BLOCKS_SECTORS,
	                  0) == BLOCK_OK;
}

static bool blocks_write(struct disk *disk, uint32_t block, uint32_t count)
{
	(void)disk;
	return block_write(&blocks_device, (uint64_t)block * BLOCKS_SECTORS, count * BLOCKS_SECTORS,
	                   0) == BLOCK_OK;
}

static bool blocks_flush(struct disk *disk)
{
	(void)disk;
	return block_flush(&blocks_device) == BLOCK_OK;
}

static void blocks_tell(struct disk *disk, const char *what, uint64_t where)
{
	struct text text = {.length = 0};

	(void)disk;
	text_add(&text, sys_program->name);
	text_add(&text, ": the ");
	text_add(&text, what);
	text_add(&text, " ");
	text_number(&text, where);
	text_add(&text, "\n");
	(void)console_print(&text);
}

const char *blocks_open(struct disk *disk)
{
	uint64_t room;

	if (block_open(&blocks_device, "block") != BLOCK_OK)
		return "there is no disk";
	room = blocks_device.buffer_size / BLOCK_SECTOR;
	room = (room < blocks_device.most ? room : blocks_device.most) / BLOCKS_SECTORS;
	if (room < DISK_ROOM_MIN)
		return "its window on the disk, or the driver's kumiki,dma-memory, is too small";
	*disk = (struct disk){
	    .buffer = blocks_device.buffer,
	    .room = (uint32_t)room,
	    .blocks = blocks_device.sectors / BLOCKS_SECTORS < DISKFS_BLOCKS_MAX
	                  ? (uint32_t)(blocks_device.sectors / BLOCKS_SECTORS)
	                  : DISKFS_BLOCKS_MAX,
	    .read_only = blocks_device.read_only,
	    .read = blocks_read,
	    .write = blocks_write,
	    .flush = blocks_flush,
	    .tell = blocks_tell,
	};
	return NULL;
}
