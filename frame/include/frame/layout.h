/*
 * Where a core finds what in its own address space at EL2. Every core has the same addresses and
 * tables of its own; docs/memory-map.md has the picture. One 1 GiB entry holds all of it, in slots
 * of 2 MiB so that what isn't mapped lies between what is. Read by C and by the linker script.
 */
#ifndef FRAME_LAYOUT_H
#define FRAME_LAYOUT_H

/* The host's unit tests say another one: their sanitizers have this. */
#ifndef LAYOUT_BASE
#define LAYOUT_BASE 0x4000000000
#endif
#define LAYOUT_SLOT         0x200000
#define LAYOUT_TEXT         LAYOUT_BASE                     /* the image: text, read-only data */
#define LAYOUT_CORE         (LAYOUT_BASE + 1 * LAYOUT_SLOT) /* this core's own: .core, stack, rings */
#define LAYOUT_MAIL         (LAYOUT_BASE + 2 * LAYOUT_SLOT) /* the mailboxes of all cores */
#define LAYOUT_WINDOW       (LAYOUT_BASE + 3 * LAYOUT_SLOT) /* one page of a guest, for a moment */
#define LAYOUT_WINDOW_TABLE (LAYOUT_WINDOW + 0x1000)        /* the table that the window is in */
#define LAYOUT_DEVICES      (LAYOUT_BASE + 4 * LAYOUT_SLOT)
#define LAYOUT_BUNDLE       (LAYOUT_BASE + 5 * LAYOUT_SLOT) /* header and tables, read-only */
#define LAYOUT_SERVICE      (LAYOUT_BASE + 6 * LAYOUT_SLOT) /* the console service's memory */
#define LAYOUT_PCI          (LAYOUT_BASE + 7 * LAYOUT_SLOT) /* configuration space of functions */
#define LAYOUT_PARTITION    (LAYOUT_BASE + 8 * LAYOUT_SLOT) /* one slot for each partition */
#define LAYOUT_USED_END     (LAYOUT_PARTITION + 8 * LAYOUT_SLOT) /* BUNDLE_PARTITIONS_MAX */
#define LAYOUT_END          (LAYOUT_BASE + 0x40000000)

/* Inside the devices' slot. */
#define LAYOUT_GICD (LAYOUT_DEVICES)
#define LAYOUT_GICR (LAYOUT_DEVICES + 0x10000) /* this core's redistributor, 128 KiB */
#define LAYOUT_UART (LAYOUT_DEVICES + 0x30000)
#define LAYOUT_RTC  (LAYOUT_DEVICES + 0x31000)
#define LAYOUT_SMMU (LAYOUT_DEVICES + 0x40000) /* 128 KiB */
/* Beside them: what the SMMU reads, and the log of refused accesses. */
#define LAYOUT_SMMU_MEMORY (LAYOUT_DEVICES + 0x80000)
#define LAYOUT_DMA_LOG     (LAYOUT_DEVICES + 0x90000)

/* Inside the core's slot: a page left out below the stack, so that an overflow faults. */
#define LAYOUT_STACK_SIZE 0x4000
#define LAYOUT_STACK      (LAYOUT_CORE + 0x1000)
#define LAYOUT_STACK_TOP  (LAYOUT_STACK + LAYOUT_STACK_SIZE)
#define LAYOUT_LOCAL      (LAYOUT_CORE + 0x8000)  /* section .core */
#define LAYOUT_TRACE      (LAYOUT_CORE + 0x40000) /* struct trace_ring */

/* The tables of one core, 11 at most, and 5 of its way in; running out stops the start with a
 * message. */
#define LAYOUT_TABLE_PAGES 18

/* What the boot core uses before it has read the bundle, at the end of the image's memory: tables,
 * a .core for the time being, a stack. */
#define LAYOUT_BOOT_TABLES    8 /* pages */
#define LAYOUT_BOOT_CORE_SIZE 0x6000
#define LAYOUT_BOOT_SIZE      (LAYOUT_BOOT_TABLES * 0x1000 + LAYOUT_BOOT_CORE_SIZE + LAYOUT_STACK_SIZE)

#endif
