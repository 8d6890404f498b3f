/*
 * Blocks in memory. A block is known by its place in the file system (inode, level, index), not by
 * its place on the disk: a changed block has no place there until it is written. Changed blocks
 * stay until the commit. Other blocks go if they weren't used for some time, but never a block that
 * the present operation has used.
 */
#ifndef DISKFS_CACHE_H
#define DISKFS_CACHE_H

#include "disk.h"
#include "layout.h"
#include <stdbool.h>
#include <stddef.h>

#define CACHE_NONE      UINT32_MAX
#define CACHE_SLOTS_MIN 96u

/* Blocks of level 0 have contents, the others have pointers to the level below. */
#define CACHE_KEY(inode, level, index) ((uint64_t)(inode) << 32 | (uint64_t)(level) << 28 | (index))
#define CACHE_KEY_INODE(key)           ((uint32_t)((key) >> 32))
#define CACHE_KEY_LEVEL(key)           ((uint32_t)((key) >> 28 & 15))
#define CACHE_KEY_INDEX(key)           ((uint32_t)((key)&0xfffffff))

/* Blocks are written in the order of their ranks. A block that leads to another has a higher rank.
 */
#define CACHE_RANKS (2 * (DISKFS_HEIGHT_MAX + 1))

struct slot {
	uint64_t key;
	uint8_t *page;
	uint32_t block;         /* where it lies on the disk; 0: nowhere yet */
	uint32_t crc;           /* if it is summed */
	uint32_t next;          /* of the slots with the same hash */
	uint32_t before, after; /* of the changed slots with the same rank */
	uint32_t used_by;       /* the last operation that used it */
	bool used, changed;
	bool recent;
	bool shown; /* in a window, perhaps: see mapped.h */
	bool summed;
};

struct mapped;

struct cache {
	struct mapped *mapped;   /* NULL: nothing is shown to programs */
	const struct disk *disk; /* it may still write into one page */
	struct slot *slots;
	uint32_t *heads; /* by hash */
	uint32_t count, mask;
	uint32_t hand;      /* where the search for a slot begins */
	uint32_t operation; /* the present operation */
	uint32_t changed;   /* changed slots */
	uint32_t first[CACHE_RANKS], last[CACHE_RANKS];
};

/* How many slots fit into `size` bytes, with all that belongs to them. */
uint32_t cache_slots(size_t size);
/* Begins without any block. `memory` begins at a page. Returns the end of the used memory. */
uint8_t *cache_begin(struct cache *cache, uint8_t *memory, uint32_t slots);

/* Whether all slots are as they were made for this memory. */
bool cache_is_sound(const struct cache *cache, const uint8_t *memory);
/* Looks at the sums of some blocks, from slot *at on, and moves *at on. False: a block is damaged.
 */
bool cache_sums_good(const struct cache *cache, uint32_t *at);

/* Another operation begins. */
void cache_step(struct cache *cache);
static inline uint32_t *cache_head(struct cache *cache, uint64_t key)
{
	const uint64_t mixed = (key ^ key >> 32) * 0x9e3779b97f4a7c15ULL;

	return &cache->heads[(uint32_t)(mixed >> 32) & cache->mask];
}

/* The slot of a block; CACHE_NONE: it isn't in memory. */
static inline uint32_t cache_look(struct cache *cache, uint64_t key)
{
	uint32_t number = *cache_head(cache, key);

	while (number != CACHE_NONE && cache->slots[number].key != key)
		number = cache->slots[number].next;
	return number;
}

/* NULL: it isn't in memory. */
static inline struct slot *cache_find(struct cache *cache, uint64_t key)
{
	const uint32_t number = cache_look(cache, key);

	if (number == CACHE_NONE)
		return NULL;
	cache->slots[number].used_by = cache->operation;
	cache->slots[number].recent = true;
	return &cache->slots[number];
}

/* Takes a slot, with any contents, for a block that isn't in memory. NULL: all slots are in use. */
struct slot *cache_take(struct cache *cache, uint64_t key);
/* Notes that the block is changed. */
void cache_change(struct cache *cache, struct slot *slot);
/* Notes that the block is on the disk. */
void cache_written(struct cache *cache, struct slot *slot);
/* Drops the block from memory. */
void cache_drop(struct cache *cache, struct slot *slot);
/* Drops all blocks of this inode from memory. */
void cache_drop_inode(struct cache *cache, uint32_t inode);

#endif
