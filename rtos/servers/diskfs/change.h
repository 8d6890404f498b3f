/* The changes of a file system, each as a whole. operate.c takes care of room, and of what is kept.
 * Made once more from the same state, a change does the same and has the same answer. */
#ifndef DISKFS_CHANGE_H
#define DISKFS_CHANGE_H

#include "diskfs.h"

/* Operations besides those of proto/fs.h. */
#define CHANGE_FINISH 0xf0u /* does a piece of the orphans' work */
#define CHANGE_QUOTA  0xf1u /* word 1: blocks; name: a directory in the root */

struct change {
	uint64_t word[8]; /* the call's words */
	const uint8_t *bytes;
	uint32_t count; /* how many bytes */
	uint32_t sum;   /* their CRC-32C */
	uint64_t answer1, answer2;
};

/* Makes a change. With a status other than FS_OK nothing is changed, unless fs->touched says so. */
enum fs_status change_make(struct diskfs *fs, struct change *change);

/* How many blocks of contents the change may need. */
uint32_t change_blocks(const struct change *change);

#endif
