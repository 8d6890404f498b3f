/* See tree.h. */
#include "tree.h"
#include "mapped.h"
#include <lib/crc32c.h>
#include <lib/string.h>

/* The index of the block that leads to this one, `levels` levels further up. */
static uint32_t tree_above(uint32_t index, uint32_t levels)
{
	return levels * DISKFS_SHIFT < 32 ? index >> levels * DISKFS_SHIFT : 0;
}

static struct diskfs_pointer *tree_child(struct slot *slot, uint32_t index)
{
	struct diskfs_pointer *pointers = (void *)slot->page;

	return &pointers[index % DISKFS_POINTERS];
}

uint32_t tree_sum(struct slot *slot)
{
	if (!slot->summed)
		slot->crc = crc32c(0, slot->page, DISKFS_BLOCK);
	slot->summed = true;
	return slot->crc;
}

/* ---- reading ---- */

static struct slot *tree_room(struct diskfs *fs, uint64_t key)
{
	struct slot *slot = cache_take(&fs->cache, key);

	if (!slot)
		(void)diskfs_fail(fs, FS_NO_SPACE);
	return slot;
}

static bool tree_fill(struct diskfs *fs, struct slot *slot, struct diskfs_pointer from)
{
	if (from.block < diskfs_first(fs->root.blocks) || from.block >= fs->root.blocks)
		return diskfs_fail_at(fs, "there is no block", from.block);
	if (!diskfs_read(fs, from.block, slot->page))
		return false;
	if (tree_sum(slot) != from.crc)
		return diskfs_fail_at(fs, "block is damaged: its sum is wrong:", from.block);
	slot->block = from.block;
	fs->failing = false;
	return true;
}

static struct slot *tree_load(struct diskfs *fs, uint64_t key, struct diskfs_pointer from)
{
	struct slot *slot = tree_room(fs, key);

	if (!slot || tree_fill(fs, slot, from))
		return slot;
	cache_drop(&fs->cache, slot);
	return NULL;
}

static enum tree_found tree_walk(struct diskfs *fs, const struct diskfs_map *map, uint32_t inode,
                                 uint32_t level, uint32_t index, struct slot **found)
{
	struct diskfs_pointer at = map->top;

	if (level > map->height || tree_above(index, map->height - level) != 0)
		return TREE_HOLE;
	for (uint32_t l = map->height;; l--) {
		const uint64_t key = CACHE_KEY(inode, l, tree_above(index, l - level));

		*found = cache_find(&fs->cache, key);
		if (!*found && at.block == 0)
			return TREE_HOLE;
		if (!*found)
			*found = tree_load(fs, key, at);
		if (!*found)
			return TREE_FAILED;
		if (l == level)
			return TREE_FOUND;
		at = *tree_child(*found, tree_above(index, l - 1 - level));
	}
}

enum tree_found tree_get(struct diskfs *fs, uint32_t inode, uint32_t level, uint32_t index,
                         struct slot **found)
{
	const struct diskfs_inode *of;

	*found = cache_find(&fs->cache, CACHE_KEY(inode, level, index));
	if (*found)
		return TREE_FOUND;
	if (inode == 0)
		return tree_walk(fs, &fs->root.inodes, 0, level, index, found);
	of = tree_inode(fs, inode);
	return of ? tree_walk(fs, &of->map, inode, level, index, found) : TREE_FAILED;
}

/* ---- inodes ---- */

static bool tree_inode_good(const struct diskfs_inode *inode)
{
	return inode->state <= DISKFS_ORPHAN && inode->map.height <= DISKFS_HEIGHT_MAX &&
	       inode->size <= DISKFS_SIZE_MAX;
}

static struct diskfs_inode *tree_inode_in(struct slot *slot, uint32_t number)
{
	return (struct diskfs_inode *)(void *)slot->page + number % DISKFS_INODES;
}

const struct diskfs_inode *tree_inode(struct diskfs *fs, uint32_t number)
{
	struct slot *slot;

	fs->trouble = FS_FAILED;
	if (number == 0 || number >= fs->root.inode_count ||
	    tree_get(fs, 0, 0, number / DISKFS_INODES, &slot) != TREE_FOUND ||
	    !tree_inode_good(tree_inode_in(slot, number)))
		return NULL;
	return tree_inode_in(slot, number);
}

struct diskfs_inode *tree_inode_change(struct diskfs *fs, uint32_t number)
{
	struct slot *slot = tree_change(fs, 0, 0, number / DISKFS_INODES);

