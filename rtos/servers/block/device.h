/*
 * A virtio block device's registers as its driver uses them (virtio 1.1, 3.1 and 5.2). Requests in
 * memory are queue.h's; mmio.c and pci.c know where the registers are.
 */
#ifndef BLOCK_DEVICE_H
#define BLOCK_DEVICE_H

#include "queue.h"

#define DEVICE_PATIENCE_MS 500 /* for a reset */
#define DEVICE_LOOKS       100 /* at a number that changes while it is read */

struct device;

/* A way to a device's registers. */
struct transport {
	uint32_t (*status)(const struct device *device);
	void (*set_status)(const struct device *device, uint32_t status);
	/* 32 of 64 features, from the lower half on. */
	uint32_t (*features)(const struct device *device, uint32_t half);
	void (*accept)(const struct device *device, uint32_t half, uint32_t features);
	/* False: the device can't have a queue of QUEUE_SIZE, or its notify register is nonsense.
	 */
	bool (*give_queue)(struct device *device, const struct queue *queue);
	/* A number that changes with the disk's size; and the size. */
	uint32_t (*generation)(const struct device *device);
	uint32_t (*capacity)(const struct device *device, uint32_t half);
	void (*tell)(const struct device *device);
	/* The interrupts that the device asserts, which are cleared. */
	uint32_t (*heard)(const struct device *device);
};

struct device {
	const struct transport *transport;
	volatile uint32_t *registers;     /* virtio-mmio: all; PCI: registers common to all kinds */
	volatile uint32_t *configuration; /* PCI: registers of a disk */
	volatile uint8_t *interrupt;      /* PCI */
	volatile uint16_t *notify;        /* PCI: of its queue */
	uint32_t notify_step;             /* PCI: bytes from one queue's to the next one's */
	uint32_t notify_size;             /* PCI: bytes that all of them have */
	uint64_t sectors;
	bool read_only;
	bool flushes; /* otherwise each write is on the medium at once */
};

/* Finds the registers. Not NULL: there is no disk that this driver knows, and why. */
const char *mmio_find(struct device *device, uint64_t registers);
/* `space`: the function's configuration space. `window`: `size` bytes of addresses for BARs; a BAR
 * without a place is put there. `physical`: the window's address for the function. */
const char *pci_find(struct device *device, uint64_t space, uint64_t window, uint64_t size,
                     uint64_t physical);

/* Resets the device: from then on it writes nowhere. False: the reset isn't over in time. */
bool device_quiet(const struct device *device);
/* After the reset: from then on the device looks at the queue. Not NULL: the error. */
const char *device_begin(struct device *device, const struct queue *queue);
/* Tells the device that the queue has a new request. */
void device_tell(const struct device *device);
/* Takes the device's interrupt: the next one is new. False: the device has to be reset. */
bool device_heard(struct device *device);

/* Made by the user of device.c: waits a millisecond. */
void device_pause(void);

#endif
