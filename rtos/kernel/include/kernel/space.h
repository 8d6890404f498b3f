/*
 * Address spaces: tables of three levels under TTBR0. A table is a page of the process's quota and
 * stays until the process is reaped or reset.
 */
#ifndef KERNEL_SPACE_H
#define KERNEL_SPACE_H

#include <kernel/pool.h>

struct space {
	uint64_t ttbr; /* root and ASID, as TTBR0_EL1 has them; 0: there are no tables */
	uint64_t *root;
	uint32_t tables; /* the first of the pages that its tables lie in, by frame.next */
	uint32_t asid;
	uint32_t cpus; /* those whose TLB may know of it, a bit for each */
};

/* What a page is: beside rights (enum rtos_right). */
enum space_memory { SPACE_NORMAL, SPACE_DEVICE };

/* False: the pool is empty, or all ASIDs are in use. */
bool space_begin(struct space *space, struct pool *pool);

/* Gives back one table; false: there is none left. Nobody may use the space any more. */
bool space_end_step(struct space *space, struct pool *pool);

/*
 * Maps up to `pages` pages, which lie one behind the other from `pa` on: as many as one entry takes
 * (a page, or 2 MiB if all fits). Returns how many; 0: the pool is empty.
 */
uint64_t space_map(struct space *space, struct pool *pool, uint64_t address, pa_t pa,
                   uint64_t pages, uint32_t rights, enum space_memory memory_kind);

/* Takes one entry away; `pages` from here on are meant to go. Returns how many pages that were
 * (none may have been mapped). What the TLB knew of them is gone, too. */
uint64_t space_unmap(struct space *space, uint64_t address, uint64_t pages);

#endif
