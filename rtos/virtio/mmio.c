/* A device's registers by virtio-mmio (virtio 1.1, 4.2): see device.h. */
#include <stddef.h>
#include <virtio/device.h>

/* The numbers count 32-bit words. */
enum mmio_register {
	MMIO_MAGIC = 0x000 / 4,
	MMIO_VERSION = 0x004 / 4,
	MMIO_ID = 0x008 / 4,
	MMIO_FEATURES = 0x010 / 4,
	MMIO_FEATURES_SELECT = 0x014 / 4,
	MMIO_ACCEPTED = 0x020 / 4,
	MMIO_ACCEPTED_SELECT = 0x024 / 4,
	MMIO_QUEUE = 0x030 / 4,
	MMIO_QUEUE_MOST = 0x034 / 4,
	MMIO_QUEUE_SIZE = 0x038 / 4,
	MMIO_QUEUE_READY = 0x044 / 4,
	MMIO_NOTIFY = 0x050 / 4,
	MMIO_INTERRUPT = 0x060 / 4,
	MMIO_ACKNOWLEDGE = 0x064 / 4,
	MMIO_STATUS = 0x070 / 4,
	MMIO_DESCRIPTORS = 0x080 / 4, /* two words each */
	MMIO_AVAILABLE = 0x090 / 4,
	MMIO_USED = 0x0a0 / 4,
	MMIO_GENERATION = 0x0fc / 4,
	MMIO_OWN = 0x100 / 4, /* registers of the device's kind */
};

#define MMIO_IS_VIRTIO 0x74726976u
#define MMIO_IS_MODERN 2u
#define MMIO_OWN_SIZE  0x100u /* all bytes that a slot has for them */

static uint32_t mmio_status(const struct device *device)
{
	return device->registers[MMIO_STATUS];
}

static void mmio_set_status(const struct device *device, uint32_t status)
{
	device->registers[MMIO_STATUS] = status;
}

static uint32_t mmio_features(const struct device *device, uint32_t half)
{
	device->registers[MMIO_FEATURES_SELECT] = half;
	return device->registers[MMIO_FEATURES];
}

static void mmio_accept(const struct device *device, uint32_t half, uint32_t features)
{
	device->registers[MMIO_ACCEPTED_SELECT] = half;
	device->registers[MMIO_ACCEPTED] = features;
}

static void mmio_address(const struct device *device, enum mmio_register first, uint64_t at)
{
	device->registers[first] = (uint32_t)at;
	device->registers[first + 1] = (uint32_t)(at >> 32);
}

static bool mmio_give_queue(struct device *device, const struct device_queue *queue)
{
	device->registers[MMIO_QUEUE] = queue->number;
	if (device->registers[MMIO_QUEUE_MOST] < queue->size)
		return false;
	device->registers[MMIO_QUEUE_SIZE] = queue->size;
	mmio_address(device, MMIO_DESCRIPTORS, queue->descriptors);
	mmio_address(device, MMIO_AVAILABLE, queue->available);
	mmio_address(device, MMIO_USED, queue->used);
	device->registers[MMIO_QUEUE_READY] = 1;
	return true;
}

static uint32_t mmio_generation(const struct device *device)
{
	return device->registers[MMIO_GENERATION];
}

static void mmio_tell(const struct device *device, uint32_t queue)
{
	device->registers[MMIO_NOTIFY] = queue;
}

static uint32_t mmio_heard(const struct device *device)
{
	const uint32_t interrupt = device->registers[MMIO_INTERRUPT];

	device->registers[MMIO_ACKNOWLEDGE] = interrupt;
	return interrupt;
}

const char *mmio_find(struct device *device, enum device_kind kind, uint64_t registers)
{
	static const struct transport transport = {mmio_status, mmio_set_status, mmio_features,
	                                           mmio_accept, mmio_give_queue, mmio_generation,
	                                           mmio_tell,   mmio_heard};

	device->transport = &transport;
	device->registers = (volatile uint32_t *)registers;
	device->own = device->registers + MMIO_OWN;
	device->own_size = MMIO_OWN_SIZE;
	if (device->registers[MMIO_MAGIC] != MMIO_IS_VIRTIO)
		return "it isn't a virtio device";
	if (device->registers[MMIO_VERSION] != MMIO_IS_MODERN)
		return "it is a legacy device (QEMU: -global virtio-mmio.force-legacy=false)";
	return device->registers[MMIO_ID] == kind ? NULL : device_missing(kind);
}
