/* See inode.h. */
#include "inode.h"
#include "space.h"

const struct diskfs_inode *inode_find(struct diskfs *fs, uint64_t id)
{
	const uint32_t number = FS_ID_NUMBER(id);
	const struct diskfs_inode *inode;

	if (number == 0 || number >= fs->root.inode_count) {
		(void)diskfs_fail(fs, FS_GONE);
		return NULL;
	}
	inode = tree_inode(fs, number);
	if (!inode)
		return NULL;
	if ((inode->state == DISKFS_FILE || inode->state == DISKFS_DIRECTORY) &&
	    FS_ID(number, inode->generation) == id)
		return inode;
	(void)diskfs_fail(fs, FS_GONE);
	return NULL;
}

uint64_t inode_id(uint32_t number, const struct diskfs_inode *inode)
{
	return FS_ID(number, inode->generation);
}

/* ---- making ---- */

/* Takes the first of the free inodes, or an inode that was never used. */
static struct diskfs_inode *inode_take(struct diskfs *fs, uint32_t *number)
{
	struct diskfs_inode *inode;

	*number = fs->root.free_inode != 0 ? fs->root.free_inode : fs->root.inode_count;
	if (*number >= DISKFS_INODES_MAX) {
		(void)diskfs_fail(fs, FS_NO_SPACE);
		return NULL;
	}
	inode = tree_inode_change(fs, *number);
	if (!inode)
		return NULL;
	if (fs->root.free_inode == 0) {
		fs->root.inode_count++;
	} else if (inode->state != DISKFS_FREE || inode->directory >= fs->root.inode_count) {
		(void)diskfs_fail_at(fs, "list of free inodes is wrong: inode", *number);
		return NULL;
	} else {
		fs->root.free_inode = inode->directory;
	}
	return inode;
}

static void inode_set(struct diskfs_inode *inode, uint32_t state, uint32_t directory,
                      uint32_t quota)
{
	*inode = (struct diskfs_inode){.state = state,
	                               .generation = inode->generation,
	                               .directory = directory,
	                               .quota = quota};
}

uint32_t inode_make(struct diskfs *fs, enum fs_type type, uint32_t directory)
{
	const struct diskfs_inode *above = tree_inode(fs, directory);
	uint32_t number;
	struct diskfs_inode *inode = above ? inode_take(fs, &number) : NULL;

	if (!inode)
		return 0;
	inode_set(inode, type, directory, above->limit != 0 ? directory : above->quota);
	fs->root.files++;
	return number;
}

/* ---- removing ---- */

static void inode_lay_down(struct diskfs *fs, struct diskfs_inode *inode, uint32_t number)
{
	inode->state = DISKFS_ORPHAN;
	inode->directory = fs->root.orphan;
	fs->root.orphan = number;
	fs->stuck = false;
}

bool inode_remove(struct diskfs *fs, uint32_t number)
{
	struct diskfs_inode *inode = tree_inode_change(fs, number);

	if (!inode)
		return false;
	inode->generation++;
	inode->entries = 0;
	inode_lay_down(fs, inode, number);
	fs->root.files--;
	return true;
}

bool inode_shrink(struct diskfs *fs, uint32_t number, uint32_t keep)
{
	const struct diskfs_inode *inode = tree_inode(fs, number);
	uint32_t heir;
	struct diskfs_inode *made = inode ? inode_take(fs, &heir) : NULL;

	if (!made)
		return false;
	inode_set(made, DISKFS_FREE, 0, inode->quota);
	made->generation++;
	made->size = inode->size;
	inode_lay_down(fs, made, heir);
	return tree_hand_over(fs, number, heir, keep);
}

static bool inode_end(struct diskfs *fs, uint32_t number)
{
	struct diskfs_inode *inode = tree_inode_change(fs, number);

	if (!inode)
		return false;
	fs->root.orphan = inode->directory;
	inode_set(inode, DISKFS_FREE, fs->root.free_inode, 0);
	fs->root.free_inode = number;
	return true;
}

bool inode_finish_some(struct diskfs *fs)
{
	const uint32_t number = fs->root.orphan;
	const struct diskfs_inode *inode = tree_inode(fs, number);
	struct diskfs_inode *changed;
	uint32_t end, released;

	if (!inode)
		return false;
	if (inode->state != DISKFS_ORPHAN || inode->directory >= fs->root.inode_count)
		return diskfs_fail_at(fs, "list of removed inodes is wrong: inode", number);
	end = inode_blocks(inode->size);
	if (!tree_cut(fs, number, &end, 0, DISKFS_CUT, &released) ||
	    !inode_count(fs, inode->quota, 0, released))
		return false;
	changed = tree_inode_change(fs, number);
	if (!changed)
		return false;
	changed->size = (uint64_t)end * DISKFS_BLOCK;
	return end != 0 || inode_end(fs, number);
}

/* ---- quotas ---- */

bool inode_has_room(struct diskfs *fs, const struct diskfs_inode *inode, uint32_t blocks, bool *has)
{
	const struct diskfs_inode *quota;

	*has = true;
	if (inode->quota == 0)
		return true;
	quota = tree_inode(fs, inode->quota);
	if (quota)
		*has = quota->used <= quota->limit && blocks <= quota->limit - quota->used;
	return quota != NULL;
}

bool inode_count(struct diskfs *fs, uint32_t quota, uint32_t got, uint32_t lost)
{
	struct diskfs_inode *inode;

	if (quota == 0 || got == lost)
		return true;
	inode = tree_inode_change(fs, quota);
	if (!inode)
		return false;
	lost = lost < inode->used ? lost : inode->used;
	inode->used += got - lost;
	return true;
}
