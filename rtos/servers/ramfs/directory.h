/* Directories: files of entries, without holes. */
#ifndef RAMFS_DIRECTORY_H
#define RAMFS_DIRECTORY_H

#include "change.h"

/* Whether six words of a call are a valid name. */
bool directory_name_good(const uint64_t name[FS_NAME_WORDS]);
/* The entry with that name; NULL: there is none. */
struct ramfs_entry *directory_find(const struct ramfs *fs, const struct ramfs_inode *directory,
                                   const uint64_t name[FS_NAME_WORDS]);
/* The entry that leads to that inode. */
struct ramfs_entry *directory_find_inode(const struct ramfs *fs,
                                         const struct ramfs_inode *directory, uint32_t inode);
/* The first entry in use from number *number on; NULL: there is none. */
struct ramfs_entry *directory_next(const struct ramfs *fs, const struct ramfs_inode *directory,
                                   uint32_t *number);
bool directory_is_empty(const struct ramfs *fs, const struct ramfs_inode *directory);
/* Adds an entry with that name for that inode, from the commit on. False: there is no page for it.
 */
bool directory_add(struct ramfs *fs, struct ramfs_inode *directory,
                   const uint64_t name[FS_NAME_WORDS], uint32_t inode);

#endif
