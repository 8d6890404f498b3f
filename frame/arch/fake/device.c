/* Devices of the fake machine; see fake/device.h. */
#include <fake/device.h>
#include <machine/device.h>
#include <stddef.h>

#define DEVICES_MAX 16u

static struct fake_device devices[DEVICES_MAX];
static uint32_t count;

void fake_devices_reset(void)
{
	count = 0;
}

void fake_device_add(const struct fake_device *device)
{
	if (count == DEVICES_MAX)
		fake_complain("the fake machine has room for %u devices", DEVICES_MAX);
	else
		devices[count++] = *device;
}

static const struct fake_device *device_at(uint64_t at)
{
	for (uint32_t i = 0; i < count; i++)
		if (at - devices[i].base < devices[i].size)
			return &devices[i];
	fake_complain("an access to %#llx, where no device is", (unsigned long long)at);
	return NULL;
}

uint32_t device_read(uint64_t at)
{
	const struct fake_device *device = device_at(at);

	return device == NULL ? ~0u : device->read(at - device->base);
}

void device_write(uint64_t at, uint32_t value)
{
	const struct fake_device *device = device_at(at);

	if (device != NULL)
		device->write(at - device->base, value);
}

uint16_t device_read_16(uint64_t at)
{
	return (uint16_t)device_read(at);
}

void device_write_16(uint64_t at, uint16_t value)
{
	device_write(at, value);
}

void device_write_64(uint64_t at, uint64_t value)
{
	device_write(at, (uint32_t)value);
	device_write(at + 4, (uint32_t)(value >> 32));
}
