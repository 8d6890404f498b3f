/* Releases a file's blocks, or hands them over: see tree.h. */
#include "space.h"
#include "tree.h"
#include <lib/string.h>

static void cut_release(struct diskfs *fs, uint64_t key, struct diskfs_pointer *at)
{
	struct slot *slot = cache_find(&fs->cache, key);

	if (slot)
		cache_drop(&fs->cache, slot);
	if (at->block != TREE_NEW && at->block != 0)
		space_release(fs, at->block);
	fs->touched = fs->unsaved = true;
	*at = (struct diskfs_pointer){.block = 0};
}

/* The pointer to a block. It may be changed from now on, as all that leads to the block is marked,
 * but the block isn't. NULL: failed, or there is none. */
static struct diskfs_pointer *cut_pointer(struct diskfs *fs, uint32_t inode, uint32_t level,
                                          uint32_t index)
{
	struct diskfs_inode *of = tree_inode_change(fs, inode);
	struct diskfs_pointer *pointers;
	struct slot *slot;

	if (!of || level == of->map.height)
		return of ? &of->map.top : NULL;
	slot = tree_change(fs, inode, level + 1, index >> DISKFS_SHIFT);
	pointers = slot ? (void *)slot->page : NULL;
	return pointers ? &pointers[index % DISKFS_POINTERS] : NULL;
}

/* *hole: the level of the hole in which the block before `end` lies; 0: there may be a block. */
static bool cut_look(struct diskfs *fs, uint32_t inode, uint32_t height, uint32_t last,
                     uint32_t *hole)
{
	struct slot *slot;

	for (*hole = height;; (*hole)--) {
		const uint32_t index = last >> *hole * DISKFS_SHIFT;
		const enum tree_found found =
		    *hole != 0 ? tree_get(fs, inode, *hole, index, &slot) : TREE_FOUND;

		if (found == TREE_FAILED)
			return false;
		if (found == TREE_HOLE || *hole == 0) {
			*hole = found == TREE_HOLE ? *hole : 0;
			return true;
		}
	}
}

/* Releases index blocks that begin at `end`: nothing is left from there on. */
static bool cut_indexes(struct diskfs *fs, uint32_t inode, uint32_t height, uint32_t end)
{
	for (uint32_t level = 1; level <= height && level <= DISKFS_HEIGHT_MAX; level++) {
		struct diskfs_pointer *at;
		struct slot *slot;
		const enum tree_found found =
		    end % (1u << level * DISKFS_SHIFT) == 0
		        ? tree_get(fs, inode, level, end >> level * DISKFS_SHIFT, &slot)
		        : TREE_HOLE;

		if (found == TREE_FAILED)
			return false;
		if (found == TREE_HOLE)
			continue;
		at = cut_pointer(fs, inode, level, end >> level * DISKFS_SHIFT);
		if (!at)
			return false;
		cut_release(fs, CACHE_KEY(inode, level, end >> level * DISKFS_SHIFT), at);
	}
	return true;
}

/* Releases a block, if there is one. */
static bool cut_block(struct diskfs *fs, uint32_t inode, uint32_t index, uint32_t *released)
{
	struct diskfs_pointer *at = cut_pointer(fs, inode, 0, index);

	if (!at)
		return false;
	*released += at->block != 0;
	if (at->block != 0)
		cut_release(fs, CACHE_KEY(inode, 0, index), at);
	return true;
}

static bool cut_step(struct diskfs *fs, uint32_t inode, uint32_t height, uint32_t *end,
                     uint32_t keep, uint32_t *released)
{
	const uint32_t most = 1u << height * DISKFS_SHIFT; /* most blocks of the map */
	uint32_t last, hole, begin;

	*end = *end < most ? *end : most;
	if (*end <= keep)
		return true;
	last = *end - 1;
	if (!cut_look(fs, inode, height, last, &hole))
		return false;
	if (hole == 0) {
		if (!cut_block(fs, inode, last, released))
			return false;
		begin = last;
	} else {
		begin = last >> hole * DISKFS_SHIFT << hole * DISKFS_SHIFT;
	}
	*end = begin > keep ? begin : keep;
	return cut_indexes(fs, inode, height, *end);
}

bool tree_cut(struct diskfs *fs, uint32_t inode, uint32_t *end, uint32_t keep, uint32_t steps,
              uint32_t *released)
{
	const struct diskfs_inode *of = tree_inode(fs, inode);
	const uint32_t height = of ? of->map.height : 0;
	struct diskfs_inode *changed;

	*released = 0;
	if (!of)
		return false;
	for (; *end > keep && steps != 0; steps--)
		if (!cut_step(fs, inode, height, end, keep, released))
			return false;
	if (*end != 0)
		return true;
	changed = tree_inode_change(fs, inode);
	if (changed)
		changed->map = (struct diskfs_map){.height = 0};
	return changed != NULL;
}

/* ---- handing over ---- */

/* Hands over an index block's pointers, from `from` on. */
static bool cut_hand_pointers(struct diskfs *fs, uint32_t inode, uint32_t heir, uint32_t level,
                              uint32_t index, uint32_t from)
{
	struct slot *slot = tree_change(fs, inode, level, index);
	struct slot *other = slot ? tree_change(fs, heir, level, index) : NULL;
	const size_t at = from * sizeof(struct diskfs_pointer);

	if (!other)
		return false;
	memcpy(other->page + at, slot->page + at, DISKFS_BLOCK - at);
	memset(slot->page + at, 0, DISKFS_BLOCK - at);
	return true;
}

/* Parts the index blocks that lead to blocks of both, from the top down. */
static bool cut_part(struct diskfs *fs, uint32_t inode, uint32_t heir, uint32_t height,
                     uint32_t keep)
{
	for (uint32_t level = height; level > 0; level--) {
		const uint32_t shift = (level - 1) * DISKFS_SHIFT;
		const uint32_t child = keep >> shift;
		const bool parted = keep % (1u << shift) != 0;
		struct slot *slot;
		const enum tree_found found =
		    tree_get(fs, inode, level, child >> DISKFS_SHIFT, &slot);

		if (found != TREE_FOUND)
			return found == TREE_HOLE;
		if (child % DISKFS_POINTERS + parted < DISKFS_POINTERS &&
		    !cut_hand_pointers(fs, inode, heir, level, child >> DISKFS_SHIFT,
		                       child % DISKFS_POINTERS + parted))
			return false;
		if (!parted)
			return true;
	}
	return true;
}

bool tree_hand_over(struct diskfs *fs, uint32_t inode, uint32_t heir, uint32_t keep)
{
	struct diskfs_inode *from = tree_inode_change(fs, inode);
	struct diskfs_inode *to = from ? tree_inode_change(fs, heir) : NULL;

	if (!to)
		return false;
	cache_drop_inode(&fs->cache, inode);
	if (keep == 0) {
		to->map = from->map;
		from->map = (struct diskfs_map){.height = 0};
		return true;
	}
	to->map = (struct diskfs_map){.height = from->map.height};
	return (uint64_t)keep >> from->map.height * DISKFS_SHIFT != 0 ||
	       cut_part(fs, inode, heir, from->map.height, keep);
}
