/*
 * A virtio block device as its driver uses it (virtio 1.1, 3.1 and 5.2): what it is asked and told
 * by its registers. What goes through memory is queue.h's; where the registers are, mmio.c's and
 * pci.c's.
 */
#ifndef BLOCK_DEVICE_H
#define BLOCK_DEVICE_H

#include "queue.h"

#define DEVICE_PATIENCE_MS 500 /* that a reset may take */
#define DEVICE_LOOKS       100 /* at a number that changes while it is read */

struct device;

/* A way to a device's registers. */
struct transport {
	uint32_t (*status)(const struct device *device);
	void (*set_status)(const struct device *device, uint32_t status);
	/* 32 of 64 features, from the lower half on. */
	uint32_t (*features)(const struct device *device, uint32_t half);
	void (*accept)(const struct device *device, uint32_t half, uint32_t features);
	/* False: it can't have a queue of QUEUE_SIZE, or says nonsense about where to tell it. */
	bool (*give_queue)(struct device *device, const struct queue *queue);
	/* A number that changes with what the next ones say; and the disk's size. */
	uint32_t (*generation)(const struct device *device);
	uint32_t (*capacity)(const struct device *device, uint32_t half);
	void (*tell)(const struct device *device);
	/* Which interrupts it asserts; it doesn't any more. */
	uint32_t (*heard)(const struct device *device);
};

struct device {
	const struct transport *transport;
	volatile uint32_t
	    *registers; /* virtio-mmio: all; PCI: those that are common to all kinds */
	volatile uint32_t *configuration; /* PCI: those of a disk */
	volatile uint8_t *interrupt;      /* PCI */
	volatile uint16_t *notify;        /* PCI: of its queue */
	uint32_t notify_step;             /* PCI: bytes from one queue's to the next one's */
	uint32_t notify_size;             /* PCI: bytes that all of them have */
	uint64_t sectors;
	bool read_only;
	bool flushes; /* otherwise what it has written is on its medium at once */
};

/* Finds the registers. NULL, or what is wrong: there is no disk that this driver knows. */
const char *mmio_find(struct device *device, uint64_t registers);
/* `space`: the function's configuration space. `window`: `size` bytes of memory that BARs are in,
 * or are put in if nobody has; `physical` is its address for the function. */
const char *pci_find(struct device *device, uint64_t space, uint64_t window, uint64_t size,
                     uint64_t physical);

/* Resets it: from then on it writes nowhere. False: it doesn't say that it is over, for so long
 * that it never will. */
bool device_quiet(const struct device *device);
/* Behind that: from then on it looks at the queue. NULL, or what is wrong with it. */
const char *device_begin(struct device *device, const struct queue *queue);
/* That there is something new in the queue. */
void device_tell(const struct device *device);
/* Its interrupt has come: what comes from now on is a new one. False: it has to be reset. */
bool device_heard(struct device *device);

/* Not device.c's: a millisecond passes. */
void device_pause(void);

#endif