	return slot ? tree_inode_in(slot, number) : NULL;
}

/* ---- changing ---- */

/* Marks a block as changed. It needs a free block at the commit. */
static bool tree_mark(struct diskfs *fs, struct slot *slot)
{
	if (slot->shown)
		mapped_take_back(&fs->cache, slot);
	slot->summed = false;
	fs->touched = fs->unsaved = true;
	if (slot->changed)
		return true;
	if (fs->cache.changed >= fs->free)
		return diskfs_fail(fs, FS_NO_SPACE);
	cache_change(&fs->cache, slot);
	return true;
}

/* Marks the block to which the pointer leads as changed. If need be, the block is loaded or made.
 * The pointer lies in the root or in a block that is marked already, so it may be written to. */
static struct slot *tree_change_at(struct diskfs *fs, uint64_t key, struct diskfs_pointer *at)
{
	struct slot *slot = cache_find(&fs->cache, key);

	if (!slot && at->block != 0) {
		slot = tree_load(fs, key, *at);
	} else if (!slot) {
		slot = tree_room(fs, key);
		if (slot)
			memset(slot->page, 0, DISKFS_BLOCK);
		if (fs->mapped)
			mapped_fill_hole(fs->mapped, key);
	}
	if (!slot || !tree_mark(fs, slot))
		return NULL;
	if (at->block == 0)
		*at = (struct diskfs_pointer){.block = TREE_NEW};
	return slot;
}

/* Puts index blocks on top until there is a place for the block. */
static bool tree_grow(struct diskfs *fs, struct diskfs_map *map, uint32_t inode, uint32_t level,
                      uint32_t index)
{
	while (level > map->height || tree_above(index, map->height - level) != 0) {
		const struct diskfs_pointer top = map->top;
		struct slot *slot;

		if (map->height == DISKFS_HEIGHT_MAX)
			return diskfs_fail(fs, FS_TOO_LARGE);
		fs->touched = fs->unsaved = true;
		map->height++;
		if (top.block == 0)
			continue;
		map->top = (struct diskfs_pointer){.block = 0};
		slot = tree_change_at(fs, CACHE_KEY(inode, map->height, 0), &map->top);
		if (!slot)
			return false;
		*tree_child(slot, 0) = top;
	}
	return true;
}

/* The map of an inode, to be changed. Inodes themselves are a file, to which the root leads. */
static struct diskfs_map *tree_map_change(struct diskfs *fs, uint32_t inode)
{
	struct slot *slot;

	if (inode == 0)
		return &fs->root.inodes;
	slot = tree_change(fs, 0, 0, inode / DISKFS_INODES);
	return slot ? &tree_inode_in(slot, inode)->map : NULL;
}

struct slot *tree_change(struct diskfs *fs, uint32_t inode, uint32_t level, uint32_t index)
{
	struct slot *slot = cache_find(&fs->cache, CACHE_KEY(inode, level, index));
	struct diskfs_pointer *at;
	struct diskfs_map *map;

	if (slot && slot->changed)
		return tree_mark(fs, slot) ? slot : NULL;
	map = tree_map_change(fs, inode);
	if (!map || !tree_grow(fs, map, inode, level, index))
		return NULL;
	at = &map->top;
	for (uint32_t l = map->height;; l--) {
		slot = tree_change_at(fs, CACHE_KEY(inode, l, tree_above(index, l - level)), at);
		if (!slot || l == level)
			return slot;
		at = tree_child(slot, tree_above(index, l - 1 - level));
	}
}

/* ---- the commit ---- */

struct diskfs_pointer *tree_pointer(struct diskfs *fs, uint64_t key)
{
	const uint32_t inode = CACHE_KEY_INODE(key), level = CACHE_KEY_LEVEL(key);
	const uint32_t index = CACHE_KEY_INDEX(key);
	struct diskfs_map *map = &fs->root.inodes;
	struct slot *above;

	if (inode != 0) {
		above = cache_find(&fs->cache, CACHE_KEY(0, 0, inode / DISKFS_INODES));
		if (!above)
			return NULL;
		map = &tree_inode_in(above, inode)->map;
	}
	if (level == map->height)
		return &map->top;
	above = cache_find(&fs->cache, CACHE_KEY(inode, level + 1, tree_above(index, 1)));
	return above ? tree_child(above, index) : NULL;
}
