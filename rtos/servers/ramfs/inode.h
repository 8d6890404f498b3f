/* Inodes: files and directories by their ids. */
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

/* The one with that id; NULL: it is gone. */
struct ramfs_inode *inode_find(const struct ramfs *fs, uint64_t id);
uint64_t inode_id(const struct ramfs *fs, const struct ramfs_inode *inode);

/* A free one that will be of that type, in that directory; NULL: there is none. */
struct ramfs_inode *inode_take(struct ramfs *fs, enum fs_type type, uint32_t directory);
uint32_t inode_free(const struct ramfs *fs);
/* It will be gone; inode_begin_finish() has to come behind the commit. */
void inode_remove(struct ramfs *fs, struct ramfs_inode *inode);
/* The file will be as small as that; inode_begin_finish() has to come behind the commit. */
void inode_cut(struct ramfs *fs, struct ramfs_inode *inode, uint32_t size);

/* A piece of what is left to do for one that was removed, or shrinks: of that one, or of any. */
void inode_begin_finish(struct ramfs *fs, struct ramfs_inode *inode);
void inode_finish_some(struct ramfs *fs);
/* A file that shrinks doesn't any more: of what is behind its end a piece goes, and the rest is
 * another inode's. Only where no inode is free for that, all of it goes now. */
void inode_shed(struct ramfs *fs, struct ramfs_inode *inode);

#endif
