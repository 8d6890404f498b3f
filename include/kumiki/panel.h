/* SPDX-License-Identifier: MIT-0 */
/*
 * The panel: an emulated PCI function with which a system that has no kernel driver for Kumiki (a
 * Linux with its stock uio_pci_generic) sees windows, hears and rings doorbells, and manages other
 * partitions. docs/guest-interface.md says what each register does. This header may be copied into
 * any guest.
 */
#ifndef KUMIKI_PANEL_H
#define KUMIKI_PANEL_H

/* As in configuration space. A product has numbers of its own: the description's author says. */
#define PANEL_VENDOR    0x1af4u
#define PANEL_DEVICE    0x10f5u
#define PANEL_CLASS     0xff000001u /* class 0xff0000, revision 1: the word at 0x08 */
#define PANEL_SUBSYSTEM 0x4b4d0001u /* the word at 0x2c */

/*
 * BAR 0: registers of 32 bits, at the offsets below; other widths read their part of a register,
 * and aren't heeded when written. What isn't listed reads 0.
 */
#define PANEL_REGISTERS_SIZE 0x1000u

#define PANEL_MAGIC    0x000u /* R */
#define PANEL_REVISION 0x004u /* R */
#define PANEL_INDEX    0x008u /* R: this partition */
#define PANEL_STARTS   0x00cu /* R: how often it was started: its generation */
#define PANEL_PENDING  0x010u /* R, write 1 to clear: what has come */
#define PANEL_ENABLE   0x014u /* RW: what of it asks for the interrupt */
#define PANEL_RING     0x018u /* W: the number of a doorbell */
#define PANEL_RESULT                                                                               \
	0x01cu /* R: of the last RING, COMMAND, HOLD, POWER: as of the call in hypercall.h         \
	        */
#define PANEL_PARTITIONS 0x020u /* R: how many there are */
#define PANEL_MANAGED    0x024u /* R: the partitions that this one manages, a bit each */
#define PANEL_POWER      0x028u /* W: a policy of kumiki/power.h, or all ones to ask */

/* Four words of partition n: its state, the reason of its last end, starts, restarts without a
 * command (kumiki/life.h); all ones if this one doesn't manage it. */
#define PANEL_STATE(n) (0x100u + 16 * (n))
/* W: enum life_command for partition n. */
#define PANEL_COMMAND(n) (0x200u + 4 * (n))
/* R: the record of core n, as kumiki/hold.h has it: its lower word here, the other one behind it.
 * W: partition in 7:0 is to hold it, within so many of its ticks, in 31:8; with HOLD_WITHDRAW in
 * 7:0 the number of the request that is withdrawn. */
#define PANEL_HOLD(n) (0x280u + 8 * (n))
/* R: the name of partition n, 32 bytes. */
#define PANEL_NAME(n) (0x300u + 32 * (n))

#define PANEL_MAGIC_VALUE    0x494b4d4bu /* "KMKI" */
#define PANEL_REVISION_VALUE 2u          /* 2: with POWER */

/* PENDING and ENABLE: bits 0 to 30 are doorbells', as the device tree says. */
#define PANEL_CHANGED (1u << 31) /* the life of one that this one manages, or a core's holder */

/*
 * BAR 2, if there is one: the partition's windows and, of a manager, black boxes
 * (kumiki/blackbox.h) as memory. The device tree says what is where.
 */
#define PANEL_REGISTERS_BAR 0
#define PANEL_MEMORY_BAR    2

#endif
