/*
 * See commit.h. First the changed blocks are written to free places. A block comes before the block
 * that leads to it, which gets its sum and its place. When the disk has all of that, the root is
 * written in place of the older root.
 */
#include "commit.h"
#include "kept.h"
#include "space.h"
#include "tree.h"
#include <lib/crc32c.h>
#include <lib/string.h>

/* ---- blocks ---- */

static bool commit_flush(struct diskfs *fs)
{
	return fs->disk->flush(fs->disk) || diskfs_fail_at(fs, "disk can't write all:", 0);
}

static bool commit_run(struct diskfs *fs)
{
	const uint32_t count = fs->run_count;

	fs->run_count = 0;
	return count == 0 || diskfs_write(fs, fs->run, fs->run_page, count);
}

/* Adds a block to a write: blocks that lie behind each other go in one. The page stays as it is
 * until then: all that it leads to is written before, or goes in the same write. */
static bool commit_add(struct diskfs *fs, uint32_t block, uint8_t *page)
{
	if ((fs->run_count == fs->disk->pages || fs->run + fs->run_count != block) &&
	    !commit_run(fs))
		return false;
	if (fs->run_count == 0)
		fs->run = block;
	fs->run_page[fs->run_count++] = page;
	return true;
}

static bool commit_slot(struct diskfs *fs, struct slot *slot)
{
	struct diskfs_pointer *at = tree_pointer(fs, slot->key);
	const uint32_t block = space_take(fs);

	if (!at)
		return diskfs_fail(fs, FS_FAILED);
	if (block == 0)
		return diskfs_fail(fs, FS_NO_SPACE);
	if (slot->block != 0)
		space_release(fs, slot->block);
	slot->block = block;
	*at = (struct diskfs_pointer){.block = block, .crc = tree_sum(slot)};
	cache_written(&fs->cache, slot);
	slot->used_by = fs->cache.operation; /* it stays until it is written */
	return commit_add(fs, block, slot->page);
}

static bool commit_blocks(struct diskfs *fs)
{
	struct cache *cache = &fs->cache;

	fs->run_count = 0;
	for (uint32_t rank = 0; rank < CACHE_RANKS; rank++)
		while (cache->first[rank] != CACHE_NONE)
			if (!commit_slot(fs, &cache->slots[cache->first[rank]]))
				return false;
	return commit_run(fs);
}

/* ---- the root ---- */

uint32_t commit_sum(struct diskfs_root *root)
{
	const uint32_t crc = root->crc;
	uint32_t sum;

	root->crc = 0;
	sum = crc32c(0, root, root->length);
	root->crc = crc;
	return sum;
}

/* Puts the root's parts together. Returns how many blocks they fill. */
static uint32_t commit_put(struct diskfs *fs)
{
	uint8_t *at = fs->root_memory;
	const uint32_t groups = fs->root.groups * (uint32_t)sizeof(fs->groups[0]);
	const uint32_t deltas = fs->root.deltas * (uint32_t)sizeof(fs->deltas[0]);
	const uint32_t blocks = (fs->root.length + DISKFS_BLOCK - 1) / DISKFS_BLOCK;

	fs->root.crc = 0;
	fs->root.crc = crc32c(crc32c(crc32c(0, &fs->root, sizeof(fs->root)), fs->groups, groups),
	                      fs->deltas, deltas);
	memcpy(at, &fs->root, sizeof(fs->root));
	memcpy(at + sizeof(fs->root), fs->groups, groups);
	memcpy(at + sizeof(fs->root) + groups, fs->deltas, deltas);
	memset(at + fs->root.length, 0, (size_t)blocks * DISKFS_BLOCK - fs->root.length);
	return blocks;
}

static bool commit_root(struct diskfs *fs)
{
	uint8_t *const page[DISKFS_ROOT_BLOCKS] = {fs->root_memory, fs->root_memory + DISKFS_BLOCK};
	const uint32_t place = fs->place == 0 ? 1 : 0, first = place * DISKFS_ROOT_BLOCKS;

	fs->root.generation++;
	fs->root.groups = diskfs_groups(fs->root.blocks);
	fs->root.deltas = fs->delta_count;
	fs->root.length = (uint32_t)(sizeof(fs->root) + fs->root.groups * sizeof(fs->groups[0]) +
	                             fs->root.deltas * sizeof(fs->deltas[0]));
	if (!diskfs_write(fs, first, page, commit_put(fs)) || !commit_flush(fs))
		return false;
	fs->place = place;
	return true;
}

/* Makes sure that the root that a mount found is on the medium, as only the disk's cache may have
 * it. Before that, no block of the other root may be written. */
static bool commit_found(struct diskfs *fs)
{
	if (fs->unflushed && !commit_flush(fs))
		return false;
	fs->unflushed = false;
	return true;
}

static bool commit_changes(struct diskfs *fs)
{
	if (!fs->unsaved)
		return true;
	cache_step(&fs->cache);
	if (!commit_blocks(fs))
		return false;
	space_settle(fs);
	if (!space_fold(fs) || !commit_flush(fs) || !commit_root(fs))
		return false;
	fs->unsaved = fs->failing = false;
	fs->commits++;
	return true;
}

bool commit(struct diskfs *fs)
{
	if (!commit_found(fs) || !commit_changes(fs))
		return false;
	kept_saved(fs);
	return true;
}
