/* The registers of the emulated devices, but for the interrupt controller's (vgic/vgic.h). */
#ifndef DEVICES_REGISTERS_H
#define DEVICES_REGISTERS_H

#include <frame/types.h>

struct partition;

enum device {
	DEVICE_NONE,
	DEVICE_DIST,
	DEVICE_REDIST,
	/* For one core at a time: devices_take(). */
	DEVICE_UART,
	DEVICE_RTC,
	DEVICE_WATCHDOG,
	DEVICE_PANEL,
	DEVICE_PCI,
	DEVICE_SLOT, /* of virtio-mmio, with no device of the partition's */
	DEVICE_END,  /* the partition's first end of a channel, and so on: devices/ends.h */
};

/* Registers of a device from DEVICE_UART on. The caller has taken the devices. Size is 1, 2, 4 or
 * 8. */
uint64_t devices_read(struct partition *partition, enum device device, uint32_t offset,
                      uint32_t size);
void devices_write(struct partition *partition, enum device device, uint32_t offset, uint32_t size,
                   uint64_t value);

/* Sets the device's line and timer: once behind an instruction, which may write two registers. */
void devices_settle(struct partition *partition, enum device device);

#endif
