/* Inodes: files and directories, by their ids. */
#ifndef RAMFS_INODE_H
#define RAMFS_INODE_H

#include "change.h"

static inline struct ramfs_inode *inode_at(const struct ramfs *fs, uint32_t number)
{
	return &fs->inodes[number - 1];
}

static inline uint32_t inode_number(const struct ramfs *fs, const struct ramfs_inode *inode)
{
	return (uint32_t)(inode - fs->inodes) + 1;
}

static inline bool inode_is_directory(const struct ramfs_inode *inode)
{
	return inode->state == RAMFS_DIRECTORY;
}

/* The inode with that id; NULL: it is gone. */
static inline struct ramfs_inode *inode_find(const struct ramfs *fs, uint64_t id)
{
	const uint32_t number = FS_ID_NUMBER(id);
	struct ramfs_inode *inode;

	if (number == 0 || number > fs->inode_count)
		return NULL;
	inode = inode_at(fs, number);
	if (inode->state == RAMFS_FREE || inode->state == RAMFS_REMOVED)
		return NULL;
	return inode->generation == FS_ID_GENERATION(id) ? inode : NULL;
}

uint64_t inode_id(const struct ramfs *fs, const struct ramfs_inode *inode);

/* Takes a free inode, which has that type and that directory from the commit on; NULL: there is
 * none. */
struct ramfs_inode *inode_take(struct ramfs *fs, enum fs_type type, uint32_t directory);
uint32_t inode_free(const struct ramfs *fs);
/* Removes the inode at the commit. inode_begin_finish() has to follow. */
void inode_remove(struct ramfs *fs, struct ramfs_inode *inode);
/* Makes the file smaller at the commit. inode_begin_finish() has to follow. */
void inode_cut(struct ramfs *fs, struct ramfs_inode *inode, uint32_t size);

/* Each does a piece of the work that is left for a removed or shrinking inode: inode_begin_finish()
 * for this inode, inode_finish_some() for any. */
void inode_begin_finish(struct ramfs *fs, struct ramfs_inode *inode);
void inode_finish_some(struct ramfs *fs);
/* Ends a file's shrinking. A piece of the pages behind its end goes, and another inode gets the
 * rest. Only if no inode is free for that, all of them go now. */
void inode_shed(struct ramfs *fs, struct ramfs_inode *inode);

#endif
