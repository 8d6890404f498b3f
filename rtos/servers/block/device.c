/* See device.h. */
#include "device.h"
#include <stddef.h>

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
#define FEATURE_PLATFORM  (1ULL << 33) /* the device may be behind an IOMMU */
#define FEATURES          (FEATURE_READ_ONLY | FEATURE_FLUSH | FEATURE_MODERN | FEATURE_PLATFORM)

#define INTERRUPT_CONFIGURATION 2u

static void device_set(const struct device *device, uint32_t status)
{
	device->transport->set_status(device, device->transport->status(device) | status);
}

static const char *device_negotiate(struct device *device)
{
	uint64_t features = 0;

	for (uint32_t i = 0; i < 2; i++)
		features |= (uint64_t)device->transport->features(device, i) << 32 * i;
	features &= FEATURES;
	device->read_only = (features & FEATURE_READ_ONLY) != 0;
	device->flushes = (features & FEATURE_FLUSH) != 0;
	for (uint32_t i = 0; i < 2; i++)
		device->transport->accept(device, i, (uint32_t)(features >> 32 * i));
	device_set(device, STATUS_FEATURES);
	return (features & FEATURE_MODERN) != 0 &&
	               (device->transport->status(device) & STATUS_FEATURES) != 0
	           ? NULL
	           : "it and its driver don't agree on what they can";
}

/* Both halves of one number: a disk can grow. False: it changes all the time. */
static bool device_capacity(struct device *device)
{
	const struct transport *transport = device->transport;

	for (uint32_t i = 0; i < DEVICE_LOOKS; i++) {
		const uint32_t generation = transport->generation(device);

		device->sectors =
		    transport->capacity(device, 0) | (uint64_t)transport->capacity(device, 1) << 32;
		if (generation == transport->generation(device))
			return true;
	}
	return false;
}

/* The status reads 0 when all earlier work of the device is over (virtio 1.1, 4.1.4.3.2 and
 * 4.2.3.1). The standard doesn't say how long that may take. */
bool device_quiet(const struct device *device)
{
	device->transport->set_status(device, 0);
	for (uint32_t waited = 0; device->transport->status(device) != 0; waited++) {
		if (waited == DEVICE_PATIENCE_MS)
			return false;
		device_pause();
	}
	return true;
}

const char *device_begin(struct device *device, const struct queue *queue)
{
	const char *wrong;

	device_set(device, STATUS_FOUND);
	device_set(device, STATUS_DRIVER);
	wrong = device_negotiate(device);
	if (wrong)
		return wrong;
	queue_barrier();
	if (!device->transport->give_queue(device, queue))
		return "it can't have a queue as its driver wants it";
	if (!device_capacity(device))
		return "its size changes without end";
	device_set(device, STATUS_WORKS);
	return NULL;
}

void device_tell(const struct device *device)
{
	device->transport->tell(device);
}

bool device_heard(struct device *device)
{
	const bool changed = (device->transport->heard(device) & INTERRUPT_CONFIGURATION) != 0;

	return (!changed || device_capacity(device)) &&
	       (device->transport->status(device) & STATUS_WANTS_RESET) == 0;
}
