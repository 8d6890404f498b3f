/*
 * A process's quota: the pages that were given to it and that it doesn't use now, as blocks of one
 * page to 2 MiB (a buddy system for each process). All pages that a process causes to be used come
 * from here and go back here. No operation looks at another process's pool.
 */
#ifndef KERNEL_POOL_H
#define KERNEL_POOL_H

#include <kernel/memory.h>

#define POOL_ORDERS (BLOCK_ORDER + 1)

struct pool {
	uint32_t first[POOL_ORDERS]; /* of the free blocks of each order; FRAME_NONE */
	uint32_t orders;             /* a bit for each order that has any */
	uint32_t owner;              /* what frames in it say */
	uint64_t free;               /* pages in the lists */
	uint64_t pages;              /* of the whole quota, in use or not */
};

void pool_begin(struct pool *pool, uint32_t owner);

/* Pages that nobody has become this pool's: they count as its quota, too. At start only. */
void pool_add(struct pool *pool, uint32_t frame, uint64_t pages);

/* A block of so many pages (a power of two); FRAME_NONE: there is none of that size or larger. Its
 * contents are anything. */
uint32_t pool_take(struct pool *pool, uint32_t order);

/* The largest block up to this order that there is; FRAME_NONE: the pool is empty. */
uint32_t pool_take_up_to(struct pool *pool, uint32_t order);

void pool_put(struct pool *pool, uint32_t frame, uint32_t order);

/* Moves one block of at most this many pages, and its quota: how many pages; 0: `from` is empty. */
uint64_t pool_move(struct pool *to, struct pool *from, uint64_t pages);

#endif
