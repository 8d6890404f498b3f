/*
 * Regions: memory that can be mapped. Its pages are blocks of one page to 2 MiB, each leading to
 * the next by its frame entry; or device registers; or a range of the boot image. A mapping is a
 * part of a region in an address space, and lies in the quota of that process.
 */
#ifndef KERNEL_REGION_H
#define KERNEL_REGION_H

#include <kernel/process.h>

enum region_type {
	REGION_PAGES,  /* of its quota */
	REGION_FIXED,  /* RAM that is nobody's: the boot image, the device tree */
	REGION_DEVICE, /* no RAM */
};

struct region {
	struct object object;
	uint64_t pages;       /* in its blocks */
	uint64_t zeroed;      /* REGION_PAGES: how many of them are; others: all */
	uint32_t first, last; /* REGION_PAGES: the frames of its first and last block */
	pa_t base;            /* the other types: where it lies */
	struct mapping *mappings;
	uint64_t cleaned;  /* pages that sealing has made readable as code */
	uint32_t block;    /* cleaned != 0: the block that the next one of them is in */
	uint32_t inside;   /* and which page of it */
	uint32_t writable; /* mappings that may write */
	uint8_t type;      /* enum region_type */
	bool sealed;
	bool uncached; /* REGION_PAGES: it was mapped so, and never is otherwise */
};
_Static_assert(sizeof(struct region) <= OBJECT_SMALL, "it is cut from a page");

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

/* At start: a region of RAM that is nobody's, sealed. NULL: the quota is used up. */
struct region *region_fixed(struct process *process, pa_t base, uint64_t pages);

/* At start: pages of the quota, zeroed. NULL: the quota is used up. */
struct region *region_pages(struct process *process, uint64_t pages);

/* At start: maps so much of it at once; RTOS_OK, or why not. */
enum rtos_status region_map(struct region *region, struct process *process, uint64_t address,
                            uint64_t first, uint64_t pages, uint32_t rights);

/* At start: copies into a region of pages, from its beginning. */
void region_fill(const struct region *region, const void *from, uint64_t size);

/* One bounded step of its end; false: there was nothing left to do but to free it. */
bool region_end_step(struct region *region);

/* A mapping that nobody can use any more, its address space being gone. */
void mapping_forget(struct mapping *mapping);

/* ---- for windows ---- */

/* Why no mapping can be made there. */
enum rtos_status mapping_place_wrong(const struct process *process, uint64_t address,
                                     uint64_t pages);

/* One that shows nothing yet; NULL: the quota is used up. */
struct mapping *mapping_of_window(struct window *window, struct process *process, uint64_t address,
                                  uint64_t pages);

/* It shows this region's pages from `first` on, and then doesn't any more. */
void mapping_show_region(struct mapping *mapping, struct region *region, uint64_t first);
void mapping_leave_region(struct mapping *mapping);

/* Where the next page lies, and how many lie behind it in one piece; false: it was looked for, and
 * is further on. */
bool mapping_next(struct mapping *mapping, pa_t *pa, uint64_t *pages);
void mapping_advance(struct mapping *mapping, uint64_t pages);

int region_call_create(struct thread *self);
int region_call_device(struct thread *self);
int region_call_seal(struct thread *self);
int region_call_map(struct thread *self);
int region_call_unmap(struct thread *self);
int region_call_physical(struct thread *self);
int region_call_mapping(struct thread *self);

#endif
