/*
 * A process's pool: the pages of its quota that it doesn't use now, as blocks of one page to 2 MiB
 * (a buddy system for each process). All pages that a process causes to be used come from here and
 * go back here. No operation looks at another process's pool.
 */
#ifndef KERNEL_POOL_H
#define KERNEL_POOL_H

#include <kernel/memory.h>

#define POOL_ORDERS (BLOCK_ORDER + 1)

struct pool {
	uint32_t first[POOL_ORDERS]; /* the first free block of each order; FRAME_NONE: none */
	uint32_t orders;             /* a bit for each order that has a free block */
	uint32_t owner;              /* the owner that its frames name */
	uint64_t free;               /* pages in the lists */
	uint64_t pages;              /* pages of the whole quota, in use or not */
};

void pool_begin(struct pool *pool, uint32_t owner);

/* Adds pages that are in no quota. At start only. */
void pool_add(struct pool *pool, uint32_t frame, uint64_t pages);

/* Takes a block of this order, with any contents. FRAME_NONE: there is no block of that order or a
 * larger one. */
uint32_t pool_take(struct pool *pool, uint32_t order);

/* Takes the largest block up to this order; FRAME_NONE: the pool is empty. */
uint32_t pool_take_up_to(struct pool *pool, uint32_t order);

void pool_put(struct pool *pool, uint32_t frame, uint32_t order);

/* Moves one block of at most this many pages, with its quota. Returns how many pages; 0: `from` is
 * empty. */
uint64_t pool_move(struct pool *to, struct pool *from, uint64_t pages);

#endif
