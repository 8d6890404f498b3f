/*
 * A virtio device's registers as drivers use them (virtio 1.1, 3.1), whatever the device's kind.
 * Queues in memory are the drivers' own; mmio.c and pci.c know where the registers are.
 */
#ifndef VIRTIO_DEVICE_H
#define VIRTIO_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#define DEVICE_PATIENCE_MS 500 /* for a reset */
#define DEVICE_LOOKS       100 /* at a number that changes while it is read */
#define DEVICE_QUEUES      2   /* that a driver uses */

/* In the device's numbers (virtio 1.1, 5). */
enum device_kind {
	DEVICE_NETWORK = 1,
	DEVICE_DISK = 2,
	DEVICE_CONSOLE = 3,
};

/* A bit each, of 64; those of one kind are with its driver. */
#define DEVICE_MODERN   (1ULL << 32)
#define DEVICE_PLATFORM (1ULL << 33) /* the device may be behind an IOMMU */

/* A queue in memory, for the device. */
struct device_queue {
	uint16_t number, size;
	uint64_t descriptors, available, used; /* where the device sees its parts */
};

struct device;

/* A way to a device's registers. */
struct transport {
	uint32_t (*status)(const struct device *device);
	void (*set_status)(const struct device *device, uint32_t status);
	/* 32 of 64 features, from the lower half on. */
	uint32_t (*features)(const struct device *device, uint32_t half);
	void (*accept)(const struct device *device, uint32_t half, uint32_t features);
	/* False: the device can't have a queue of that size, or its notify register is nonsense. */
	bool (*give_queue)(struct device *device, const struct device_queue *queue);
	/* A number that changes with the registers of the device's kind. */
	uint32_t (*generation)(const struct device *device);
	void (*tell)(const struct device *device, uint32_t queue);
	/* The interrupts that the device asserts, which are cleared. */
	uint32_t (*heard)(const struct device *device);
};

struct device {
	const struct transport *transport;
	volatile uint32_t *registers; /* virtio-mmio: all; PCI: those common to all kinds */
	volatile void *own;           /* registers of its kind */
	uint32_t own_size;            /* bytes */
	volatile uint8_t *interrupt;  /* PCI */
	volatile uint16_t *notify;    /* PCI: of all queues */
	volatile uint16_t *notify_of[DEVICE_QUEUES]; /* PCI */
	uint32_t notify_step;                        /* PCI: bytes from one queue's to the next's */
	uint32_t notify_size;                        /* PCI: bytes that all of them have */
	uint64_t features;                           /* that both sides know */
};

/* Finds the registers. Not NULL: there is no device that this driver knows, and why. The first
 * looks at what the program was given. */
const char *device_find(struct device *device, enum device_kind kind);
const char *mmio_find(struct device *device, enum device_kind kind, uint64_t registers);
/* `space`: the function's configuration space. `window`: `size` bytes of addresses for BARs; a BAR
 * without a place is put there. `physical`: the window's address for the function. */
const char *pci_find(struct device *device, enum device_kind kind, uint64_t space, uint64_t window,
                     uint64_t size, uint64_t physical);

/* Why there is no device of that kind, in words. */
const char *device_missing(enum device_kind kind);

/* Resets the device: from then on it writes nowhere. False: the reset isn't over in time. */
bool device_quiet(const struct device *device);
/* After the reset: agrees on the features among `wanted` that the device has. Not NULL: the error.
 * Queues are given next. */
const char *device_begin(struct device *device, uint64_t wanted);
const char *device_give(struct device *device, const struct device_queue *queue);
/* From then on the device looks at its queues. */
void device_work(const struct device *device);
/* Tells the device that the queue has something new. */
void device_tell(const struct device *device, uint32_t queue);
/* Takes the device's interrupt: the next one is new. False: the device has to be reset. */
bool device_heard(const struct device *device, bool *changed);

/* Registers of the device's kind, each by its own width: 1, 2 or 4 bytes. Beyond its size: 0. */
uint32_t device_read(const struct device *device, uint32_t at, uint32_t width);

/* For device.c, made by find.c: waits a millisecond; orders all reads and writes before it before
 * all after it, for the device, too. */
void device_pause(void);
void device_barrier(void);

#endif
