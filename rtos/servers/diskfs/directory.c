/* See directory.h. */
#include "directory.h"
#include <lib/string.h>

#define DIRECTORY_MIX    0x9e3779b97f4a7c15ULL
#define DIRECTORY_SPLITS 2u /* splits in one change: DISKFS_NEED has room for them */

/* ---- names ---- */

bool directory_name_good(const uint64_t name[FS_NAME_WORDS])
{
	const char *bytes = (const char *)name;
	size_t length = 0;

	if (name[0] == '.' || name[0] == ('.' | '.' << 8))
		return false;
	while (length < FS_NAME && bytes[length] != '\0' && bytes[length] != '/')
		length++;
	if (length == 0 || length == FS_NAME || bytes[length] == '/')
		return false;
	while (length < FS_NAME && bytes[length] == '\0')
		length++;
	return length == FS_NAME;
}

uint64_t directory_order(const struct diskfs *fs, const uint64_t name[FS_NAME_WORDS])
{
	uint64_t order = fs->root.seed;

	for (uint32_t i = 0; i < FS_NAME_WORDS; i++) {
		order = (order ^ name[i]) * DIRECTORY_MIX;
		order ^= order >> 32;
	}
	order *= DIRECTORY_MIX;
	return (order ^ order >> 29) & ~3ULL;
}

static bool directory_same(const struct diskfs_entry *entry, const uint64_t name[FS_NAME_WORDS])
{
	for (uint32_t i = 0; i < FS_NAME_WORDS; i++)
		if (entry->name[i] != name[i])
			return false;
	return true;
}

/* ---- buckets ---- */

uint32_t directory_place(uint64_t order, uint32_t depth)
{
	uint32_t place = 0;

	for (uint32_t i = 0; i < depth; i++)
		place |= (uint32_t)(order >> (63 - i) & 1) << i;
	return place;
}

bool directory_bucket_good(const struct diskfs_bucket *bucket, uint32_t place)
{
	return bucket->depth <= DISKFS_BUCKET_DEPTH && bucket->count <= DISKFS_ENTRIES &&
	       place >> bucket->depth == 0;
}

static bool directory_is_for(const struct diskfs_bucket *bucket, uint32_t place, uint64_t order)
{
	return directory_bucket_good(bucket, place) &&
	       directory_place(order, bucket->depth) == place;
}

/* Finds the bucket for an order: the deepest that exists. *place is its place. */
static enum tree_found directory_bucket(struct diskfs *fs, uint32_t directory, uint64_t order,
                                        uint32_t *place, struct slot **slot)
{
	const struct diskfs_inode *inode = tree_inode(fs, directory);
	const uint32_t blocks = inode ? inode_blocks(inode->size) : 0;
	uint32_t depth = 0;

	if (!inode)
		return TREE_FAILED;
	while (depth < DISKFS_BUCKET_DEPTH && 1u << depth < blocks)
		depth++;
	for (uint32_t at = directory_place(order, depth);; depth--) {
		enum tree_found found;

		*place = at & ((1u << depth) - 1);
		found = *place < blocks ? tree_get(fs, directory, 0, *place, slot) : TREE_HOLE;
		if (found == TREE_FOUND &&
		    !directory_is_for((const void *)(*slot)->page, *place, order)) {
			(void)diskfs_fail_at(fs, "directory is wrong: inode", directory);
			found = TREE_FAILED;
		}
		if (found != TREE_HOLE || depth == 0)
			return found;
	}
}

static struct diskfs_bucket *directory_bucket_in(struct slot *slot)
{
	return (struct diskfs_bucket *)(void *)slot->page;
}

/* The place of the entry in the bucket; DISKFS_ENTRIES: it isn't there. */
static uint32_t directory_entry(const struct diskfs_bucket *bucket, uint64_t order,
                                const uint64_t name[FS_NAME_WORDS])
{
	for (uint32_t i = 0; i < bucket->count; i++)
		if (bucket->entry[i].order == order && directory_same(&bucket->entry[i], name))
			return i;
	return DISKFS_ENTRIES;
}

/* ---- looking ---- */

