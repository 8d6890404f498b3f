/* See mount.h. */
#include "mount.h"
#include "commit.h"
#include "mapped.h"
#include "operate.h"
#include "space.h"
#include "tree.h"
#include <lib/crc32c.h>
#include <lib/string.h>

/* ---- memory ---- */

/* Bytes for deltas: those of each slot that a commit writes, and those of cutting. */
static size_t mount_deltas(uint32_t slots)
{
	return (4 * (size_t)slots + DISKFS_DELTAS_MAX) * sizeof(struct diskfs_delta);
}

/* The cache begins behind the pages for a root. */
uint8_t *mount_cache(const struct diskfs *fs)
{
	return fs->memory + (size_t)DISKFS_ROOT_BLOCKS * DISKFS_BLOCK;
}

static bool mount_memory(struct diskfs *fs)
{
	const size_t page = DISKFS_BLOCK, each = mount_deltas(1) - mount_deltas(0);
	const size_t other = mount_deltas(0) + (DISKFS_ROOT_BLOCKS + 1) * page;
	const uint32_t slots =
	    fs->size > other ? cache_slots((fs->size - other) / (page + each) * page) : 0;
	uint8_t *behind;

	if (slots < CACHE_SLOTS_MIN)
		return false;
	if (fs->mapped)
		mapped_begin(fs->mapped);
	fs->root_memory = fs->memory;
	behind = cache_begin(&fs->cache, mount_cache(fs), slots);
	fs->cache.mapped = fs->mapped;
	fs->cache.disk = fs->disk;
	fs->deltas = (struct diskfs_delta *)(void *)(behind + (uintptr_t)behind % 8);
	fs->delta_count = fs->delta_settled = 0;
	fs->touched = fs->unsaved = fs->failing = fs->lied = fs->alone = false;
	return true;
}

/* ---- roots ---- */

static bool mount_root_good(struct diskfs_root *root, const struct disk *disk)
{
	return root->magic == DISKFS_MAGIC && root->revision == DISKFS_REVISION &&
	       root->length <= DISKFS_ROOT_BLOCKS * DISKFS_BLOCK && root->length >= sizeof(*root) &&
	       root->crc == commit_sum(root) && root->blocks >= DISKFS_BLOCKS_MIN &&
	       root->blocks <= DISKFS_BLOCKS_MAX && root->blocks <= disk->blocks &&
	       root->groups == diskfs_groups(root->blocks) && root->deltas <= DISKFS_DELTAS_MAX &&
	       root->length == sizeof(*root) + root->groups * sizeof(struct diskfs_group) +
	                           root->deltas * sizeof(struct diskfs_delta) &&
	       root->inodes.height <= DISKFS_HEIGHT_MAX && root->inode_count <= DISKFS_INODES_MAX &&
	       root->cursor < root->blocks;
}

static bool mount_parts_good(const struct diskfs *fs)
{
	for (uint32_t i = 0; i < fs->root.groups; i++)
		if (fs->groups[i].free > DISKFS_GROUP || fs->groups[i].place > DISKFS_UNWRITTEN)
			return false;
	for (uint32_t i = 0; i < fs->root.deltas; i++) {
		const uint32_t count = fs->deltas[i].count & ~DISKFS_FREED;

		if (count == 0 || count > fs->root.blocks ||
		    fs->deltas[i].block > fs->root.blocks - count)
			return false;
	}
	return true;
}

/* Reads a root into the memory of the cache, which has no blocks yet. */
static struct diskfs_root *mount_read(struct diskfs *fs, uint32_t place)
{
	uint8_t *memory = mount_cache(fs) + (size_t)place * DISKFS_ROOT_BLOCKS * DISKFS_BLOCK;

	for (uint32_t i = 0; i < DISKFS_ROOT_BLOCKS; i++)
		if (!diskfs_read(fs, place * DISKFS_ROOT_BLOCKS + i,
		                 memory + (size_t)i * DISKFS_BLOCK))
			return NULL;
	return mount_root_good((struct diskfs_root *)(void *)memory, fs->disk)
	           ? (struct diskfs_root *)(void *)memory
	           : NULL;
}

static bool mount_take(struct diskfs *fs, const struct diskfs_root *root, uint32_t place)
{
	const uint8_t *groups = (const uint8_t *)(root + 1);

	fs->root = *root;
	fs->place = place;
	memcpy(fs->groups, groups, root->groups * sizeof(fs->groups[0]));
	memcpy(fs->deltas, groups + root->groups * sizeof(fs->groups[0]),
	       root->deltas * sizeof(fs->deltas[0]));
	fs->delta_count = fs->delta_settled = root->deltas;
	space_count(fs);
	return mount_parts_good(fs);
}

/* Whether what a root leads to first is there. If a disk told of a flush too early, it may have the
 * root without that. */
static bool mount_leads(struct diskfs *fs)
{
	const struct diskfs_inode *inode = tree_inode(fs, DISKFS_ROOT_INODE);

	return inode && inode->state == DISKFS_DIRECTORY;
}

/* Tries a root. The cache begins anew, as the roots were read into its memory. */
static bool mount_try(struct diskfs *fs, uint32_t place)
{
	const struct diskfs_root *root;

	if (!mount_memory(fs))
		return false;
	root = mount_read(fs, place);
	return root && mount_take(fs, root, place) && mount_leads(fs);
}

/* The generation of a root; 0: it isn't good. */
static uint64_t mount_generation(struct diskfs *fs, uint32_t place)
{
	const struct diskfs_root *root = mount_read(fs, place);

	return root ? root->generation : 0;
}

/* Finds the newest good root. The two generations of a disk without damage are neighbours: only a
 * root that was being written when the power went may be missing. */
