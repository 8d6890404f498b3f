/* See disk.h. */
#include "disk.h"
#include <stddef.h>

/* A bit each, of 64. */
#define FEATURE_PIECES    (1ULL << 2)
#define FEATURE_READ_ONLY (1ULL << 5)
#define FEATURE_FLUSH     (1ULL << 9)

#define DISK_PIECES 12 /* the register: pieces of memory that a request's contents may have */

/* Both halves of one number: a disk can grow. False: it changes all the time. */
static bool disk_size(struct disk *disk)
{
	const struct transport *transport = disk->device.transport;

	for (uint32_t i = 0; i < DEVICE_LOOKS; i++) {
		const uint32_t generation = transport->generation(&disk->device);

		disk->sectors = device_read(&disk->device, 0, 4) |
		                (uint64_t)device_read(&disk->device, 4, 4) << 32;
		if (generation == transport->generation(&disk->device))
			return true;
	}
	return false;
}

const char *disk_begin(struct disk *disk, const struct queue *queue)
{
	const struct device_queue given = {.size = QUEUE_SIZE,
	                                   .descriptors = queue_descriptors(queue),
	                                   .available = queue_available(queue),
	                                   .used = queue_used(queue)};
	const char *wrong =
	    device_begin(&disk->device, FEATURE_PIECES | FEATURE_READ_ONLY | FEATURE_FLUSH);

	disk->read_only = (disk->device.features & FEATURE_READ_ONLY) != 0;
	disk->flushes = (disk->device.features & FEATURE_FLUSH) != 0;
	if (!wrong)
		wrong = device_give(&disk->device, &given);
	if (wrong)
		return wrong;
	if (!disk_size(disk))
		return "its size changes without end";
	disk->pieces = (disk->device.features & FEATURE_PIECES) != 0
	                   ? device_read(&disk->device, DISK_PIECES, 4)
	                   : 1;
	device_work(&disk->device);
	return NULL;
}

void disk_tell(const struct disk *disk)
{
	device_tell(&disk->device, 0); /* its only queue */
}

bool disk_heard(struct disk *disk)
{
	bool changed;
	const bool well = device_heard(&disk->device, &changed);

	return well && (!changed || disk_size(disk));
}
