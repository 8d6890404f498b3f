/* See device.h. */
#include <stddef.h>
#include <virtio/device.h>

enum device_status {
	STATUS_FOUND = 1,
	STATUS_DRIVER = 2,
	STATUS_WORKS = 4,
	STATUS_FEATURES = 8,
	STATUS_WANTS_RESET = 64,
};

#define INTERRUPT_CONFIGURATION 2u

const char *device_missing(enum device_kind kind)
{
	switch (kind) {
	case DEVICE_NETWORK:
		return "there is no network card";
	case DEVICE_DISK:
		return "there is no disk";
	case DEVICE_CONSOLE:
		return "there is no console";
	case DEVICE_ENTROPY:
		return "there is no generator of random bytes";
	default:
		return "there is no such device";
	}
}

static void device_set(const struct device *device, uint32_t status)
{
	device->transport->set_status(device, device->transport->status(device) | status);
}

static const char *device_negotiate(struct device *device, uint64_t wanted)
{
	uint64_t features = 0;

	for (uint32_t i = 0; i < 2; i++)
		features |= (uint64_t)device->transport->features(device, i) << 32 * i;
	features &= wanted | DEVICE_MODERN | DEVICE_PLATFORM;
	for (uint32_t i = 0; i < 2; i++)
		device->transport->accept(device, i, (uint32_t)(features >> 32 * i));
	device_set(device, STATUS_FEATURES);
	device->features = features;
	return (features & DEVICE_MODERN) != 0 &&
	               (device->transport->status(device) & STATUS_FEATURES) != 0
	           ? NULL
	           : "it and its driver don't agree on what they can";
}

/* When all earlier work of the device is over, the status reads 0 (virtio 1.1, 4.1.4.3.2 and
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

const char *device_begin(struct device *device, uint64_t wanted)
{
	device_set(device, STATUS_FOUND);
	device_set(device, STATUS_DRIVER);
	return device_negotiate(device, wanted);
}

const char *device_give(struct device *device, const struct device_queue *queue)
{
	device_barrier();
	return device->transport->give_queue(device, queue)
	           ? NULL
	           : "it can't have a queue as its driver wants it";
}

void device_work(const struct device *device)
{
	device_set(device, STATUS_WORKS);
}

void device_tell(const struct device *device, uint32_t queue)
{
	device->transport->tell(device, queue);
}

/* A device that has to be reset says that its configuration has changed (virtio 1.1, 2.1.2). */
bool device_heard(const struct device *device, bool *changed)
{
	*changed = (device->transport->heard(device) & INTERRUPT_CONFIGURATION) != 0;
	return !*changed || (device->transport->status(device) & STATUS_WANTS_RESET) == 0;
}

uint32_t device_read(const struct device *device, uint32_t at, uint32_t width)
{
	const volatile uint8_t *own = (const volatile uint8_t *)device->own + at;

	if (at + width > device->own_size)
		return 0;
	switch (width) {
	case 1:
		return *own;
	case 2:
		return *(const volatile uint16_t *)own;
	default:
		return *(const volatile uint32_t *)own;
	}
}