static enum mount_found mount_find(struct diskfs *fs, const char **wrong)
{
	const uint64_t first = mount_generation(fs, 0), second = mount_generation(fs, 1);
	const uint32_t newest = first > second ? 0 : 1;

	*wrong = "there is no whole file system of this kind on it";
	if (first == 0 && second == 0)
		return MOUNT_NONE;
	if (mount_try(fs, newest)) {
		fs->alone = first == 0 || second == 0;
		fs->lied = !fs->alone && first + 1 != second && second + 1 != first;
		return MOUNT_GOOD;
	}
	*wrong = "its newest root leads to damaged blocks, and there is no other root";
	if (first == 0 || second == 0 || !mount_try(fs, 1 - newest))
		return MOUNT_NONE;
	fs->lied = true;
	return MOUNT_GOOD;
}

/* ---- all of it ---- */

enum mount_found mount_again(struct diskfs *fs, const char **wrong)
{
	enum mount_found found;
	uint64_t lost;

	*wrong = "its memory is too small";
	if (!mount_memory(fs))
		return MOUNT_MEMORY;
	found = mount_find(fs, wrong);
	if (found == MOUNT_GOOD && fs->lied && fs->disk->tell)
		fs->disk->tell(fs->disk, "disk has lost what it had confirmed; it is as at commit",
		               fs->root.generation);
	fs->unflushed = found == MOUNT_GOOD && !fs->read_only;
	if (found != MOUNT_GOOD || !fs->kept)
		return found;
	lost = kept_begin(fs->kept, fs->root.identity);
	if (lost != 0 && fs->disk->tell)
		fs->disk->tell(fs->disk, "changes of another disk were lost, of bytes:", lost);
	*wrong = "what it kept doesn't fit what the disk has";
	return operate_again(fs) ? MOUNT_GOOD : MOUNT_DAMAGED;
}

enum mount_found mount_open(struct diskfs *fs, struct disk *disk, struct kept *kept, void *memory,
                            size_t size, const char **wrong)
{
	enum mount_found found;

	memset(fs, 0, sizeof(*fs));
	fs->disk = disk;
	fs->kept = kept;
	fs->memory = memory;
	fs->size = size;
	fs->read_only = disk->read_only;
	found = mount_again(fs, wrong);
	if (found == MOUNT_GOOD && kept)
		kept_inherit(kept);
	return found;
}

/* ---- a new one ---- */

static uint64_t mount_mix(uint64_t seed)
{
	seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9ULL;
	seed = (seed ^ seed >> 27) * 0x94d049bb133111ebULL;
	return seed ^ seed >> 31;
}

static void mount_new_root(struct diskfs *fs, uint64_t seed)
{
	const uint32_t blocks =
	    fs->disk->blocks < DISKFS_BLOCKS_MAX ? fs->disk->blocks : DISKFS_BLOCKS_MAX;
	const uint32_t first = diskfs_first(blocks);

	fs->root = (struct diskfs_root){.magic = DISKFS_MAGIC,
	                                .revision = DISKFS_REVISION,
	                                .blocks = blocks,
	                                .identity = {mount_mix(seed + 1), mount_mix(seed + 2)},
	                                .seed = mount_mix(seed + 3),
	                                .inode_count = DISKFS_ROOT_INODE + 1,
	                                .files = 1,
	                                .cursor = first};
	for (uint32_t group = 0; group < diskfs_groups(blocks); group++) {
		const uint32_t left = blocks - group * DISKFS_GROUP;

		fs->groups[group] = (struct diskfs_group){
		    .free = (uint16_t)(left < DISKFS_GROUP ? left : DISKFS_GROUP),
		    .place = DISKFS_UNWRITTEN};
	}
	fs->groups[0].free = (uint16_t)(fs->groups[0].free - first);
	fs->deltas[0] = (struct diskfs_delta){.block = 0, .count = first};
	fs->delta_count = fs->delta_settled = 1;
	space_count(fs);
}

static bool mount_root_directory(struct diskfs *fs)
{
	struct diskfs_inode *inode = tree_inode_change(fs, DISKFS_ROOT_INODE);

	if (inode)
		*inode = (struct diskfs_inode){.state = DISKFS_DIRECTORY,
		                               .directory = DISKFS_ROOT_INODE};
	return inode != NULL;
}

/* Clears old roots first: a newer generation among them would win. */
static bool mount_clear_roots(struct diskfs *fs)
{
	memset(fs->root_memory, 0, DISKFS_BLOCK);
	for (uint32_t i = 0; i < DISKFS_ROOTS * DISKFS_ROOT_BLOCKS; i++)
		if (!diskfs_write(fs, i, &fs->root_memory, 1))
			return false;
	return fs->disk->flush(fs->disk);
}

enum mount_found mount_make(struct diskfs *fs, struct disk *disk, uint64_t seed, void *memory,
                            size_t size, const char **wrong)
{
	memset(fs, 0, sizeof(*fs));
	fs->disk = disk;
	fs->memory = memory;
	fs->size = size;
	*wrong = "its memory is too small";
	if (!mount_memory(fs))
		return MOUNT_MEMORY;
	*wrong = "a disk has at least 1 MiB";
	if (disk->blocks < DISKFS_BLOCKS_MIN)
		return MOUNT_NONE;
	mount_new_root(fs, seed);
	*wrong = "it can't be written";
	if (!mount_clear_roots(fs) || !mount_root_directory(fs) || !commit(fs))
		return MOUNT_NONE;
	fs->unsaved = true; /* for the other root */
	return commit(fs) ? MOUNT_GOOD : MOUNT_NONE;
}
