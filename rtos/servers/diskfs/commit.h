/* Makes a state of the disk from all changes so far: all of them are there, or none. */
#ifndef DISKFS_COMMIT_H
#define DISKFS_COMMIT_H

#include "diskfs.h"

/* False: failed. The state in memory is of no use then, and the disk has the state before. */
bool commit(struct diskfs *fs);

/* The sum of a whole root in memory. */
uint32_t commit_sum(struct diskfs_root *root);

#endif
