/* SPDX-License-Identifier: MIT-0 */
/*
 * Addresses and interrupt numbers of the ZCU102 (Zynq UltraScale+), for partitions there. Their
 * UART is an emulated PL011, in the place of the board's own. There is no PL031, PCI or
 * virtio-mmio, and the PMU's interrupts are none of a core's own.
 */
#ifndef GUEST_BOARD_H
#define GUEST_BOARD_H

#include <guest/access.h>

#define BOARD_GICD 0xf9010000UL
#define BOARD_GICC 0xf902f000UL /* each CPU has its own */
#define BOARD_UART 0xff000000UL
#define BOARD_RAM  0x0UL

/* The numbers of the GiBs with devices, of the 512 that a guest maps; all others are normal
 * memory. */
#define BOARD_DEVICES                                                                              \
	{                                                                                          \
		2, 3                                                                               \
	}

#define BOARD_UART_INTERRUPT   53
#define BOARD_SPARE_INTERRUPT  191 /* a partition's watchdog: it rises only if a test wants it */
#define BOARD_VTIMER_INTERRUPT 27
#define BOARD_PTIMER_INTERRUPT 30

#endif
