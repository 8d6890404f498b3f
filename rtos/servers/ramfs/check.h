/*
 * The RAM file system's memory as a whole: making it, taking it over, and whether all of it fits
 * together.
 */
#ifndef RAMFS_CHECK_H
#define RAMFS_CHECK_H

#include "change.h"

enum ramfs_found {
	RAMFS_NEW,     /* nothing was there: it has a root without anything now */
	RAMFS_FOUND,   /* as the one before left it, what that had begun is finished */
	RAMFS_DAMAGED, /* it doesn't fit together, or isn't one: nothing may be done with it */
};

/*
 * Takes the memory over, which begins at a page. A new one's generations begin at `seed`, which is
 * another one each time. `*wrong` says what of a damaged one doesn't fit.
 */
enum ramfs_found ramfs_open(struct ramfs *fs, void *memory, uint64_t size, uint32_t seed,
                            const char **wrong);

/* What doesn't fit together; NULL: nothing. Between operations. */
const char *fs_check(const struct ramfs *fs);

#endif
