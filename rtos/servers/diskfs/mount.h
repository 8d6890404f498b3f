/* Makes a file system on a disk, or finds the one that is there. */
#ifndef DISKFS_MOUNT_H
#define DISKFS_MOUNT_H

#include "diskfs.h"
#include "kept.h"

enum mount_found {
	MOUNT_GOOD,
	MOUNT_NONE,    /* no root is whole, or the disk has something else */
	MOUNT_DAMAGED, /* what is kept doesn't fit what the disk has */
	MOUNT_MEMORY,  /* the memory is too small */
};

/*
 * Finds the newest good root, and makes the changes that are kept. The memory, which begins at a
 * page, is used from then on. fs->lied says whether the disk has lost what it had confirmed,
 * fs->alone whether only one root was whole.
 * `*wrong` says what is wrong.
 */
enum mount_found mount_open(struct diskfs *fs, struct disk *disk, struct kept *kept, void *memory,
                            size_t size, const char **wrong);
/* Mounts once more, with the same disk and memory. All changes that aren't kept are forgotten. */
enum mount_found mount_again(struct diskfs *fs, const char **wrong);

/* Where the cache has its first page. */
uint8_t *mount_cache(const struct diskfs *fs);

/* Makes an empty file system, in two commits. What the disk had before is lost. The seed is
 * different each time. */
enum mount_found mount_make(struct diskfs *fs, struct disk *disk, uint64_t seed, void *memory,
                            size_t size, const char **wrong);

#endif
