/*
 * The RAM that the kernel hands out: one range of pages, all mapped at one distance from their
 * physical addresses. Each page has a frame entry. `memory` itself is set once, at start.
 */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include <kernel/types.h>

/* What a page is used for now. */
enum frame_kind {
	FRAME_KERNEL = 0, /* in no quota: the image, the tree, the frame entries */
	FRAME_FREE,       /* the first page of a free block of its owner's pool */
	FRAME_INSIDE,     /* another page of such a block, or of a region's block */
	FRAME_OBJECTS,    /* cut into objects */
	FRAME_TABLE,      /* a page table */
	FRAME_HANDLES,    /* a page of a handle table */
	FRAME_REGION,     /* the first page of a block of a region */
};

#define FRAME_NONE (~0u)

/* Numbers of frames count from the first page of RAM. */
struct frame {
	uint32_t next, prev; /* in the list that the frame's kind says */
	uint32_t owner; /* memory_reference() of the process whose quota the page is in; a region's
	                 * pages are in the same quota as the region */
	uint8_t kind;   /* enum frame_kind */
	uint8_t order;  /* of the block that begins here; FRAME_OBJECTS: 1 if they are large */
	uint8_t used;   /* FRAME_OBJECTS: how many objects are in use */
	uint8_t free;   /* FRAME_OBJECTS: the first free place; the number of places if none is */
};
_Static_assert(sizeof(struct frame) == 16, "one for each page of RAM");

struct memory {
	pa_t base;      /* the first page's address */
	uint64_t pages; /* how many */
	char *at;       /* where the first page is mapped */
	struct frame *frames;
};

extern struct memory memory;

static inline void *memory_at(uint32_t frame)
{
	return memory.at + ((uint64_t)frame << PAGE_SHIFT);
}

static inline uint32_t memory_frame(const void *pointer)
{
	return (uint32_t)((uint64_t)((const char *)pointer - memory.at) >> PAGE_SHIFT);
}

static inline pa_t memory_pa(const void *pointer)
{
	return pa_at(memory.base.at + (uint64_t)((const char *)pointer - memory.at));
}

static inline pa_t memory_frame_pa(uint32_t frame)
{
	return pa_at(memory.base.at + ((uint64_t)frame << PAGE_SHIFT));
}

/* An object's place as a number. Objects lie at multiples of 128 bytes. */
#define MEMORY_REFERENCE_SHIFT 7

static inline uint32_t memory_reference(const void *object)
{
	return (uint32_t)((uint64_t)((const char *)object - memory.at) >> MEMORY_REFERENCE_SHIFT);
}

static inline void *memory_referred(uint32_t reference)
{
	return memory.at + ((uint64_t)reference << MEMORY_REFERENCE_SHIFT);
}

#endif
