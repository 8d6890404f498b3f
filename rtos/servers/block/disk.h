/* What makes a virtio device a disk (virtio 1.1, 5.2): its size, and what it can. */
#ifndef BLOCK_DISK_H
#define BLOCK_DISK_H

#include "queue.h"
#include <virtio/device.h>

struct disk {
	struct device device;
	uint64_t sectors;
	uint32_t pieces; /* that the contents of one request may have */
	bool read_only;
	bool flushes; /* otherwise each write is on the medium at once */
};

/* After the reset: from then on the disk looks at the queue. Not NULL: the error. */
const char *disk_begin(struct disk *disk, const struct queue *queue);
/* Tells the disk that the queue has a new request. */
void disk_tell(const struct disk *disk);
/* Takes the disk's interrupt: the next one is new. False: the disk has to be reset. */
bool disk_heard(struct disk *disk);

#endif
