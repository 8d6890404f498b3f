/* A virtio disk for the calls' side of its driver: see disk/medium.h. */
#include "disk.h"
#include <disk/medium.h>
#include <kumiki/rtos/manifest.h>
#include <kumiki/rtos/note.h>
#include <proto/block.h>
#include <stddef.h>

RTOS_NOTE(RTOS_NOTE_DRIVES, RTOS_END_DISK);

static struct {
	struct queue queue;
	struct disk disk;
} block;

void queue_barrier(void)
{
	device_barrier();
}

const char *medium_reset(void)
{
	const char *wrong = device_find(&block.disk.device, DEVICE_DISK);

	if (wrong)
		return wrong;
	return device_quiet(&block.disk.device) ? NULL : "the device can't be reset";
}

static void block_tell(struct medium *medium)
{
	medium->sectors = block.disk.sectors;
	medium->most = block.queue.bytes / BLOCK_SECTOR;
	medium->pages = block.disk.pieces < BLOCK_PAGES ? block.disk.pieces : BLOCK_PAGES;
	medium->read_only = block.disk.read_only;
	medium->flushes = block.disk.flushes;
}

const char *medium_begin(struct medium *medium, const struct medium_memory *memory)
{
	const char *wrong;

	if (!queue_begin(&block.queue, memory->bytes, memory->physical, memory->size))
		return "its kumiki,dma-memory is too small";
	wrong = disk_begin(&block.disk, &block.queue);
	block_tell(medium);
	return wrong;
}

bool medium_heard(struct medium *medium)
{
	const bool well = disk_heard(&block.disk);

	block_tell(medium);
	return well;
}

/* A disk that has to be reset interrupts. */
bool medium_is_well(void)
{
	return true;
}

uint32_t medium_free(void)
{
	return queue_free(&block.queue);
}

bool medium_is_open(uint32_t number)
{
	return (block.queue.open >> number & 1) != 0;
}

uint8_t *medium_buffer(uint32_t number, uint64_t sector)
{
	(void)sector;
	return queue_buffer(&block.queue, number);
}

void medium_give(uint32_t number, const struct medium_request *request)
{
	queue_give(&block.queue, number, request);
	disk_tell(&block.disk);
}

enum medium_answer medium_take(uint32_t *number)
{
	return queue_take(&block.queue, number);
}

bool medium_is_sound(const struct medium_memory *memory)
{
	return queue_is_sound(&block.queue, memory->bytes, memory->size);
}
