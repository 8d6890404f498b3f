/*
 * The few calls by which frame/core changes what the hardware translates or caches. The callers in
 * core keep the order that the Arm ARM (DDI 0487, chapter D8, "TLB maintenance" and
 * "Break-before-make") asks for. frame/arch/aarch64/hardware.c carries the calls out; on the host
 * frame/arch/fake/ checks the order, and complains of each breach.
 */
#ifndef FRAME_HARDWARE_H
#define FRAME_HARDWARE_H

#include <frame/types.h>

/*
 * Stores a descriptor, single-copy atomic: a walker sees the old one or the new one. The call
 * orders nothing. To store a valid descriptor over another valid one is forbidden (break before
 * make): write 0, invalidate, then write the new one.
 */
void hw_write_entry(uint64_t *entry, uint64_t value);

/* Makes a page into a table without valid entries. No table may link the page. */
void hw_zero_table(uint64_t *table);

/* Sets whole pages of normal memory to zero; by whole blocks (DC ZVA) if the CPU can. */
void hw_zero_pages(void *pages, uint64_t size);

/*
 * Makes all entries that were written so far visible to every walker before anything that follows.
 * Needed before a filled table is linked, and before anyone relies on a new mapping. Invalidates
 * nothing.
 */
void hw_barrier_tables(void);

/*
 * Called after an entry was made invalid. Afterwards no core of the inner shareable domain uses or
 * caches an old translation of these tables, or has an access by such a translation in flight. The
 * barriers before and after are included. `vttbr`: the value of VTTBR_EL2 for the tables.
 */
void hw_invalidate_stage2(uint64_t vttbr);

/*
 * Cleans and invalidates data caches by address, to the point of coherency, with a barrier after
 * it. What was written with caches on is then in memory for a reader with caches off, and no old
 * line is left for a reader with caches on.
 */
void hw_clean_invalidate_to_poc(const void *from, uint64_t size);

/* Invalidates all instruction caches, on all cores. Called after memory was written that will be
 * executed. */
void hw_invalidate_instructions(void);

#endif
