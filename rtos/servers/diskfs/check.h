/* Whether all parts of a file system fit together: for the host's tool and the tests. Memory for
 * that grows with the disk, so the server doesn't do it. */
#ifndef DISKFS_CHECK_H
#define DISKFS_CHECK_H

#include "diskfs.h"

struct check {
	struct diskfs *fs;
	bool contents; /* read the blocks of files, too */
	/* What is wrong, and where: an inode's or block's number. */
	void (*tell)(struct check *check, const char *what, uint64_t where);
	void *context; /* the teller's */
	uint64_t wrong;
	uint64_t files, directories, orphans, blocks; /* that were found */

	uint32_t *owned, *named; /* a bit for each block and inode */
	uint32_t *quotas;        /* blocks, for each inode */
};

/* Bytes of memory that it needs. */
uint64_t check_size(const struct diskfs *fs);
/* Nothing may be changed since the last commit. False: something is wrong. */
bool check_all(struct check *check, void *memory);

#endif
