/* SPDX-License-Identifier: MIT-0 */
/*
 * Addresses and interrupt numbers of QEMU's `virt` with a GICv2, for programs that run there. Under
 * Kumiki they are the same.
 */
#ifndef GUEST_BOARD_H
#define GUEST_BOARD_H

#include <guest/access.h>

#define BOARD_GICD 0x08000000UL
#define BOARD_GICC 0x08010000UL /* each CPU has its own */
#define BOARD_UART 0x09000000UL /* PL011 */
#define BOARD_RTC  0x09010000UL /* PL031 */
#define BOARD_RAM  0x40000000UL
#define BOARD_ECAM 0x4010000000UL /* configuration space of PCI, 1 MiB for each bus */

#define BOARD_VIRTIO       0x0a000000UL /* the slots of virtio-mmio, with 512 bytes each */
#define BOARD_VIRTIO_SLOTS 32

/* The numbers of the GiBs with devices, of the 512 that a guest maps; all others are normal
 * memory. */
#define BOARD_DEVICES                                                                              \
	{                                                                                          \
		0, BOARD_ECAM >> 30                                                                \
	}

#define BOARD_UART_INTERRUPT   33
#define BOARD_RTC_INTERRUPT    34
#define BOARD_SPARE_INTERRUPT  BOARD_RTC_INTERRUPT /* an SPI that rises only if a test wants it */
#define BOARD_PMU_INTERRUPT    23
#define BOARD_VTIMER_INTERRUPT 27
#define BOARD_PTIMER_INTERRUPT 30

#endif
