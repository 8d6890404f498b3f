/* SPDX-License-Identifier: MIT-0 */
/*
 * Addresses and interrupt numbers of the Raspberry Pi 4, for partitions there. There is no PL031
 * and no virtio-mmio, and the PMU's interrupts are none of a core's own.
 */
#ifndef GUEST_BOARD_H
#define GUEST_BOARD_H

#include <guest/access.h>

#define BOARD_GICD 0xff841000UL
#define BOARD_GICC 0xff842000UL /* each CPU has its own */
#define BOARD_UART 0xfe201000UL /* PL011 */
#define BOARD_RAM  0x0UL

/* The numbers of the GiBs with devices, of the 512 that a guest maps; all others are normal
 * memory. */
#define BOARD_DEVICES                                                                              \
	{                                                                                          \
		2, 3                                                                               \
	}

#define BOARD_UART_INTERRUPT   153
#define BOARD_SPARE_INTERRUPT  191 /* a partition's watchdog: it rises only if a test wants it */
#define BOARD_VTIMER_INTERRUPT 27
#define BOARD_PTIMER_INTERRUPT 30

#endif
