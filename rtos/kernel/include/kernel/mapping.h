/*
 * Mappings: a mapping is a part of a region in an address space, and lies in the quota of that
 * process.
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
	uint64_t first; /* page of the region that is at `address` */
	uint64_t done;  /* pages that were mapped, from the first one on */
	uint64_t gone;  /* pages that were taken away again */
	uint32_t rights;
	uint32_t block;        /* REGION_PAGES: page `first + done` is in this one or behind it */
	uint32_t inside;       /* and so many pages behind its beginning */
	struct window *window; /* whose mapping it is; then `region` may be NULL. NULL: nobody's */
};
_Static_assert(sizeof(struct mapping) <= OBJECT_SMALL, "it is cut from a page");

/* At start: maps so much of it at once; RTOS_OK, or why not. */
enum rtos_status mapping_make(struct region *region, struct process *process, uint64_t address,
                              uint64_t first, uint64_t pages, uint32_t rights);

/* Takes one entry away; false: nothing is left, and the mapping is gone. A window shows zeros
 * instead, and stays. */
bool mapping_unmap_step(struct mapping *mapping);

/* A mapping that nobody can use any more, its address space being gone. */
void mapping_forget(struct mapping *mapping);

/* ---- for windows ---- */

/* Why no mapping can be made there. */
enum rtos_status mapping_place_wrong(const struct process *process, uint64_t address,
                                     uint64_t pages);

/* One that shows nothing yet; NULL: the quota is used up. */
struct mapping *mapping_make_for_window(struct window *window, struct process *process,
                                        uint64_t address, uint64_t pages);

/* It shows this region's pages from `first` on, and then doesn't any more. */
void mapping_show_region(struct mapping *mapping, struct region *region, uint64_t first);
void mapping_leave_region(struct mapping *mapping);

/* Where the next page lies, and how many lie behind it in one piece; false: it was looked for, and
 * is further on. */
bool mapping_find_next(struct mapping *mapping, pa_t *pa, uint64_t *pages);
void mapping_advance(struct mapping *mapping, uint64_t pages);

/* After mapping_find_next(), where at least `limit` pages are left: up to so many of them, wherever
 * they lie, but none of a further piece that is large. Returns how many, and they are advanced
 * over. */
#define MAPPING_LARGE 8
uint64_t mapping_gather(struct mapping *mapping, pa_t *at, uint64_t limit);

int mapping_call_map(struct thread *self);
int mapping_call_unmap(struct thread *self);

#endif
