/* Makes and removes inodes, and counts their blocks for quotas. */
#ifndef DISKFS_INODE_H
#define DISKFS_INODE_H

#include "tree.h"

/* The inode with that id; NULL: it is gone (FS_GONE), or failed. */
const struct diskfs_inode *inode_find(struct diskfs *fs, uint64_t id);
/* The id of an inode with that number. */
uint64_t inode_id(uint32_t number, const struct diskfs_inode *inode);

/* Makes a file or a directory; 0: failed. */
uint32_t inode_make(struct diskfs *fs, enum fs_type type, uint32_t directory);
/* Takes an inode's name: it becomes an orphan. */
bool inode_remove(struct diskfs *fs, uint32_t number);
/* Makes an orphan that gets the blocks behind `keep`. */
bool inode_shrink(struct diskfs *fs, uint32_t number, uint32_t keep);
/* Does a piece of the orphans' work. */
bool inode_finish_some(struct diskfs *fs);

/* *has: whether the inode's quota has room for this many further blocks. */
bool inode_has_room(struct diskfs *fs, const struct diskfs_inode *inode, uint32_t blocks,
                    bool *has);
/* Counts blocks that were got, and blocks that were lost, for a quota. */
bool inode_count(struct diskfs *fs, uint32_t quota, uint32_t got, uint32_t lost);

static inline uint32_t inode_blocks(uint64_t size)
{
	return (uint32_t)((size + DISKFS_BLOCK - 1) / DISKFS_BLOCK);
}

#endif
