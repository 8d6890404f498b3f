/*
 * The few things by which frame/core changes what the hardware translates or caches. The order that
 * the Arm ARM (DDI 0487, chapter D8, "TLB maintenance" and "Break-before-make") asks for is kept by
 * the callers in core with these calls; frame/arch/aarch64/hardware.c carries them out, and
 * frame/arch/fake/ checks the order on the host and complains of each breach.
 */
#ifndef FRAME_HARDWARE_H
#define FRAME_HARDWARE_H

#include <frame/types.h>

/*
 * Stores a descriptor, single-copy atomic: a walker sees the old one or the new one. Orders
 * nothing. Valid over valid is forbidden (break before make): write 0, invalidate, then write the
 * new one.
 */
void hw_write_entry(uint64_t *entry, uint64_t value);

/* Makes a page into a table without valid entries. The page must not be linked from anywhere. */
void hw_zero_table(uint64_t *table);

/* Whole pages of normal memory, to zero, by the cache line where the CPU can. */
void hw_zero_pages(void *pages, uint64_t size);

/*
 * All entries written so far are visible to every walker before anything that follows: due before
 * a filled table is linked, and before anyone relies on a new mapping. No invalidation.
 */
void hw_barrier_tables(void);

/*
 * After an entry was made invalid: no core uses, caches or still has in flight an access by a
 * translation under this VMID. Contains the barriers before and after, on all cores of the inner
 * shareable domain.
 */
void hw_invalidate_vmid(uint16_t vmid);

/*
 * Data caches by address, to the point of coherency, with the barrier behind: what was written with
 * caches on is in memory for somebody who reads with caches off, and nothing stale stays behind for
 * a reader with caches on.
 */
void hw_clean_invalidate_to_poc(const void *from, uint64_t size);

/* All instruction caches, on all cores: after memory that will be executed was written. */
void hw_invalidate_instructions(void);

#endif
