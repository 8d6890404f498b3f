/* See device.h. */
#include "device.h"
#include <stddef.h>

/* Registers, in words (virtio 1.1, 4.2.2). */
enum device_register {
	DEVICE_MAGIC = 0x000 / 4,
	DEVICE_VERSION = 0x004 / 4,
	DEVICE_ID = 0x008 / 4,
	DEVICE_FEATURES = 0x010 / 4,
	DEVICE_FEATURES_SELECT = 0x014 / 4,
	DEVICE_ACCEPTED = 0x020 / 4,
	DEVICE_ACCEPTED_SELECT = 0x024 / 4,
	DEVICE_QUEUE = 0x030 / 4,
	DEVICE_QUEUE_MOST = 0x034 / 4,
	DEVICE_QUEUE_SIZE = 0x038 / 4,
	DEVICE_QUEUE_READY = 0x044 / 4,
	DEVICE_NOTIFY = 0x050 / 4,
	DEVICE_INTERRUPT = 0x060 / 4,
	DEVICE_ACKNOWLEDGE = 0x064 / 4,
	DEVICE_STATUS = 0x070 / 4,
	DEVICE_DESCRIPTORS = 0x080 / 4, /* two words each */
	DEVICE_AVAILABLE = 0x090 / 4,
	DEVICE_USED = 0x0a0 / 4,
	DEVICE_GENERATION = 0x0fc / 4,
	DEVICE_CAPACITY = 0x100 / 4,
};

#define DEVICE_IS_VIRTIO 0x74726976u
#define DEVICE_IS_MODERN 2u
#define DEVICE_IS_DISK   2u

enum device_status {
	STATUS_FOUND = 1,
	STATUS_DRIVER = 2,
	STATUS_WORKS = 4,
	STATUS_FEATURES = 8,
	STATUS_WANTS_RESET = 64,
};

/* A bit each, of 64. */
#define FEATURE_READ_ONLY (1ULL << 5)
#define FEATURE_FLUSH     (1ULL << 9)
#define FEATURE_MODERN    (1ULL << 32)
#define FEATURE_PLATFORM  (1ULL << 33) /* an IOMMU may be in its way: whoever set it up */

#define INTERRUPT_CONFIGURATION 2u

static void device_set(const struct device *device, uint32_t status)
{
	device->registers[DEVICE_STATUS] |= status;
}

static uint64_t device_offers(const struct device *device)
{
	uint64_t features = 0;

	for (uint32_t i = 0; i < 2; i++) {
		device->registers[DEVICE_FEATURES_SELECT] = i;
		features |= (uint64_t)device->registers[DEVICE_FEATURES] << 32 * i;
	}
	return features;
}

static void device_accept(const struct device *device, uint64_t features)
{
	for (uint32_t i = 0; i < 2; i++) {
		device->registers[DEVICE_ACCEPTED_SELECT] = i;
		device->registers[DEVICE_ACCEPTED] = (uint32_t)(features >> 32 * i);
	}
}

static const char *device_negotiate(struct device *device)
{
	const uint64_t features = device_offers(device) & (FEATURE_READ_ONLY | FEATURE_FLUSH |
	                                                   FEATURE_MODERN | FEATURE_PLATFORM);

	device->read_only = (features & FEATURE_READ_ONLY) != 0;
	device->flushes = (features & FEATURE_FLUSH) != 0;
	device_accept(device, features);
	device_set(device, STATUS_FEATURES);
	return (features & FEATURE_MODERN) != 0 &&
	               (device->registers[DEVICE_STATUS] & STATUS_FEATURES) != 0
	           ? NULL
	           : "it and its driver don't agree on what they can";
}

static void device_address(const struct device *device, enum device_register first, uint64_t at)
{
	device->registers[first] = (uint32_t)at;
	device->registers[first + 1] = (uint32_t)(at >> 32);
}

static const char *device_give_queue(const struct device *device, const struct queue *queue)
{
	device->registers[DEVICE_QUEUE] = 0;
	if (device->registers[DEVICE_QUEUE_MOST] < QUEUE_SIZE)
		return "its queue is too short";
	device->registers[DEVICE_QUEUE_SIZE] = QUEUE_SIZE;
	device_address(device, DEVICE_DESCRIPTORS, queue_descriptors(queue));
	device_address(device, DEVICE_AVAILABLE, queue_available(queue));
	device_address(device, DEVICE_USED, queue_used(queue));
	queue_barrier();
	device->registers[DEVICE_QUEUE_READY] = 1;
	return NULL;
}

/* Both halves of one number: a disk can grow. */
static void device_capacity(struct device *device)
{
	uint32_t generation;

	do {
		generation = device->registers[DEVICE_GENERATION];
		device->sectors = device->registers[DEVICE_CAPACITY] |
		                  (uint64_t)device->registers[DEVICE_CAPACITY + 1] << 32;
	} while (generation != device->registers[DEVICE_GENERATION]);
}

/* It says 0 when all that it did for whoever drove it before is over (virtio 1.1, 4.2.3.1). */
static void device_reset(const struct device *device)
{
	device->registers[DEVICE_STATUS] = 0;
	while (device->registers[DEVICE_STATUS] != 0)
		;
}

static const char *device_identify(const struct device *device)
{
	if (device->registers[DEVICE_MAGIC] != DEVICE_IS_VIRTIO)
		return "it isn't a virtio device";
	if (device->registers[DEVICE_VERSION] != DEVICE_IS_MODERN)
		return "it is a legacy device (QEMU: -global virtio-mmio.force-legacy=false)";
	return device->registers[DEVICE_ID] == DEVICE_IS_DISK ? NULL : "there is no disk";
}

const char *device_quiet(const struct device *device)
{
	const char *wrong = device_identify(device);

	if (!wrong)
		device_reset(device);
	return wrong;
}

const char *device_begin(struct device *device, const struct queue *queue)
{
	const char *wrong;

	device_set(device, STATUS_FOUND);
	device_set(device, STATUS_DRIVER);
	wrong = device_negotiate(device);
	if (!wrong)
		wrong = device_give_queue(device, queue);
	if (wrong)
		return wrong;
	device_capacity(device);
	device_set(device, STATUS_WORKS);
	return NULL;
}

void device_tell(const struct device *device)
{
	device->registers[DEVICE_NOTIFY] = 0; /* its only queue */
}

bool device_heard(struct device *device)
{
	const uint32_t interrupt = device->registers[DEVICE_INTERRUPT];

	device->registers[DEVICE_ACKNOWLEDGE] = interrupt;
	if ((interrupt & INTERRUPT_CONFIGURATION) != 0)
		device_capacity(device);
	return (device->registers[DEVICE_STATUS] & STATUS_WANTS_RESET) == 0;
}
