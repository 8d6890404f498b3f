/* Devices of the fake machine, behind machine/device.h: each is a range of addresses with its
 * model. */
#ifndef FAKE_DEVICE_H
#define FAKE_DEVICE_H

#include <fake/complaint.h>
#include <stdint.h>

struct fake_device {
	uint64_t base, size;
	uint32_t (*read)(uint64_t offset);
	void (*write)(uint64_t offset, uint32_t value);
};

/* fake_devices_reset() removes all devices; fake_device_add() adds one. An access to an address
 * without a device is a complaint. */
void fake_devices_reset(void);
void fake_device_add(const struct fake_device *device);

#endif
