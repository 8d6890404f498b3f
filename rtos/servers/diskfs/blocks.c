/* See blocks.h. The device moves pages of kept memory. The driver may end at any moment; a call
 * then waits for the next driver, which has reset the device. */
#include "blocks.h"
#include "layout.h"
#include <rtos/block.h>
#include <rtos/console.h>
#include <rtos/sys.h>
#include <rtos/text.h>

#define BLOCKS_SECTORS (DISKFS_BLOCK / BLOCK_SECTOR) /* sectors of a block */
_Static_assert(DISKFS_BLOCK == BLOCK_PAGE && DISK_PAGES == BLOCK_PAGES, "a block is a page");

static struct block blocks_device;
static uint64_t blocks_beat; /* when the next heartbeat is to be given */

static bool blocks_mounts; /* a mount makes many requests: each answer shows that it goes on */

static bool blocks_done(enum block_status status)
{
	if (blocks_mounts)
		sys_beat_when_due(&blocks_beat);
	return status == BLOCK_OK;
}

/* If a call ends otherwise than well, the device may still work on it: no driver survived the call,
 * perhaps, or there will be none. Once a driver has answered this one, it doesn't. */
static bool blocks_settle(struct disk *disk, const uint8_t *doubt)
{
	struct block again;

	disk->doubt = doubt;
	if (block_open(&again, "block") != BLOCK_OK)
		return false;
	disk->doubt = NULL;
	return true;
}

static bool blocks_read(struct disk *disk, uint32_t block, uint8_t *page)
{
	if (disk->doubt && !blocks_settle(disk, disk->doubt))
		return false;
	if (blocks_done(block_fetch(&blocks_device, (uint64_t)block * BLOCKS_SECTORS, &page, 1)))
		return true;
	(void)blocks_settle(disk, page);
	return false;
}

static bool blocks_write(struct disk *disk, uint32_t block, uint8_t *const page[], uint32_t count)
{
	(void)disk;
	return blocks_done(
	    block_store(&blocks_device, (uint64_t)block * BLOCKS_SECTORS, page, count));
}

static bool blocks_flush(struct disk *disk)
{
	(void)disk;
	return blocks_done(block_flush(&blocks_device));
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

void blocks_mounted(void)
{
	blocks_mounts = false;
}

const char *blocks_open(struct disk *disk)
{
	blocks_mounts = true;
	if (block_open(&blocks_device, "block") != BLOCK_OK)
		return "there is no disk";
	if (blocks_device.pages == 0)
		return "the disk's driver moves no pages of its kept memory: give the driver "
		       "kumiki,reaches; if it has that, its kumiki,dma-memory or its device is too "
		       "small";
	*disk = (struct disk){
	    .pages = blocks_device.pages,
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
