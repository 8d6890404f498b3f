/* See cache.h. */
#include "cache.h"
#include "mapped.h"
#include <lib/crc32c.h>

#define CACHE_PIECE 32u /* slots at whose sums one call looks */
#define CACHE_EACH  (DISKFS_BLOCK + sizeof(struct slot) + 2 * sizeof(uint32_t))

uint32_t cache_slots(size_t size)
{
	return size / CACHE_EACH < UINT32_MAX / 2 ? (uint32_t)(size / CACHE_EACH) : 0;
}

/* At least as many heads as slots, and fewer than twice as many. */
static uint32_t cache_heads(uint32_t slots)
{
	uint32_t heads = 1;

	while (heads < slots)
		heads *= 2;
	return heads;
}

uint8_t *cache_begin(struct cache *cache, uint8_t *memory, uint32_t slots)
{
	const uint32_t heads = cache_heads(slots);
	uint8_t *behind = memory + (size_t)slots * DISKFS_BLOCK;

	*cache = (struct cache){.slots = (struct slot *)(void *)behind,
	                        .heads = (uint32_t *)(void *)(behind + slots * sizeof(struct slot)),
	                        .count = slots,
	                        .mask = heads - 1,
	                        .operation = 1};
	for (uint32_t i = 0; i < slots; i++)
		cache->slots[i] = (struct slot){.page = memory + (size_t)i * DISKFS_BLOCK};
	for (uint32_t i = 0; i < heads; i++)
		cache->heads[i] = CACHE_NONE;
	for (uint32_t i = 0; i < CACHE_RANKS; i++)
		cache->first[i] = cache->last[i] = CACHE_NONE;
	return (uint8_t *)(cache->heads + heads);
}

bool cache_is_sound(const struct cache *cache, const uint8_t *memory)
{
	const uint8_t *behind = memory + (size_t)cache->count * DISKFS_BLOCK;

	if (cache->count < CACHE_SLOTS_MIN || (const uint8_t *)cache->slots != behind ||
	    (const uint8_t *)cache->heads != behind + cache->count * sizeof(struct slot) ||
	    cache->mask != cache_heads(cache->count) - 1 || cache->hand >= cache->count ||
	    cache->changed > cache->count)
		return false;
	for (uint32_t i = 0; i < cache->count; i++)
		if (cache->slots[i].page != memory + (size_t)i * DISKFS_BLOCK)
			return false;
	return true;
}

/* A changed block has a sum of its last commit or of its writer, or isn't summed. */
bool cache_sums_good(const struct cache *cache, uint32_t *at)
{
	for (uint32_t i = 0; i < CACHE_PIECE; i++) {
		const struct slot *slot = &cache->slots[*at < cache->count ? *at : 0];

		*at = *at + 1 < cache->count ? *at + 1 : 0;
		if (slot->used && slot->summed && crc32c(0, slot->page, DISKFS_BLOCK) != slot->crc)
			return false;
	}
	return true;
}

void cache_step(struct cache *cache)
{
	cache->operation++;
}

static uint32_t cache_number(const struct cache *cache, const struct slot *slot)
{
	return (uint32_t)(slot - cache->slots);
}

static void cache_unhash(struct cache *cache, const struct slot *slot)
{
	uint32_t *link = cache_head(cache, slot->key);

	while (*link != cache_number(cache, slot))
		link = &cache->slots[*link].next;
	*link = slot->next;
}

/* ---- changed ones ---- */

static uint32_t cache_rank(const struct slot *slot)
{
	return CACHE_KEY_LEVEL(slot->key) +
	       (CACHE_KEY_INODE(slot->key) == 0 ? DISKFS_HEIGHT_MAX + 1 : 0);
}

void cache_change(struct cache *cache, struct slot *slot)
{
	const uint32_t rank = cache_rank(slot), number = cache_number(cache, slot);

	if (slot->changed)
		return;
	slot->changed = true;
	cache->changed++;
	slot->before = cache->last[rank];
	slot->after = CACHE_NONE;
	if (slot->before == CACHE_NONE)
		cache->first[rank] = number;
	else
		cache->slots[slot->before].after = number;
	cache->last[rank] = number;
}

void cache_written(struct cache *cache, struct slot *slot)
{
	const uint32_t rank = cache_rank(slot);

	if (slot->before == CACHE_NONE)
		cache->first[rank] = slot->after;
	else
		cache->slots[slot->before].after = slot->after;
	if (slot->after == CACHE_NONE)
		cache->last[rank] = slot->before;
	else
		cache->slots[slot->after].before = slot->before;
	slot->changed = false;
	cache->changed--;
}

/* ---- coming and going ---- */

void cache_drop(struct cache *cache, struct slot *slot)
{
	if (slot->shown)
		mapped_take_back(cache, slot);
	if (slot->changed)
		cache_written(cache, slot);
	cache_unhash(cache, slot);
	slot->used = false;
	slot->used_by = 0;
}

void cache_drop_inode(struct cache *cache, uint32_t inode)
{
	for (uint32_t i = 0; i < cache->count; i++)
		if (cache->slots[i].used && CACHE_KEY_INODE(cache->slots[i].key) == inode)
			cache_drop(cache, &cache->slots[i]);
}

static bool cache_may_go(const struct cache *cache, struct slot *slot)
{
	const bool recent = slot->recent;

	if (slot->page == cache->disk->doubt)
		return false;
	if (!slot->used)
		return true;
	if (slot->changed || slot->used_by == cache->operation)
		return false;
	slot->recent = false;
	return !recent;
}

/* Goes round twice: a slot that was used recently may go the second time. */
struct slot *cache_take(struct cache *cache, uint64_t key)
{
	uint32_t *head = cache_head(cache, key);

	for (uint32_t i = 0; i < 2 * cache->count; i++) {
		struct slot *slot = &cache->slots[cache->hand];

		cache->hand = cache->hand + 1 < cache->count ? cache->hand + 1 : 0;
		if (!cache_may_go(cache, slot))
			continue;
		if (slot->used)
			cache_drop(cache, slot);
		*slot = (struct slot){.key = key,
		                      .page = slot->page,
		                      .next = *head,
		                      .used_by = cache->operation,
		                      .used = true,
		                      .recent = true};
		*head = cache_number(cache, slot);
		return slot;
	}
	return NULL;
}
