/* SPDX-License-Identifier: MIT-0 */
/* Addresses and interrupt numbers of a domain of Xen 4.17 on arm64, as its device tree has them. */
#ifndef GUEST_BOARD_H
#define GUEST_BOARD_H

#include <guest/access.h>

#define BOARD_GICD 0x03001000UL
#define BOARD_GICR 0x03020000UL /* 128 KiB for each CPU */
#define BOARD_UART 0x22000000UL /* SBSA's: some of a PL011's registers */
#define BOARD_RAM  0x40000000UL

/* The number of the GiB with devices, of the 512 that a guest maps; all others are normal memory.
 */
#define BOARD_DEVICES                                                                              \
	{                                                                                          \
		0                                                                                  \
	}

#define BOARD_VTIMER_INTERRUPT 27

#endif
