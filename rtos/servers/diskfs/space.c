/* See space.h. */
#include "space.h"
#include <lib/crc32c.h>
#include <lib/string.h>

#define SPACE_INODE DISKFS_INODES_MAX /* no inode's number: the bitmaps in the cache */
#define SPACE_BITS  64u
#define SPACE_WORDS (DISKFS_GROUP / SPACE_BITS)

/* ---- bitmaps in memory ---- */

/* Marks the bits from `begin` to below `end` of a group. */
static void space_mark_bits(uint64_t *bitmap, uint32_t begin, uint32_t end, bool used)
{
	while (begin < end) {
		const uint32_t at = begin % SPACE_BITS, left = SPACE_BITS - at;
		const uint32_t count = end - begin < left ? end - begin : left;
		const uint64_t bits = (UINT64_MAX >> (SPACE_BITS - count)) << at;
		uint64_t *word = &bitmap[begin / SPACE_BITS];

		*word = used ? *word | bits : *word & ~bits;
		begin += count;
	}
}

/* Marks those of the `count` blocks from `block` on that are in the group. */
static void space_mark(uint64_t *bitmap, uint32_t group, uint32_t block, uint32_t count, bool used)
{
	const uint64_t first = (uint64_t)group * DISKFS_GROUP, end = first + DISKFS_GROUP;
	const uint64_t until = (uint64_t)block + count < end ? (uint64_t)block + count : end;

	if (until > first && block < end)
		space_mark_bits(bitmap, block > first ? (uint32_t)(block - first) : 0,
		                (uint32_t)(until - first), used);
}

static void space_apply(const struct diskfs *fs, uint64_t *bitmap, uint32_t group)
{
	for (uint32_t i = 0; i < fs->delta_count; i++) {
		const struct diskfs_delta *delta = &fs->deltas[i];
		const bool freed = (delta->count & DISKFS_FREED) != 0;

		if (!freed || i < fs->delta_settled)
			space_mark(bitmap, group, delta->block, delta->count & ~DISKFS_FREED,
			           !freed);
	}
}

/* Counts all blocks of a group as used. */
static void space_give_up(struct diskfs *fs, uint32_t group, uint64_t *bitmap)
{
	fs->free -= fs->groups[group].free;
	fs->groups[group].free = 0;
	memset(bitmap, 0xff, DISKFS_BLOCK);
}

/* Reads a group's bitmap. A damaged bitmap gives no block away. False: the disk has no driver at
 * present, and may still write into the page. */
static bool space_load(struct diskfs *fs, uint32_t group, uint64_t *bitmap)
{
	const struct diskfs_group *at = &fs->groups[group];
	const uint32_t block = diskfs_bitmap(group, at->place);

	if (at->place == DISKFS_UNWRITTEN) {
		memset(bitmap, 0, DISKFS_BLOCK);
	} else if (!diskfs_read(fs, block, bitmap)) {
		if (fs->disk->doubt)
			return false;
		space_give_up(fs, group, bitmap);
	} else if (crc32c(0, bitmap, DISKFS_BLOCK) != at->crc) {
		(void)diskfs_fail_at(fs, "bitmap is damaged: block", block);
		space_give_up(fs, group, bitmap);
	}
	return true;
}

uint64_t *space_bitmap(struct diskfs *fs, uint32_t group)
{
	const uint64_t key = CACHE_KEY(SPACE_INODE, 0, group);
	struct slot *slot = cache_find(&fs->cache, key);

	if (slot)
		return (uint64_t *)(void *)slot->page;
	slot = cache_take(&fs->cache, key);
	if (!slot)
		return NULL;
	if (!space_load(fs, group, (uint64_t *)(void *)slot->page)) {
		cache_drop(&fs->cache, slot);
		return NULL;
	}
	space_mark((uint64_t *)(void *)slot->page, group, fs->root.blocks,
	           DISKFS_BLOCKS_MAX + DISKFS_GROUP, true);
	space_apply(fs, (uint64_t *)(void *)slot->page, group);
	return (uint64_t *)(void *)slot->page;
}

/* ---- changes ---- */

/* Adds the block to one of this commit's last two deltas, if that ends at the block. Blocks come
 * and go in turn, and no block does both before the commit. */
static bool space_extend(struct diskfs *fs, uint32_t block, uint32_t freed)
{
	for (uint32_t i = 0; i < 2 && fs->delta_count - i > fs->delta_settled; i++) {
		struct diskfs_delta *delta = &fs->deltas[fs->delta_count - 1 - i];

		if ((delta->count & DISKFS_FREED) == freed &&
		    delta->block + (delta->count & ~DISKFS_FREED) == block) {
			delta->count++;
			return true;
		}
	}
	return false;
}

static void space_delta(struct diskfs *fs, uint32_t block, uint32_t freed)
{
	if (!space_extend(fs, block, freed))
		fs->deltas[fs->delta_count++] =
		    (struct diskfs_delta){.block = block, .count = freed | 1};
}

uint32_t space_room(const struct diskfs *fs)
{
	const uint32_t all = 4 * fs->cache.count + DISKFS_DELTAS_MAX;

	return all - fs->delta_count;
}

