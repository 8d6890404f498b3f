/* See inode.h. */
#include "inode.h"
#include "pages.h"

uint64_t inode_id(const struct ramfs *fs, const struct ramfs_inode *inode)
{
	return FS_ID(inode_number(fs, inode), inode->generation);
}

struct ramfs_inode *inode_take(struct ramfs *fs, enum fs_type type, uint32_t directory)
{
	for (uint32_t number = 1; number <= fs->inode_count; number++) {
		struct ramfs_inode *inode = inode_at(fs, number);

		if (inode->state != RAMFS_FREE)
			continue;
		change_set(fs, &inode->state, type);
		change_set(fs, &inode->size, 0);
		change_set(fs, &inode->directory, directory);
		return inode;
	}
	return NULL;
}

uint32_t inode_free(const struct ramfs *fs)
{
	uint32_t count = 0;

	for (uint32_t number = 1; number <= fs->inode_count; number++)
		count += inode_at(fs, number)->state == RAMFS_FREE;
	return count;
}

void inode_remove(struct ramfs *fs, struct ramfs_inode *inode)
{
	change_set(fs, &inode->state, RAMFS_REMOVED);
}

void inode_cut(struct ramfs *fs, struct ramfs_inode *inode, uint32_t size)
{
	change_set(fs, &inode->size, size);
	change_set(fs, &inode->state, RAMFS_SHRINKS);
}

/* ---- what is left to do ---- */

static bool inode_is_unfinished(const struct ramfs_inode *inode)
{
	return inode->state == RAMFS_REMOVED || inode->state == RAMFS_SHRINKS;
}

static uint32_t inode_pages(const struct ramfs_inode *inode)
{
	return inode->size / RAMFS_PAGE + (inode->size % RAMFS_PAGE != 0);
}

/* Does what one record can hold. */
static void inode_piece(struct ramfs *fs, struct ramfs_inode *inode)
{
	const bool removed = inode->state == RAMFS_REMOVED;

	if (pages_cut(fs, inode, removed ? 0 : inode_pages(inode))) {
		change_set(fs, &inode->state, removed ? RAMFS_FREE : RAMFS_FILE);
		change_set(fs, &inode->generation, inode->generation + removed);
	}
	change_commit(fs);
}

void inode_begin_finish(struct ramfs *fs, struct ramfs_inode *inode)
{
	inode_piece(fs, inode);
	fs->unfinished = fs->unfinished || inode_is_unfinished(inode);
}

void inode_finish_some(struct ramfs *fs)
{
	for (uint32_t number = 1; number <= fs->inode_count; number++) {
		struct ramfs_inode *inode = inode_at(fs, number);

		if (inode_is_unfinished(inode)) {
			inode_piece(fs, inode);
			return;
		}
	}
	fs->unfinished = false;
}

/* Gives what lies behind the file's end to an inode without a name. False: there is no inode or no
 * page for that. */
static bool inode_hand_over(struct ramfs *fs, struct ramfs_inode *inode)
{
	struct ramfs_inode *heir = inode_take(fs, FS_FILE, inode->directory);

	if (!heir || !pages_hand_over(fs, inode, heir, inode_pages(inode))) {
		change_drop(fs);
		return false;
	}
	inode_remove(fs, heir);
	change_set(fs, &inode->state, RAMFS_FILE);
	change_commit(fs);
	fs->unfinished = true;
	return true;
}

void inode_shed(struct ramfs *fs, struct ramfs_inode *inode)
{
	if (inode_is_unfinished(inode))
		inode_piece(fs, inode);
	if (inode_is_unfinished(inode) && !inode_hand_over(fs, inode))
		while (inode_is_unfinished(inode))
			inode_piece(fs, inode);
}
