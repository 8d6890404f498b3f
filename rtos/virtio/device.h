/*
 * A virtio device's registers as drivers use them (virtio 1.1, 3.1), whatever the device's kind.
 * Each driver has its own queues in memory; mmio.c and pci.c know where the registers are.
 */
#ifndef VIRTIO_DEVICE_H
#define VIRTIO_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#define DEVICE_PATIENCE_MS 500 /* how long a reset may take */
#define DEVICE_LOOKS       100 /* how often a driver reads a number that keeps changing */
#define DEVICE_QUEUES      2   /* the most that a driver uses */

/* The kinds have the numbers of virtio 1.1, 5. */
enum device_kind {
	DEVICE_NETWORK = 1,
	DEVICE_DISK = 2,
	DEVICE_CONSOLE = 3,
	DEVICE_ENTROPY = 4,
};

/* Features, each a bit of 64. The driver of a kind defines the features of that kind. */
#define DEVICE_MODERN   (1ULL << 32)
#define DEVICE_PLATFORM (1ULL << 33) /* the device may be behind an IOMMU */

/* A queue in memory, as the device needs to know it. */
struct device_queue {
	uint16_t number, size;
	uint64_t descriptors, available, used; /* addresses of its parts, as the device sees them */
};

struct device;
struct function;

/* A way to a device's registers. */
struct transport {
	uint32_t (*status)(const struct device *device);
	void (*set_status)(const struct device *device, uint32_t status);
	/* Reads 32 of the 64 features: half 0 is the lower one. */
	uint32_t (*features)(const struct device *device, uint32_t half);
	void (*accept)(const struct device *device, uint32_t half, uint32_t features);
	/* False: the device can't have a queue of that size, or its notify register is nonsense. */
	bool (*give_queue)(struct device *device, const struct device_queue *queue);
	/* A number that changes when the registers of the device's kind change. */
	uint32_t (*generation)(const struct device *device);
	void (*tell)(const struct device *device, uint32_t queue);
	/* Returns the interrupts that the device asserts, and clears them. */
	uint32_t (*heard)(const struct device *device);
};

struct device {
	const struct transport *transport;
	volatile uint32_t *registers; /* virtio-mmio: all of them; PCI: those common to all kinds */
	volatile void *own;           /* registers of the device's kind */
	uint32_t own_size;            /* bytes */
	volatile uint8_t *interrupt;  /* PCI */
	volatile uint16_t *notify;    /* PCI: of all queues */
	volatile uint16_t *notify_of[DEVICE_QUEUES]; /* PCI */
	uint32_t notify_step; /* PCI: bytes from a queue's register to the next */
	uint32_t notify_size; /* PCI: bytes of all these registers */
	uint64_t features;    /* those that both sides know */
};

/* These find the registers. If the result isn't NULL, it says why there is no device that this
 * driver knows. device_find() looks at what the program was given. */
const char *device_find(struct device *device, enum device_kind kind);
const char *mmio_find(struct device *device, enum device_kind kind, uint64_t registers);
const char *pci_find(struct device *device, enum device_kind kind, struct function *function);

/* Says in words why there is no device of that kind. */
const char *device_missing(enum device_kind kind);

/* Resets the device: after that the device writes nowhere. False: the reset wasn't over in time. */
bool device_quiet(const struct device *device);
/* After the reset, agrees on those features among `wanted` that the device has. If the result isn't
 * NULL, it is the error. The driver gives the queues next. */
const char *device_begin(struct device *device, uint64_t wanted);
const char *device_give(struct device *device, const struct device_queue *queue);
/* Starts the device: from now on it looks at its queues. */
void device_work(const struct device *device);
/* Tells the device that the queue has something new. */
void device_tell(const struct device *device, uint32_t queue);
/* Takes the device's interrupt, so that the next one is a new one. False: the device has to be
 * reset. */
bool device_heard(const struct device *device, bool *changed);

/* Reads a register of the device's kind by its own width: 1, 2 or 4 bytes. A place beyond these
 * registers reads 0. */
uint32_t device_read(const struct device *device, uint32_t at, uint32_t width);

/* device.c uses these two; find.c has them. device_pause() waits for a millisecond.
 * device_barrier() orders all reads and writes before it before all those after it, as the device
 * sees them, too. */
void device_pause(void);
void device_barrier(void);

#endif
