/* See check.h. */
#include "check.h"
#include "directory.h"
#include "space.h"
#include <lib/string.h>

#define CHECK_BITS    32u
#define CHECK_DEEPEST 65536u /* most directories below each other */

static void check_tell(struct check *check, const char *what, uint64_t where)
{
	check->wrong++;
	if (check->tell)
		check->tell(check, what, where);
}

static size_t check_words(uint32_t bits)
{
	return (bits + CHECK_BITS - 1) / CHECK_BITS;
}

uint64_t check_size(const struct diskfs *fs)
{
	return (check_words(fs->root.blocks) + check_words(fs->root.inode_count + 1) +
	        fs->root.inode_count + 1) *
	       sizeof(uint32_t);
}

static bool check_has(const uint32_t *bits, uint32_t number)
{
	return (bits[number / CHECK_BITS] >> number % CHECK_BITS & 1) != 0;
}

/* Sets a bit. False: it was set before. */
static bool check_set(uint32_t *bits, uint32_t number)
{
	const bool had = check_has(bits, number);

	bits[number / CHECK_BITS] |= 1u << number % CHECK_BITS;
	return !had;
}

/* ---- blocks ---- */

static bool check_own(struct check *check, uint32_t block, uint32_t inode)
{
	const struct diskfs_root *root = &check->fs->root;

	if (block < diskfs_first(root->blocks) || block >= root->blocks) {
		check_tell(check, "there is no such block as this inode has", inode);
		return false;
	}
	check->blocks++;
	if (check_set(check->owned, block))
		return true;
	check_tell(check, "two have the block", block);
	return false;
}

/* A walk through the map of one inode, level by level. */
struct check_walk {
	struct check *check;
	uint32_t inode;
	uint64_t end; /* how many blocks the inode may have */
	uint32_t found;
	bool contents;
};

static void check_contents(const struct check_walk *walk, uint32_t index)
{
	struct slot *slot;

	cache_step(&walk->check->fs->cache);
	if (walk->contents && tree_get(walk->check->fs, walk->inode, 0, index, &slot) != TREE_FOUND)
		check_tell(walk->check, "contents can't be read: inode", walk->inode);
}

static void check_pointer(struct check_walk *walk, struct diskfs_pointer at, uint32_t level,
                          uint32_t index);

static void check_index(struct check_walk *walk, uint32_t level, uint32_t index)
{
	struct diskfs_pointer pointers[DISKFS_POINTERS];
	struct slot *slot;

	cache_step(&walk->check->fs->cache);
	if (tree_get(walk->check->fs, walk->inode, level, index, &slot) != TREE_FOUND) {
		check_tell(walk->check, "an index can't be read: inode", walk->inode);
		return;
	}
	memcpy(pointers, slot->page, sizeof(pointers));
	for (uint32_t i = 0; i < DISKFS_POINTERS; i++)
		check_pointer(walk, pointers[i], level - 1, index << DISKFS_SHIFT | i);
}

static void check_pointer(struct check_walk *walk, struct diskfs_pointer at, uint32_t level,
                          uint32_t index)
{
	if (at.block == 0 || !check_own(walk->check, at.block, walk->inode))
		return;
	if (level != 0) {
		check_index(walk, level, index);
		return;
	}
	if (index >= walk->end)
		check_tell(walk->check, "a block behind the end: inode", walk->inode);
	walk->found++;
	check_contents(walk, index);
}

/* ---- inodes ---- */

static const struct diskfs_inode *check_inode(struct check *check, uint32_t number)
{
	cache_step(&check->fs->cache);
	return tree_inode(check->fs, number);
}

static void check_one(struct check *check, uint32_t number)
{
	const struct diskfs_inode *inode = check_inode(check, number);
	struct check_walk walk = {.check = check, .inode = number};
	uint32_t quota;

	if (!inode) {
		check_tell(check, "an inode is damaged", number);
		return;
	}
	check->files += inode->state == DISKFS_FILE;
	check->directories += inode->state == DISKFS_DIRECTORY;
	check->orphans += inode->state == DISKFS_ORPHAN;
	if (inode->state == DISKFS_FREE) {
		if (inode->map.top.block != 0)
			check_tell(check, "a free inode has blocks", number);
		return;
	}
	if (inode->quota >= check->fs->root.inode_count) {
		check_tell(check, "an inode has no such quota", number);
		return;
	}
	walk.end = inode_blocks(inode->size);
	walk.contents = check->contents || inode->state == DISKFS_DIRECTORY;
	quota = inode->quota;
	check_pointer(&walk, inode->map.top, inode->map.height, 0);
	check->quotas[quota] += walk.found;
}

static void check_inodes(struct check *check)
{
	struct check_walk walk = {
	    .check = check,
	    .end = (uint64_t)(check->fs->root.inode_count + DISKFS_INODES - 1) / DISKFS_INODES,
	    .contents = true};

	check_pointer(&walk, check->fs->root.inodes.top, check->fs->root.inodes.height, 0);
	for (uint32_t number = 1; number < check->fs->root.inode_count; number++)
		check_one(check, number);
	if (check->files + check->directories != check->fs->root.files)
		check_tell(check, "the number of files is wrong:", check->fs->root.files);
}

/* ---- names ---- */

