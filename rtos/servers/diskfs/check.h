/* Checks whether all parts of a file system fit together, for the host's tool and the tests. This
 * needs memory that grows with the disk, so the server doesn't do it. */
#ifndef DISKFS_CHECK_H
#define DISKFS_CHECK_H

#include "diskfs.h"

struct check {
	struct diskfs *fs;
	bool contents; /* the blocks of files are read, too */
	/* Tells what is wrong, and where: an inode's or a block's number. */
	void (*tell)(struct check *check, const char *what, uint64_t where);
	void *context; /* for `tell` */
	uint64_t wrong;
	uint64_t files, directories, orphans, blocks; /* how many were found */

	uint32_t *owned, *named; /* a bit for each block and inode */
	uint32_t *quotas;        /* blocks that count for each inode's quota */
};

/* How many bytes of memory the check needs. */
uint64_t check_size(const struct diskfs *fs);
/* Checks everything. Nothing may be changed since the last commit. False: something is wrong. */
bool check_all(struct check *check, void *memory);

#endif
