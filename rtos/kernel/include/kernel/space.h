/*
 * Address spaces: tables of three levels under TTBR0. A table is a page of the process's quota. It
 * stays until the process is reaped or reset.
 */
#ifndef KERNEL_SPACE_H
#define KERNEL_SPACE_H

#include <kernel/pool.h>

struct space {
	uint64_t
	    ttbr; /* root and ASID, as TTBR0_EL1 has them; machine_no_space: there are no tables */
	uint64_t *root;  /* NULL: nothing was ever mapped */
	uint32_t tables; /* the first of the pages that its tables lie in, by frame.next */
	uint32_t spare;  /* the first of the tables that 2 MiB pages of a window stand in for, by
	                  * frame.prev */
	uint32_t asid;
	uint32_t cpus; /* a bit for each CPU whose TLB may know the space */
};

/* What kind of memory a page is, beside its rights (enum rtos_right). */
enum space_memory { SPACE_NORMAL, SPACE_DEVICE, SPACE_UNCACHED };

/* Begins a space without tables. False: all ASIDs are in use. */
bool space_begin(struct space *space);

/* Gives back one table. False: none is left, and the space can be used anew. No CPU may use the
 * space meanwhile. */
bool space_empty_step(struct space *space, struct pool *pool);

/* Gives back one table, then the ASID. False: nothing is left. No CPU may use the space any more.
 */
bool space_end_step(struct space *space, struct pool *pool);

#define SPACE_NO_MEMORY (~0ULL)

/*
 * Does a step of mapping `pages` pages, which lie one behind the other from `pa` on. A step writes
 * an entry of a page, or of 2 MiB if that fits. Returns how many pages were mapped; 0: a table had
 * to be made first; SPACE_NO_MEMORY: the pool has no page for a table.
 */
uint64_t space_map(struct space *space, struct pool *pool, uint64_t address, pa_t pa,
                   uint64_t pages, uint32_t rights, enum space_memory memory_kind);

/* Unmaps one entry of the `pages` pages from here on. Returns how many of the pages the entry
 * covers, mapped or not. The TLBs have forgotten them. */
uint64_t space_unmap(struct space *space, uint64_t address, uint64_t pages);

/* Whether there is a page at this address now. */
bool space_has(const struct space *space, uint64_t address);

/* ---- windows: a step has at most so many pages, or 2 MiB, and returns how many ---- */

#define SPACE_AT_ONCE      64
#define SPACE_ZERO_AT_ONCE 32

/* At start: makes the zeros that all windows share: a page, and a table full of that page. */
void space_make_zeros(void *page, uint64_t *table);

/* Makes a table, as space_map() does. Or there is a table: returns how many pages it has entries
 * for. */
uint64_t space_prepare(struct space *space, struct pool *pool, uint64_t address, uint64_t pages);

/* Shows pages, which lie one behind the other from `pa` on, where nothing is shown. */
uint64_t space_show(struct space *space, uint64_t address, pa_t pa, uint64_t pages);
/* space_show_each() shows pages that lie anywhere. space_room() says for how many of them one table
 * has entries. space_show_zeros() shows zeros. */
uint64_t space_room(uint64_t address, uint64_t pages);
void space_show_each(struct space *space, uint64_t address, const pa_t *at, uint64_t pages);
/* The same, and something may be shown there already. */
void space_show_instead(struct space *space, uint64_t address, const pa_t *at, uint64_t pages);
pa_t space_zeros(void);
/* Hides a page, if it is this one; false: it wasn't shown. */
bool space_hide_page(struct space *space, uint64_t address, pa_t pa);
uint64_t space_show_zeros(struct space *space, uint64_t address, uint64_t pages);

/* space_zero() shows zeros instead of pages. space_hide() shows nothing instead of pages or zeros.
 * The TLBs have forgotten the old pages afterwards. */
uint64_t space_zero(struct space *space, uint64_t address, uint64_t pages);
uint64_t space_hide(struct space *space, uint64_t address, uint64_t pages);

#endif
