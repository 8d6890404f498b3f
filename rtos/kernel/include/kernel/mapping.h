/*
 * Mappings: a mapping shows a part of a region in an address space. It lies in the quota of that
 * address space's process.
 */
#ifndef KERNEL_MAPPING_H
#define KERNEL_MAPPING_H

#include <kernel/region.h>

struct window;

struct mapping {
	struct object object;
	struct region *region;
	struct process *process;
	struct mapping *next_of_region, *prev_of_region;
	struct mapping *next_of_process, *prev_of_process;
	uint64_t address, pages;
	uint64_t first; /* the page of the region that is at `address` */
	uint64_t done;  /* pages that were mapped so far, from `first` on */
	uint64_t gone;  /* pages of these that were unmapped again */
	uint32_t rights;
	uint32_t block;        /* REGION_PAGES: page `first + done` is in this block or behind it */
	uint32_t inside;       /* how many pages behind that block's beginning */
	struct window *window; /* NULL: no window's. Otherwise `region` may be NULL */
};
_Static_assert(sizeof(struct mapping) <= OBJECT_SMALL, "it is cut from a page");

/* Begins to map a whole region. RTOS_OK, or why not. Nothing is mapped yet. */
enum rtos_status mapping_begin(struct region *region, struct process *process, uint64_t address,
                               uint32_t rights, struct mapping **made);

/* Maps an entry, or makes a table for it; `done` is `pages` in the end. RTOS_NO_MEMORY: the
 * process's quota has no page for a table. */
enum rtos_status mapping_step(struct mapping *mapping);

/* Unmaps one entry. False: nothing was left, and the mapping is freed. A window's mapping shows
 * zeros instead, and stays. */
bool mapping_unmap_step(struct mapping *mapping);

/* Frees a mapping that nobody can use any more: its address space is gone. */
void mapping_forget(struct mapping *mapping);

/* A mapping in this range of addresses; NULL: there is none. */
struct mapping *mapping_in(const struct process *process, uint64_t address, uint64_t pages);

/* ---- for windows ---- */

/* RTOS_OK, or why no mapping can be made at these addresses. */
enum rtos_status mapping_place_wrong(const struct process *process, uint64_t address,
                                     uint64_t pages);

/* Makes a window's mapping, which shows nothing yet. NULL: the quota is used up. */
struct mapping *mapping_make_for_window(struct window *window, struct process *process,
                                        uint64_t address, uint64_t pages);

/* The mapping begins, or ceases, to show this region's pages; `first` is the first of them. */
void mapping_show_region(struct mapping *mapping, struct region *region, uint64_t first);
void mapping_leave_region(struct mapping *mapping);

/* Finds where the next page lies, and how many pages lie in one piece from there on. False: the
 * search has gone one step, and isn't at its end. */
bool mapping_find_next(struct mapping *mapping, pa_t *pa, uint64_t *pages);
void mapping_advance(struct mapping *mapping, uint64_t pages);

/* Comes after mapping_find_next(), with at least `limit` pages left. Gathers up to `limit` pages
 * that lie in small pieces, and stops before a large piece. Returns how many pages, and has
 * advanced over them. */
#define MAPPING_LARGE 8
uint64_t mapping_gather(struct mapping *mapping, pa_t *at, uint64_t limit);

int mapping_call_map(struct thread *self);
int mapping_call_unmap(struct thread *self);

#endif
