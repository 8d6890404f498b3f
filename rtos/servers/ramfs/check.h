/*
 * The RAM file system's memory as a whole: making it, taking it over, and checking that all parts
 * fit together.
 */
#ifndef RAMFS_CHECK_H
#define RAMFS_CHECK_H

#include "change.h"

enum ramfs_found {
	RAMFS_NEW,     /* there was none: this is a new one with an empty root */
	RAMFS_FOUND,   /* an earlier server's; what that had begun is finished */
	RAMFS_DAMAGED, /* no file system, or its parts don't fit together: it mustn't be used */
};

/*
 * Takes the memory over, which begins at a page. A new one's generations begin at `seed`, which is
 * different each time. `*wrong` says what is wrong with a damaged one.
 */
enum ramfs_found ramfs_open(struct ramfs *fs, void *memory, uint64_t size, uint32_t seed,
                            const char **wrong);

/* Whether the server's own variables and the superblock are as they were made for this memory.
 * Called between operations. */
bool ramfs_is_as_made(const struct ramfs *fs, void *memory, uint64_t size);

/* The same of all parts, too. Returns the first fault; NULL: there is none. */
const char *ramfs_check(const struct ramfs *fs, void *memory, uint64_t size);

/* Returns the first fault of the parts; NULL: there is none. Called between operations. */
const char *fs_check(const struct ramfs *fs);

#endif
