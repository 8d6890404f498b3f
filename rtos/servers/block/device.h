/*
 * A virtio block device as its driver uses it, by virtio-mmio (virtio 1.1, 4.2 and 5.2): its
 * registers. What goes through memory is queue.h's.
 */
#ifndef BLOCK_DEVICE_H
#define BLOCK_DEVICE_H

#include "queue.h"

struct device {
	volatile uint32_t *registers;
	uint64_t sectors;
	bool read_only;
	bool flushes; /* otherwise what it has written is on its medium at once */
};

/* Resets it: from then on it writes nowhere. NULL, or what is wrong with it. */
const char *device_quiet(const struct device *device);
/* Behind that: from then on it looks at the queue. Likewise. */
const char *device_begin(struct device *device, const struct queue *queue);
/* That there is something new in the queue. */
void device_tell(const struct device *device);
/* Its interrupt has come: what comes from now on is a new one. False: it wants to be reset. */
bool device_heard(struct device *device);

#endif
