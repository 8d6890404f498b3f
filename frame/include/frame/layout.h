/*
 * Where a core finds what in its own address space at EL2. Every core has the same addresses and
 * tables of its own; docs/boot.md has the picture. The last 1 GiB entry below 2^39 holds all
 * of it, in slots of 2 MiB so that what isn't mapped lies between what is. What is named often
 * lies a power of two below the end: one instruction makes such an address. Read by C and by the
 * linker script.
 */
#ifndef FRAME_LAYOUT_H
#define FRAME_LAYOUT_H

/* The host's unit tests say another one: their sanitizers have this. */
#ifndef LAYOUT_END
#define LAYOUT_END 0x8000000000
#endif
#define LAYOUT_SLOT         0x200000
#define LAYOUT_BASE         (LAYOUT_END - 0x40000000)
#define LAYOUT_PARTITION    (LAYOUT_END - 0x10000000)   /* one slot for each partition */
#define LAYOUT_PCI          (LAYOUT_END - 0x8000000)    /* configuration space of functions */
#define LAYOUT_SERVICE      (LAYOUT_END - 0x4000000)    /* the console service's memory */
#define LAYOUT_WINDOW       (LAYOUT_END - 0x2000000)    /* one page of a guest, for a moment */
#define LAYOUT_WINDOW_TABLE (LAYOUT_WINDOW + 0x1000)    /* the table that the window is in */
#define LAYOUT_CORE         (LAYOUT_END - 0x1000000)    /* this core's own: ring, stack, .core */
#define LAYOUT_TEXT         (LAYOUT_CORE + LAYOUT_SLOT) /* the image: text, read-only data */
#define LAYOUT_MAIL         (LAYOUT_END - 0x800000)     /* the mailboxes of all cores */
#define LAYOUT_TOLD         (LAYOUT_MAIL + 0x100000)    /* of each channel a page for brokers */
#define LAYOUT_BUNDLE       (LAYOUT_END - 0x400000)     /* header and tables, read-only */
#define LAYOUT_DEVICES      (LAYOUT_END - LAYOUT_SLOT)

/* Inside the devices' slot: first what the SMMU reads, and the log of refused accesses. */
#define LAYOUT_SMMU_MEMORY (LAYOUT_DEVICES)
#define LAYOUT_DMA_LOG     (LAYOUT_DEVICES + 0x10000)
#define LAYOUT_GICD        (LAYOUT_END - 0x100000)
#define LAYOUT_UART        (LAYOUT_END - 0x80000)
#define LAYOUT_RTC         (LAYOUT_UART + 0x1000)
#define LAYOUT_SMMU        (LAYOUT_END - 0x40000) /* 128 KiB */
#define LAYOUT_GICR        (LAYOUT_END - 0x20000) /* this core's redistributor, 128 KiB */

/* Inside the core's slot: a page left out below the stack, so that an overflow faults. .core is
 * within 1 MiB of the text: it is reached relative to the instruction. */
#define LAYOUT_TRACE      LAYOUT_CORE /* struct trace_ring */
#define LAYOUT_STACK_SIZE 0x4000
#define LAYOUT_STACK      (LAYOUT_TEXT - 0x20000)
#define LAYOUT_STACK_TOP  (LAYOUT_STACK + LAYOUT_STACK_SIZE)
#define LAYOUT_LOCAL      (LAYOUT_TEXT - 0x18000) /* section .core, and a page left out */
#define LAYOUT_LOCAL_END  (LAYOUT_TEXT - 0x1000)

/* The tables of one core, 10 at most beside those for partitions, and 5 of its way in; running out
 * stops the start with a message. */
#define LAYOUT_TABLE_PAGES 17

/* What the boot core uses before it has read the bundle, at the end of the image's memory: tables,
 * a .core for the time being, a stack. */
#define LAYOUT_BOOT_TABLES    8 /* pages */
#define LAYOUT_BOOT_CORE_SIZE 0x4000
#define LAYOUT_BOOT_SIZE      (LAYOUT_BOOT_TABLES * 0x1000 + LAYOUT_BOOT_CORE_SIZE + LAYOUT_STACK_SIZE)

#endif
