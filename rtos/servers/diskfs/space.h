/*
 * Which blocks are free. A root has deltas: what changed since the bitmaps were written. When they
 * become too many for a root, a commit writes the bitmaps that they concern to their other places.
 * So a mount reads no bitmap, and most commits write none. A block that becomes free can be taken
 * only when a commit says so: until then the newest root on the disk leads to it.
 */
#ifndef DISKFS_SPACE_H
#define DISKFS_SPACE_H

#include "diskfs.h"

/* Takes a free block, behind the block last taken if possible; 0: there is none. */
uint32_t space_take(struct diskfs *fs);
/* Releases a block: it is free from the next commit on. */
void space_release(struct diskfs *fs, uint32_t block);
/* How many deltas may still come before the next commit. */
uint32_t space_room(const struct diskfs *fs);

/* Called by the commit, when all blocks are taken: released blocks are free now. */
void space_settle(struct diskfs *fs);
/* Writes bitmaps, if there are too many deltas for a root. */
bool space_fold(struct diskfs *fs);

/* A group's present bitmap; NULL: there is no memory for it, or the disk gives no answer. */
uint64_t *space_bitmap(struct diskfs *fs, uint32_t group);
/* Counts the free blocks, after a mount. */
void space_count(struct diskfs *fs);

#endif
