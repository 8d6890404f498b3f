/*
 * Regions: memory that can be mapped. A region is pages, device registers, or a range of the boot
 * image. Pages are blocks of one page to 2 MiB, each leading to the next by its frame entry.
 * Mappings (kernel/mapping.h) show regions to programs.
 */
#ifndef KERNEL_REGION_H
#define KERNEL_REGION_H

#include <kernel/process.h>

enum region_type {
	REGION_PAGES,   /* pages of its quota */
	REGION_FIXED,   /* RAM in nobody's quota: the boot image, the device tree */
	REGION_DEVICE,  /* device registers */
	REGION_FOREIGN, /* another partition's RAM, which nobody here writes */
};

struct region {
	struct object object;
	uint64_t pages;       /* how many pages it has */
	uint64_t zeroed;      /* REGION_PAGES: how many pages were zeroed; others: all */
	uint32_t first, last; /* REGION_PAGES: the frames of its first and last block */
	pa_t base;            /* the other types: where the region lies */
	struct mapping *mappings;
	struct mapping *shown; /* those of windows that servers show it in (kernel/show.h) */
	uint64_t cleaned;      /* pages that sealing has made readable as code */
	uint32_t block;        /* cleaned != 0: the block of the next page that is cleaned */
	uint32_t inside;       /* the place of that page in its block */
	uint32_t writable;     /* mappings that may write */
	uint32_t shown_count;
	uint8_t type; /* enum region_type */
	uint8_t kept; /* REGION_PAGES: 1 + its place in the table of kept pieces; 0: none */
	bool sealed;
	bool uncached; /* REGION_PAGES: its mappings are all uncached, now and later */
};
_Static_assert(sizeof(struct region) <= OBJECT_SMALL, "it is cut from a page");

/* Something that shows a part of the region; NULL: nothing does. */
static inline struct mapping *region_any_mapping(const struct region *region)
{
	return region->mappings != NULL ? region->mappings : region->shown;
}

/* At start: makes a sealed region of RAM that is in nobody's quota. NULL: the quota is used up. */
struct region *region_make_fixed(struct process *process, pa_t base, uint64_t pages);

/* At start: makes a region of zeroed pages. NULL: the quota is used up. */
struct region *region_make_pages(struct process *process, uint64_t pages);

/* Makes a region of kept memory (kernel/kept.h), without its pages. NULL: the quota is used up. */
struct region *region_make_kept(struct process *process, uint8_t number);
void region_append(struct region *region, uint32_t number, uint32_t order);

/* Moves the region's pages into the quota of `to`, as a new region. That quota has room for the
 * region's object. The old region is freed: nothing may lead to it. */
struct region *region_move(struct region *region, struct process *to);

/* Does one bounded step of a region's end. False: all that is left is to free it. */
bool region_end_step(struct region *region);

int region_call_create(struct thread *self);
int region_call_device(struct thread *self);
int region_call_seal(struct thread *self);
int region_call_physical(struct thread *self);
int region_call_mapping(struct thread *self);

#endif