uint32_t directory_find(struct diskfs *fs, uint32_t directory, const uint64_t name[FS_NAME_WORDS])
{
	const uint64_t order = directory_order(fs, name);
	struct slot *slot;
	uint32_t place, found;
	const enum tree_found bucket = directory_bucket(fs, directory, order, &place, &slot);

	if (bucket == TREE_FAILED)
		return 0;
	(void)diskfs_fail(fs, FS_NOT_FOUND);
	if (bucket == TREE_HOLE)
		return 0;
	found = directory_entry(directory_bucket_in(slot), order, name);
	return found < DISKFS_ENTRIES ? directory_bucket_in(slot)->entry[found].inode : 0;
}

/* The bucket's entry with the lowest order from `from` on; NULL: there is none. */
static const struct diskfs_entry *directory_lowest(const struct diskfs_bucket *bucket,
                                                   uint64_t from)
{
	const struct diskfs_entry *lowest = NULL;

	for (uint32_t i = 0; i < bucket->count; i++)
		if (bucket->entry[i].order >= from &&
		    (!lowest || bucket->entry[i].order < lowest->order))
			lowest = &bucket->entry[i];
	return lowest;
}

/* The first order behind a bucket's orders; 0: no order is behind them. */
static uint64_t directory_behind(uint64_t order, uint32_t depth)
{
	return depth == 0 ? 0 : ((order >> (64 - depth)) + 1) << (64 - depth);
}

const struct diskfs_entry *directory_next(struct diskfs *fs, uint32_t directory, uint64_t *order)
{
	const struct diskfs_entry *entry = NULL;

	do {
		struct slot *slot;
		uint32_t place;
		const enum tree_found found =
		    directory_bucket(fs, directory, *order, &place, &slot);

		if (found == TREE_FAILED)
			return NULL;
		(void)diskfs_fail(fs, FS_NOT_FOUND);
		if (found == TREE_HOLE)
			return NULL;
		entry = directory_lowest(directory_bucket_in(slot), *order);
		*order = entry ? entry->order
		               : directory_behind(*order, directory_bucket_in(slot)->depth);
		if (!entry && *order != 0)
			cache_step(&fs->cache);
	} while (!entry && *order != 0);
	return entry;
}

static const struct diskfs_entry *directory_of_inode(const struct diskfs_bucket *bucket,
                                                     uint32_t inode)
{
	for (uint32_t i = 0; i < bucket->count && i < DISKFS_ENTRIES; i++)
		if (bucket->entry[i].inode == inode)
			return &bucket->entry[i];
	return NULL;
}

bool directory_name(struct diskfs *fs, uint32_t directory, uint32_t inode,
                    uint64_t name[FS_NAME_WORDS])
{
	const struct diskfs_inode *of = tree_inode(fs, directory);
	const uint32_t blocks = of ? inode_blocks(of->size) : 0;

	for (uint32_t place = 0; place < blocks; place++) {
		const struct diskfs_entry *entry = NULL;
		struct slot *slot;
		const enum tree_found found = tree_get(fs, directory, 0, place, &slot);

		if (found == TREE_FAILED)
			return false;
		if (found == TREE_FOUND)
			entry = directory_of_inode(directory_bucket_in(slot), inode);
		if (entry)
			memcpy(name, entry->name, FS_NAME);
		if (entry)
			return true;
		cache_step(&fs->cache);
	}
	return diskfs_fail(fs, FS_FAILED);
}

/* ---- changing ---- */

/* Makes a bucket. It counts for the quota, and the directory may become longer. */
static struct diskfs_bucket *directory_new_bucket(struct diskfs *fs, uint32_t directory,
                                                  uint32_t place, uint32_t depth)
{
	struct slot *slot = tree_change(fs, directory, 0, place);
	struct diskfs_inode *inode = slot ? tree_inode_change(fs, directory) : NULL;
	const uint64_t size = (uint64_t)(place + 1) * DISKFS_BLOCK;

	if (!inode || !inode_count(fs, inode->quota, 1, 0))
		return NULL;
	if (inode->size < size)
		inode->size = size;
	memset(slot->page, 0, DISKFS_BLOCK);
	directory_bucket_in(slot)->depth = depth;
	return directory_bucket_in(slot);
}

