/* SPDX-License-Identifier: MIT-0 */
/*
 * Addresses and interrupt numbers of the i.MX 8M Plus EVK, for partitions there. Their UART is an
 * emulated PL011, in the place of the board's own. There is no PL031, PCI or virtio-mmio, and the
 * board's tree names no PMU that the frame knows.
 */
#ifndef GUEST_BOARD_H
#define GUEST_BOARD_H

#include <guest/access.h>

#define BOARD_GICD 0x38800000UL
#define BOARD_GICR 0x38880000UL /* 128 KiB for each CPU */
#define BOARD_UART 0x30890000UL
#define BOARD_RAM  0x40000000UL

/* The numbers of the GiBs with devices, of the 512 that a guest maps; all others are normal
 * memory. */
#define BOARD_DEVICES                                                                              \
	{                                                                                          \
		0                                                                                  \
	}

#define BOARD_UART_INTERRUPT   59
#define BOARD_SPARE_INTERRUPT  191 /* a partition's watchdog: it rises only if a test wants it */
#define BOARD_VTIMER_INTERRUPT 27
#define BOARD_PTIMER_INTERRUPT 30

#endif
