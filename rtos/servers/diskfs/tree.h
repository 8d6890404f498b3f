/*
 * The blocks of files, and those that lead to them. Whatever changes is changed in the cache, with
 * all that leads to it, up to the root: the commit writes just that. A function that fails says why
 * in fs->trouble.
 */
#ifndef DISKFS_TREE_H
#define DISKFS_TREE_H

#include "diskfs.h"

#define TREE_NEW UINT32_MAX /* a pointer's block: the block is changed and nowhere yet */

enum tree_found {
	TREE_FOUND,
	TREE_HOLE, /* no such block */
	TREE_FAILED,
};

enum tree_found tree_get(struct diskfs *fs, uint32_t inode, uint32_t level, uint32_t index,
                         struct slot **found);
/* The block, changed from now on; a new one has zeros. NULL: failed. */
struct slot *tree_change(struct diskfs *fs, uint32_t inode, uint32_t level, uint32_t index);

/* The sum of the block as it is. */
uint32_t tree_sum(struct slot *slot);

/* The pointer that leads to a changed block; what leads to it is in the cache. */
struct diskfs_pointer *tree_pointer(struct diskfs *fs, uint64_t key);

/*
 * Releases blocks of contents from `*end` down to `keep`, and the indexes above them, and moves
 * *end; `*released` counts blocks of contents. False: failed. It stops when it has done `steps`.
 */
bool tree_cut(struct diskfs *fs, uint32_t inode, uint32_t *end, uint32_t keep, uint32_t steps,
              uint32_t *released);

/* All blocks behind `keep` become the heir's, which had none. Nothing of the inode's is changed
 * since the last commit. */
bool tree_hand_over(struct diskfs *fs, uint32_t inode, uint32_t heir, uint32_t keep);

/* ---- inodes ---- */

/* In the cache until the operation ends. NULL: failed, or there is none with that number. */
const struct diskfs_inode *tree_inode(struct diskfs *fs, uint32_t number);
struct diskfs_inode *tree_inode_change(struct diskfs *fs, uint32_t number);

#endif