/* Releases a block. A damaged disk may lead to any number. */
void space_release(struct diskfs *fs, uint32_t block)
{
	if (block < diskfs_first(fs->root.blocks) || block >= fs->root.blocks) {
		(void)diskfs_fail_at(fs, "there is no block", block);
		return;
	}
	fs->unsaved = true;
	space_delta(fs, block, DISKFS_FREED);
}

/* The first free block of a group, from block `at` on; DISKFS_GROUP: there is none. */
static uint32_t space_search(const uint64_t *bitmap, uint32_t at)
{
	uint64_t mask = UINT64_MAX << at % SPACE_BITS;

	for (uint32_t word = at / SPACE_BITS; word < SPACE_WORDS; word++) {
		const uint64_t found = ~bitmap[word] & mask;

		if (found != 0)
			return word * SPACE_BITS + (uint32_t)__builtin_ctzll(found);
		mask = UINT64_MAX;
	}
	return DISKFS_GROUP;
}

static uint32_t space_take_in(struct diskfs *fs, uint32_t group, uint32_t at)
{
	uint64_t *bitmap = fs->groups[group].free != 0 ? space_bitmap(fs, group) : NULL;
	const uint32_t found = bitmap ? space_search(bitmap, at) : DISKFS_GROUP;

	if (found == DISKFS_GROUP)
		return 0;
	bitmap[found / SPACE_BITS] |= 1ULL << found % SPACE_BITS;
	fs->groups[group].free--;
	fs->free--;
	return group * DISKFS_GROUP + found;
}

uint32_t space_take(struct diskfs *fs)
{
	const uint32_t groups = diskfs_groups(fs->root.blocks);
	uint32_t group = fs->root.cursor / DISKFS_GROUP, at = fs->root.cursor % DISKFS_GROUP;
	uint32_t block = 0;

	for (uint32_t i = 0; i <= groups && block == 0; i++) {
		block = space_take_in(fs, group < groups ? group : 0, at);
		group = group + 1 < groups ? group + 1 : 0;
		at = 0;
	}
	if (block == 0)
		return 0;
	fs->root.cursor = block + 1 < fs->root.blocks ? block + 1 : 0;
	space_delta(fs, block, 0);
	return block;
}

/* ---- the commit ---- */

static void space_settle_in(struct diskfs *fs, uint32_t group, uint32_t block, uint32_t count)
{
	struct slot *slot = cache_find(&fs->cache, CACHE_KEY(SPACE_INODE, 0, group));

	if (slot)
		space_mark((uint64_t *)(void *)slot->page, group, block, count, false);
	fs->groups[group].free = (uint16_t)(fs->groups[group].free + count);
	fs->free += count;
}

static void space_settle_one(struct diskfs *fs, uint32_t block, uint32_t count)
{
	while (count != 0) {
		const uint32_t left = DISKFS_GROUP - block % DISKFS_GROUP;
		const uint32_t piece = count < left ? count : left;

		space_settle_in(fs, block / DISKFS_GROUP, block, piece);
		block += piece;
		count -= piece;
	}
}

void space_settle(struct diskfs *fs)
{
	const uint32_t from = fs->delta_settled;

	fs->delta_settled = fs->delta_count;
	for (uint32_t i = from; i < fs->delta_count; i++)
		if ((fs->deltas[i].count & DISKFS_FREED) != 0)
			space_settle_one(fs, fs->deltas[i].block,
			                 fs->deltas[i].count & ~DISKFS_FREED);
}

static bool space_concerns(const struct diskfs *fs, uint32_t group)
{
	for (uint32_t i = 0; i < fs->delta_count; i++) {
		const struct diskfs_delta *delta = &fs->deltas[i];
		const uint32_t last = delta->block + (delta->count & ~DISKFS_FREED) - 1;

		if (delta->block / DISKFS_GROUP <= group && last / DISKFS_GROUP >= group)
			return true;
	}
	return false;
}

static bool space_write(struct diskfs *fs, uint32_t group)
{
	struct diskfs_group *at = &fs->groups[group];
	const uint32_t place = at->place == DISKFS_FIRST ? DISKFS_SECOND : DISKFS_FIRST;
	uint64_t *bitmap = space_bitmap(fs, group);
	uint8_t *const page[] = {(uint8_t *)bitmap};

	if (!bitmap)
		return diskfs_fail(fs, FS_FAILED);
	at->crc = crc32c(0, bitmap, DISKFS_BLOCK);
	at->place = (uint16_t)place;
	return fs->disk->write(fs->disk, diskfs_bitmap(group, place), page, 1) ||
	       diskfs_fail_at(fs, "bitmap can't be written: block", diskfs_bitmap(group, place));
}

bool space_fold(struct diskfs *fs)
{
	if (fs->delta_count <= DISKFS_DELTAS_MAX)
		return true;
	for (uint32_t group = 0; group < diskfs_groups(fs->root.blocks); group++) {
		cache_step(&fs->cache);
		if (space_concerns(fs, group) && !space_write(fs, group))
			return false;
	}
	fs->delta_count = fs->delta_settled = 0;
	return true;
}

void space_count(struct diskfs *fs)
{
	fs->free = 0;
	for (uint32_t group = 0; group < diskfs_groups(fs->root.blocks); group++)
		fs->free += fs->groups[group].free;
}
