/* Names in directories. A name is six words, as in proto/fs.h. */
#ifndef DISKFS_DIRECTORY_H
#define DISKFS_DIRECTORY_H

#include "inode.h"

/* Whether a name isn't empty, ".", or "..", has no slash, and has zeros behind its end. */
bool directory_name_good(const uint64_t name[FS_NAME_WORDS]);

/* The inode that the name leads to; 0: there is none (FS_NOT_FOUND), or failed. */
uint32_t directory_find(struct diskfs *fs, uint32_t directory, const uint64_t name[FS_NAME_WORDS]);
/* Whether a name that isn't there has a place, with no more splits than one change can do. Nothing
 * is changed. */
bool directory_fits(struct diskfs *fs, uint32_t directory, const uint64_t name[FS_NAME_WORDS]);
/* Adds a name that isn't there, and that fits. */
bool directory_add(struct diskfs *fs, uint32_t directory, const uint64_t name[FS_NAME_WORDS],
                   uint32_t inode);
/* Makes a name that is there lead to another inode; 0: takes the name away. */
bool directory_set(struct diskfs *fs, uint32_t directory, const uint64_t name[FS_NAME_WORDS],
                   uint32_t inode);
/* Finds the name of an inode that is in the directory. */
bool directory_name(struct diskfs *fs, uint32_t directory, uint32_t inode,
                    uint64_t name[FS_NAME_WORDS]);

/* The entry with the lowest order from `*order` on. *order becomes its order. The entry stays in
 * the cache until the operation ends. NULL: there is none (FS_NOT_FOUND), or failed. */
const struct diskfs_entry *directory_next(struct diskfs *fs, uint32_t directory, uint64_t *order);

/* ---- for the check ---- */

uint64_t directory_order(const struct diskfs *fs, const uint64_t name[FS_NAME_WORDS]);
/* The place of the bucket with that depth for an order. */
uint32_t directory_place(uint64_t order, uint32_t depth);
/* Whether a block can be the bucket at that place. */
bool directory_bucket_good(const struct diskfs_bucket *bucket, uint32_t place);

#endif
