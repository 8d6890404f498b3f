/* Making all changes so far a state of the disk: they are there together or not at all. */
#ifndef DISKFS_COMMIT_H
#define DISKFS_COMMIT_H

#include "diskfs.h"

/* False: failed; the state in memory is of no use then, and the disk has the one before. */
bool commit(struct diskfs *fs);

/* The sum of a root of that length, which is in memory. */
uint32_t commit_sum(struct diskfs_root *root);

#endif
