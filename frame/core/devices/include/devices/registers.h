/* The registers of all emulated devices except the interrupt controller (vgic/vgic.h). */
#ifndef DEVICES_REGISTERS_H
#define DEVICES_REGISTERS_H

#include <frame/types.h>

struct partition;

enum device {
	DEVICE_NONE,
	DEVICE_DIST,
	DEVICE_GIC_OWN,
	/* For one core at a time: devices_take(). */
	DEVICE_UART,
	DEVICE_RTC,
	DEVICE_WATCHDOG,
	DEVICE_PANEL,
	DEVICE_PCI,
	DEVICE_WATCH,    /* of the partition that this one watches */
	DEVICE_MESSAGES, /* the page of a GICv2m */
	DEVICE_SLOT,     /* of virtio-mmio, with no device of the partition's */
	DEVICE_END,      /* the partition's first end of a channel, and so on: devices/ends.h */
};

/* Reads or writes a register of a device from DEVICE_UART on, except ends. The caller has taken the
 * devices. Size is 1, 2, 4 or 8. */
uint64_t devices_read(struct partition *partition, enum device device, uint32_t offset,
                      uint32_t size);
void devices_write(struct partition *partition, enum device device, uint32_t offset, uint32_t size,
                   uint64_t value);

/* Sets the line and timer of a clock or watchdog. Called once after each instruction, which may
 * have written two registers. */
void devices_settle(struct partition *partition, enum device device);

#endif
