/* SPDX-License-Identifier: MIT-0 */
/*
 * Addresses and interrupt numbers of QEMU's `xlnx-versal-virt`, for programs that run there. The
 * board has no PL031 and no PCI, and the PMU's interrupt isn't connected.
 */
#ifndef GUEST_BOARD_H
#define GUEST_BOARD_H

#include <guest/access.h>

#define BOARD_GICD 0xf9000000UL
#define BOARD_GICR 0xf9080000UL /* 128 KiB for each CPU */
#define BOARD_UART 0xff000000UL /* PL011 */
#define BOARD_RAM  0x0UL

#define BOARD_VIRTIO       0xa0000000UL /* the slots of virtio-mmio, with 512 bytes each */
#define BOARD_VIRTIO_SLOTS 8

/* The numbers of the GiBs with devices, of the 512 that a guest maps; all others are normal
 * memory. */
#define BOARD_DEVICES                                                                              \
	{                                                                                          \
		2, 3                                                                               \
	}

/* The Cortex-R5F cores' reset (CRL): each core has a bit that holds it in reset; other bits hold
 * both cores. */
#define BOARD_REMOTE_RESET     0xff5e0000UL
#define BOARD_REMOTE_UNLOCK    0x01c /* WPROT */
#define BOARD_REMOTE_CORES     0x300 /* RST_CPU_R5 */
#define BOARD_REMOTE_HOLD      3u
#define BOARD_REMOTE_RUN(core) (3u & ~(1u << (core)))

#define BOARD_UART_INTERRUPT   50
#define BOARD_SPARE_INTERRUPT  191 /* a partition's watchdog: it rises only if a test wants it */
#define BOARD_VTIMER_INTERRUPT 27
#define BOARD_PTIMER_INTERRUPT 30

#endif
