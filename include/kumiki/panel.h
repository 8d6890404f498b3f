/* SPDX-License-Identifier: MIT-0 */
/*
 * The panel: an emulated PCI function for systems without a kernel driver for Kumiki, such as a
 * Linux with its stock uio_pci_generic. With it the system sees windows, hears and rings doorbells,
 * and manages other partitions. docs/reference/guest-interface.md says what each register does.
 * This header may be copied into any guest.
 */
#ifndef KUMIKI_PANEL_H
#define KUMIKI_PANEL_H

/* As in configuration space. The description can set a product's own numbers. */
#define PANEL_VENDOR    0x1af4u
#define PANEL_DEVICE    0x10f5u
#define PANEL_CLASS     0xff000001u /* class 0xff0000, revision 1: the word at 0x08 */
#define PANEL_SUBSYSTEM 0x4b4d0001u /* the word at 0x2c */

/*
 * BAR 0: registers of 32 bits, at the offsets below. Reads of other widths get their part of a
 * register; such writes are ignored. Other offsets read 0.
 */
#define PANEL_REGISTERS_SIZE 0x1000u

#define PANEL_MAGIC      0x000u /* R */
#define PANEL_REVISION   0x004u /* R */
#define PANEL_INDEX      0x008u /* R: this partition */
#define PANEL_STARTS     0x00cu /* R: how often it was started: its generation */
#define PANEL_PENDING    0x010u /* R, write 1 to clear: doorbells and changes */
#define PANEL_ENABLE     0x014u /* RW: the bits of PENDING that raise the interrupt */
#define PANEL_RING       0x018u /* W: the number of a doorbell */
#define PANEL_RESULT     0x01cu /* R: the answer to the last RING, COMMAND, HOLD or POWER */
#define PANEL_PARTITIONS 0x020u /* R: how many there are */
#define PANEL_MANAGED    0x024u /* R: the partitions that this partition manages, a bit each */
#define PANEL_POWER      0x028u /* W: a policy of kumiki/power.h, or all ones to ask */

/* Four words of partition n: its state, the reason of its last end, starts, restarts without a
 * command (kumiki/life.h); all ones if this partition doesn't manage it. */
#define PANEL_STATE(n) (0x100u + 16 * (n))
/* W: enum life_command for partition n. */
#define PANEL_COMMAND(n) (0x200u + 4 * (n))
/* R: the record of core n, as in kumiki/hold.h: the lower word here, the upper word behind it. W:
 * asks that the partition in 7:0 holds the core; 31:8 is the time in ticks of hold.h. With
 * HOLD_WITHDRAW in 7:0, 31:8 is the number of the request to withdraw. */
#define PANEL_HOLD(n) (0x280u + 8 * (n))
/* R: the name of partition n, 32 bytes. */
#define PANEL_NAME(n) (0x300u + 32 * (n))

#define PANEL_MAGIC_VALUE    0x494b4d4bu /* "KMKI" */
#define PANEL_REVISION_VALUE 2u          /* 2: with POWER; a higher one has more registers */

/* PENDING and ENABLE: bits 0 to 30 are doorbells, as the device tree says. */
#define PANEL_CHANGED (1u << 31) /* a managed partition's life or a core's holder changed */

/*
 * BAR 2, if there is one: the partition's windows and, for a manager, black boxes
 * (kumiki/blackbox.h) as memory. The device tree gives their places.
 */
#define PANEL_REGISTERS_BAR 0
#define PANEL_MEMORY_BAR    2

#endif
