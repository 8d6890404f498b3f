/*
 * The blocks of files, and the index blocks that lead to them. A change is made in the cache, and
 * all that leads to the block is changed with it, up to the root. The commit writes just that. A
 * function that fails says why in fs->trouble.
 */
#ifndef DISKFS_TREE_H
#define DISKFS_TREE_H

#include "diskfs.h"

#define TREE_NEW UINT32_MAX /* in a pointer: the block is changed, and has no place yet */

enum tree_found {
	TREE_FOUND,
	TREE_HOLE, /* there is no such block */
	TREE_FAILED,
};

enum tree_found tree_get(struct diskfs *fs, uint32_t inode, uint32_t level, uint32_t index,
                         struct slot **found);
/* The block, marked as changed; a new block has zeros. NULL: failed. */
struct slot *tree_change(struct diskfs *fs, uint32_t inode, uint32_t level, uint32_t index);

/* The sum of the block's present bytes. */
uint32_t tree_sum(struct slot *slot);

/* The pointer that leads to a changed block. What has the pointer is in the cache. */
struct diskfs_pointer *tree_pointer(struct diskfs *fs, uint64_t key);

/*
 * Releases blocks of contents from `*end` down to `keep`, and the indexes above them, and moves
 * *end. `*released` counts blocks of contents. Stops when it has done `steps`. False: failed.
 */
bool tree_cut(struct diskfs *fs, uint32_t inode, uint32_t *end, uint32_t keep, uint32_t steps,
              uint32_t *released);

/* Hands all blocks behind `keep` over to the heir, which had none. Nothing of the inode's is
 * changed since the last commit. */
bool tree_hand_over(struct diskfs *fs, uint32_t inode, uint32_t heir, uint32_t keep);

/* ---- inodes ---- */

/* The inode, in the cache until the operation ends. NULL: failed, or there is none with that
 * number. */
const struct diskfs_inode *tree_inode(struct diskfs *fs, uint32_t number);
struct diskfs_inode *tree_inode_change(struct diskfs *fs, uint32_t number);

#endif
