/* Quotas: see kernel/pool.h. The first frame of a free block has the block's order, and is in the
 * list of that order. Blocks are aligned to their size, counted from the first page of RAM. */
#include <kernel/pool.h>

struct memory memory;

void pool_begin(struct pool *pool, uint32_t owner)
{
	for (uint32_t order = 0; order < POOL_ORDERS; order++)
		pool->first[order] = FRAME_NONE;
	pool->orders = 0;
	pool->owner = owner;
	pool->free = 0;
	pool->pages = 0;
}

static void pool_link(struct pool *pool, uint32_t number, uint32_t order)
{
	struct frame *frame = &memory.frames[number];

	frame->kind = FRAME_FREE;
	frame->order = (uint8_t)order;
	frame->owner = pool->owner;
	frame->prev = FRAME_NONE;
	frame->next = pool->first[order];
	if (frame->next != FRAME_NONE)
		memory.frames[frame->next].prev = number;
	pool->first[order] = number;
	pool->orders |= 1u << order;
	pool->free += 1ULL << order;
}

static void pool_unlink(struct pool *pool, uint32_t number)
{
	struct frame *frame = &memory.frames[number];

	if (frame->next != FRAME_NONE)
		memory.frames[frame->next].prev = frame->prev;
	if (frame->prev != FRAME_NONE)
		memory.frames[frame->prev].next = frame->next;
	else
		pool->first[frame->order] = frame->next;
	if (pool->first[frame->order] == FRAME_NONE)
		pool->orders &= ~(1u << frame->order);
	pool->free -= 1ULL << frame->order;
	frame->kind = FRAME_INSIDE;
}

/* The block's buddy, if that is free and has the same order and the same owner; else FRAME_NONE. */
static uint32_t pool_buddy(const struct pool *pool, uint32_t number, uint32_t order)
{
	uint32_t buddy = number ^ (1u << order);
	const struct frame *frame = &memory.frames[buddy];

	if (order >= BLOCK_ORDER || buddy + (1ULL << order) > memory.pages)
		return FRAME_NONE;
	return frame->kind == FRAME_FREE && frame->order == order && frame->owner == pool->owner
	           ? buddy
	           : FRAME_NONE;
}

void pool_put(struct pool *pool, uint32_t number, uint32_t order)
{
	uint32_t buddy;

	while ((buddy = pool_buddy(pool, number, order)) != FRAME_NONE) {
		pool_unlink(pool, buddy);
		memory.frames[number].kind = FRAME_INSIDE;
		number &= buddy;
		order++;
	}
	pool_link(pool, number, order);
}

/* Takes this block and gives back what is beyond the wanted order. */
static uint32_t pool_split(struct pool *pool, uint32_t number, uint32_t order)
{
	uint32_t size = memory.frames[number].order;

	pool_unlink(pool, number);
	while (size > order) {
		size--;
		pool_link(pool, number + (1u << size), size);
	}
	memory.frames[number].order = (uint8_t)order;
	return number;
}

uint32_t pool_take(struct pool *pool, uint32_t order)
{
	uint32_t fit = pool->orders >> order << order;

	if (fit == 0)
		return FRAME_NONE;
	return pool_split(pool, pool->first[__builtin_ctz(fit)], order);
}

uint32_t pool_take_up_to(struct pool *pool, uint32_t order)
{
	uint32_t smaller = pool->orders & ((1u << order) - 1);
	uint32_t whole = pool_take(pool, order);

	if (whole != FRAME_NONE || smaller == 0)
		return whole;
	order = 31 - (uint32_t)__builtin_clz(smaller);
	return pool_take(pool, order);
}

/* The order of the largest block of at most this many pages. */
static uint32_t pool_order_of(uint64_t pages)
{
	uint32_t order = 63 - (uint32_t)__builtin_clzll(pages);

	return order < BLOCK_ORDER ? order : BLOCK_ORDER;
}

uint64_t pool_move(struct pool *to, struct pool *from, uint64_t pages)
{
	uint32_t number = pool_take_up_to(from, pool_order_of(pages));
	uint64_t moved;

	if (number == FRAME_NONE)
		return 0;
	moved = 1ULL << memory.frames[number].order;
	from->pages -= moved;
	to->pages += moved;
	pool_put(to, number, memory.frames[number].order);
	return moved;
}

void pool_add(struct pool *pool, uint32_t number, uint64_t pages)
{
	pool->pages += pages;
	while (pages > 0) {
		uint32_t order = pool_order_of(pages);

		if (number != 0 && (uint32_t)__builtin_ctz(number) < order)
			order = (uint32_t)__builtin_ctz(number);
		pool_put(pool, number, order);
		number += 1u << order;
		pages -= 1ULL << order;
	}
}
