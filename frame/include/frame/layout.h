/*
 * The layout of a core's own address space at EL2. All cores use the same addresses, but each has
 * tables of its own; docs/inside/memory.md has the picture. All of it is in the last entry of 1 GiB
 * below 2^39. Slots of 2 MiB leave unmapped gaps between the parts. Parts that code often names are
 * a power of two below the end, as one instruction makes such an address. C, assembly and the
 * linker script read this.
 */
#ifndef FRAME_LAYOUT_H
#define FRAME_LAYOUT_H

/* The host's unit tests set another one, as their sanitizers use this address. */
#ifndef LAYOUT_END
#define LAYOUT_END 0x8000000000
#endif
#define LAYOUT_SLOT         0x200000
#define LAYOUT_BASE         (LAYOUT_END - 0x40000000)
#define LAYOUT_PARTITION    (LAYOUT_END - 0x10000000) /* one slot for each partition */
#define LAYOUT_FIXED        (LAYOUT_SLOT - 0x1000)    /* in that slot: a page, read-only */
#define LAYOUT_PCI          (LAYOUT_END - 0x8000000)  /* configuration space of functions */
#define LAYOUT_SERVICE      (LAYOUT_END - 0x4000000)  /* memory of the services that last */
#define LAYOUT_WINDOW       (LAYOUT_END - 0x2000000)  /* one page of a guest, for a moment */
#define LAYOUT_WINDOW_TABLE (LAYOUT_WINDOW + 0x1000)  /* the table that the window is in */
#define LAYOUT_CORE         (LAYOUT_END - 0x1000000)  /* this core's own data: ring, stack, .core */
#define LAYOUT_TEXT         (LAYOUT_CORE + LAYOUT_SLOT) /* the image: text, read-only data */
/* This core's own tables, and what the start has kept of them (struct tables_kept). Ways in alone
 * map them to be written. */
#define LAYOUT_TABLES      (LAYOUT_TEXT + 0x160000)
#define LAYOUT_TABLES_KEPT (LAYOUT_TEXT + 0x17f000)
/* In the tables of a way in: for each core a page, the leaf table by which it maps the text. */
#define LAYOUT_TEXT_TABLES (LAYOUT_TEXT + 0x1f0000)
#define LAYOUT_MAIL        (LAYOUT_END - 0x800000)  /* the mailboxes of all cores */
#define LAYOUT_TOLD        (LAYOUT_MAIL + 0x100000) /* for each channel a page for its brokers */
#define LAYOUT_MENDS       (LAYOUT_MAIL + 0x180000) /* for each partition a page */
#define LAYOUT_BUNDLE      (LAYOUT_END - 0x400000)  /* header and tables, read-only */
#define LAYOUT_DEVICES     (LAYOUT_END - LAYOUT_SLOT)

/*
 * The image's fixed places, from LAYOUT_TEXT on: the same in each build, so that a running frame
 * can be exchanged for another one (docs/update.md). Each part has room to grow. A build whose
 * parts don't fit says LAYOUT_NONE, and can't be exchanged. LAYOUT_REVISION changes with the places
 * here and in core_entry's page (head.S), and with each address or size of this file.
 */
#define LAYOUT_NONE     0
#define LAYOUT_REVISION 8
#define IMAGE_CONSOLE   0x20000 /* first the text, then the services */
#define IMAGE_LOADER    0x3c000
#define IMAGE_WARDEN    0x42000
#define IMAGE_BROKER    0x49000
#define IMAGE_UPDATER   0x51000
#define IMAGE_PARITY    0x57000 /* of the services, then their sums */
#define IMAGE_CONSTANTS 0x59000
#define IMAGE_START     0x5a000 /* what only the start uses */
#define IMAGE_ROOM      0x6e000
#define IMAGE_PIECE     0x80 /* a look compares so much of it with the pristine frame */
/* In the first page of the start's part. */
#define IMAGE_REENTER IMAGE_START          /* core_reenter */
#define IMAGE_ENTRY   (IMAGE_START + 0x20) /* core_entry */

/* In the text's slot, too, behind the image: the pristine frame, which has the image's parts but
 * for the services. Ways in alone map the image to be written. If the machine takes updates, they
 * map the exchange's page, and that of the console's core the spare area, both it and the pristine
 * frame to be written.
 */
#define LAYOUT_PRISTINE (LAYOUT_TEXT + 0x80000)
#define LAYOUT_IMAGE    (LAYOUT_TEXT + 0xf0000)
#define LAYOUT_SPARE    (LAYOUT_TEXT + 0x180000)
#define LAYOUT_EXCHANGE (LAYOUT_TEXT + LAYOUT_SLOT - 0x1000)

/* Inside the devices' slot. First the SMMU's memory, and the log of refused accesses. */
#define LAYOUT_SMMU_MEMORY (LAYOUT_DEVICES)
#define LAYOUT_DMA_LOG     (LAYOUT_DEVICES + 0x10000)
#define LAYOUT_GICD        (LAYOUT_END - 0x100000)
#define LAYOUT_UART        (LAYOUT_END - 0x80000)
#define LAYOUT_RTC         (LAYOUT_UART + 0x1000)
#define LAYOUT_WATCHDOG    (LAYOUT_UART + 0x2000)
#define LAYOUT_SMMU        (LAYOUT_END - 0x40000) /* 128 KiB */
#define LAYOUT_GICR        (LAYOUT_END - 0x20000) /* this core's redistributor, 128 KiB */

/* Inside the core's slot. Below the stack a page isn't mapped, so that an overflow faults. .core is
 * within 1 MiB of the text, as code reaches it relative to the instruction. */
#define LAYOUT_TRACE      LAYOUT_CORE /* struct trace_ring */
#define LAYOUT_STACK_SIZE 0x4000
#define LAYOUT_STACK      (LAYOUT_TEXT - 0x20000)
#define LAYOUT_STACK_TOP  (LAYOUT_STACK + LAYOUT_STACK_SIZE)
#define LAYOUT_LOCAL      (LAYOUT_TEXT - 0x18000) /* section .core, and an unmapped page */
#define LAYOUT_LOCAL_END  (LAYOUT_TEXT - 0x1000)

/* The number of pages for one core's tables, without those for partitions: 10 at most, and 5 for
 * its way in. If they don't suffice, the start stops with a message. */
#define LAYOUT_TABLE_PAGES 17

/* What the boot core uses before it has read the bundle, at the end of the image's memory: tables,
 * a .core, a stack. */
#define LAYOUT_BOOT_TABLES    8 /* pages */
#define LAYOUT_BOOT_CORE_SIZE 0x4000
#define LAYOUT_BOOT_SIZE      (LAYOUT_BOOT_TABLES * 0x1000 + LAYOUT_BOOT_CORE_SIZE + LAYOUT_STACK_SIZE)

#endif