static void check_entry(struct check *check, const struct diskfs_entry *entry, uint32_t directory)
{
	const struct diskfs_inode *inode;

	if (!directory_name_good(entry->name) ||
	    entry->order != directory_order(check->fs, entry->name))
		check_tell(check, "a name is damaged in directory", directory);
	if (entry->inode == 0 || entry->inode >= check->fs->root.inode_count) {
		check_tell(check, "a name leads nowhere in directory", directory);
		return;
	}
	if (!check_set(check->named, entry->inode))
		check_tell(check, "two names lead to inode", entry->inode);
	inode = tree_inode(check->fs, entry->inode);
	if (!inode || (inode->state != DISKFS_FILE && inode->state != DISKFS_DIRECTORY))
		check_tell(check, "a name leads to no file, but to inode", entry->inode);
	else if (inode->directory != directory)
		check_tell(check, "it says that it is in another directory: inode", entry->inode);
}

static uint32_t check_bucket(struct check *check, uint32_t directory, uint32_t place)
{
	struct diskfs_bucket bucket;
	struct slot *slot;

	cache_step(&check->fs->cache);
	if (tree_get(check->fs, directory, 0, place, &slot) != TREE_FOUND)
		return 0;
	memcpy(&bucket, slot->page, sizeof(bucket));
	if (!directory_bucket_good(&bucket, place)) {
		check_tell(check, "a bucket is damaged: directory", directory);
		return 0;
	}
	for (uint32_t i = 0; i < bucket.count; i++) {
		if (directory_place(bucket.entry[i].order, bucket.depth) != place)
			check_tell(check, "a name is in the wrong bucket: directory", directory);
		cache_step(&check->fs->cache);
		check_entry(check, &bucket.entry[i], directory);
	}
	return bucket.count;
}

static void check_directory(struct check *check, uint32_t number, uint64_t size, uint32_t entries)
{
	uint32_t found = 0;

	for (uint32_t place = 0; place < inode_blocks(size); place++)
		found += check_bucket(check, number, place);
	if (found != entries)
		check_tell(check, "the number of names is wrong: directory", number);
}

static void check_way_up(struct check *check, uint32_t number)
{
	uint32_t at = number, steps = 0;

	while (at != DISKFS_ROOT_INODE && steps++ < CHECK_DEEPEST) {
		const struct diskfs_inode *inode = check_inode(check, at);

		if (!inode)
			break;
		at = inode->directory;
	}
	if (at != DISKFS_ROOT_INODE)
		check_tell(check, "it isn't below the root: directory", number);
}

static void check_names(struct check *check)
{
	for (uint32_t number = 1; number < check->fs->root.inode_count; number++) {
		const struct diskfs_inode *inode = check_inode(check, number);

		if (!inode || inode->state != DISKFS_DIRECTORY)
			continue;
		check_directory(check, number, inode->size, inode->entries);
		check_way_up(check, number);
	}
	for (uint32_t number = 1; number < check->fs->root.inode_count; number++) {
		const struct diskfs_inode *inode = check_inode(check, number);
		const bool wants =
		    inode && number != DISKFS_ROOT_INODE &&
		    (inode->state == DISKFS_FILE || inode->state == DISKFS_DIRECTORY);

		if (inode && check_has(check->named, number) != wants)
			check_tell(check, wants ? "it has no name: inode" : "it has a name: inode",
			           number);
		if (inode && inode->limit != 0 && inode->used != check->quotas[number])
			check_tell(check, "the count of its quota is wrong: directory", number);
	}
}

/* Checks that a list ends, and has all inodes of that state. */
static void check_list(struct check *check, uint32_t first, uint32_t state)
{
	uint64_t length = 0, all = 0;

	for (uint32_t number = 1; number < check->fs->root.inode_count; number++) {
		const struct diskfs_inode *inode = check_inode(check, number);

		all += inode && inode->state == state;
	}
	for (uint32_t at = first; at != 0 && length <= all; length++) {
		const struct diskfs_inode *inode = check_inode(check, at);

		at = inode && inode->state == state ? inode->directory : 0;
	}
	if (length != all)
		check_tell(check,
		           state == DISKFS_FREE ? "the list of free inodes is wrong at"
		                                : "the list of removed files is wrong at",
		           first);
}

/* ---- space ---- */

static void check_group(struct check *check, uint32_t group)
{
	const uint64_t *bitmap;
	uint32_t free = 0;

	cache_step(&check->fs->cache);
	bitmap = space_bitmap(check->fs, group);
	for (uint32_t i = 0; bitmap && i < DISKFS_GROUP; i++) {
		const uint32_t block = group * DISKFS_GROUP + i;
		const bool used = (bitmap[i / 64] >> i % 64 & 1) != 0;

		if (block >= check->fs->root.blocks)
			break;
		free += !used;
		if (used != check_has(check->owned, block))
			check_tell(check,
			           used ? "nobody has the used block" : "it counts as free: block",
			           block);
	}
	if (free != check->fs->groups[group].free)
		check_tell(check, "the number of free blocks is wrong: group", group);
}

bool check_all(struct check *check, void *memory)
{
	const struct diskfs_root *root = &check->fs->root;

	memset(memory, 0, check_size(check->fs));
	check->owned = memory;
	check->named = check->owned + check_words(root->blocks);
	check->quotas = check->named + check_words(root->inode_count + 1);
	check->wrong = check->files = check->directories = check->orphans = check->blocks = 0;
	for (uint32_t block = 0; block < diskfs_first(root->blocks); block++)
		(void)check_set(check->owned, block);
	check_inodes(check);
	check_names(check);
	check_list(check, root->free_inode, DISKFS_FREE);
	check_list(check, root->orphan, DISKFS_ORPHAN);
	for (uint32_t group = 0; group < diskfs_groups(root->blocks); group++)
		check_group(check, group);
	return check->wrong == 0;
}