/* Splits a bucket: entries whose next bit is set go to the new one. */
static bool directory_split(struct diskfs *fs, uint32_t directory, uint32_t place)
{
	struct slot *slot = tree_change(fs, directory, 0, place);
	struct diskfs_bucket *bucket = slot ? directory_bucket_in(slot) : NULL, *made;
	uint32_t stay = 0;

	if (!bucket)
		return false;
	if (bucket->depth == DISKFS_BUCKET_DEPTH)
		return diskfs_fail(fs, FS_NO_SPACE);
	made = directory_new_bucket(fs, directory, place | 1u << bucket->depth, bucket->depth + 1);
	if (!made)
		return false;
	for (uint32_t i = 0; i < bucket->count; i++) {
		if ((bucket->entry[i].order >> (63 - bucket->depth) & 1) != 0)
			made->entry[made->count++] = bucket->entry[i];
		else
			bucket->entry[stay++] = bucket->entry[i];
	}
	memset(&bucket->entry[stay], 0, (bucket->count - stay) * sizeof(bucket->entry[0]));
	bucket->count = stay;
	bucket->depth++;
	return true;
}

/* A bucket for an order that has a free place, and may be changed. */
static struct diskfs_bucket *directory_room(struct diskfs *fs, uint32_t directory, uint64_t order)
{
	for (;;) {
		struct slot *slot;
		uint32_t place;
		const enum tree_found found = directory_bucket(fs, directory, order, &place, &slot);

		if (found == TREE_FAILED)
			return NULL;
		if (found == TREE_HOLE)
			return directory_new_bucket(fs, directory, 0, 0);
		if (directory_bucket_in(slot)->count < DISKFS_ENTRIES) {
			slot = tree_change(fs, directory, 0, place);
			return slot ? directory_bucket_in(slot) : NULL;
		}
		if (!directory_split(fs, directory, place))
			return NULL;
	}
}

/* Whether the bucket has a place, or gets one by DIRECTORY_SPLITS splits at most. A split helps if
 * the names, the new name included, aren't all alike in the next bit. */
static bool directory_has_room(const struct diskfs_bucket *bucket, uint64_t order)
{
	uint64_t differ = 0;

	for (uint32_t i = 0; i < bucket->count; i++)
		differ |= bucket->entry[i].order ^ order;
	return bucket->count < DISKFS_ENTRIES ||
	       differ << bucket->depth >> (64 - DIRECTORY_SPLITS) != 0;
}

bool directory_fits(struct diskfs *fs, uint32_t directory, const uint64_t name[FS_NAME_WORDS])
{
	const uint64_t order = directory_order(fs, name);
	struct slot *slot;
	uint32_t place;
	const enum tree_found found = directory_bucket(fs, directory, order, &place, &slot);

	if (found == TREE_FAILED)
		return false;
	return found == TREE_HOLE || directory_has_room(directory_bucket_in(slot), order) ||
	       diskfs_fail(fs, FS_NO_SPACE);
}

bool directory_add(struct diskfs *fs, uint32_t directory, const uint64_t name[FS_NAME_WORDS],
                   uint32_t inode)
{
	const uint64_t order = directory_order(fs, name);
	struct diskfs_bucket *bucket = directory_room(fs, directory, order);
	struct diskfs_inode *of = bucket ? tree_inode_change(fs, directory) : NULL;
	struct diskfs_entry *entry;

	if (!of)
		return false;
	entry = &bucket->entry[bucket->count++];
	*entry = (struct diskfs_entry){.order = order, .inode = inode};
	memcpy(entry->name, name, FS_NAME);
	of->entries++;
	return true;
}

bool directory_set(struct diskfs *fs, uint32_t directory, const uint64_t name[FS_NAME_WORDS],
                   uint32_t inode)
{
	const uint64_t order = directory_order(fs, name);
	struct diskfs_bucket *bucket;
	struct diskfs_inode *of;
	struct slot *slot;
	uint32_t place, at;

	if (directory_bucket(fs, directory, order, &place, &slot) != TREE_FOUND)
		return diskfs_fail(fs, FS_FAILED);
	slot = tree_change(fs, directory, 0, place);
	of = slot ? tree_inode_change(fs, directory) : NULL;
	bucket = of ? directory_bucket_in(slot) : NULL;
	at = bucket ? directory_entry(bucket, order, name) : DISKFS_ENTRIES;
	if (at == DISKFS_ENTRIES)
		return false;
	bucket->entry[at].inode = inode;
	if (inode != 0)
		return true;
	bucket->entry[at] = bucket->entry[--bucket->count];
	bucket->entry[bucket->count] = (struct diskfs_entry){.inode = 0};
	of->entries--;
	return true;
}
