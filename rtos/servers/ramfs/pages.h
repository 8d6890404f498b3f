/* Which pages are free, and which a file has, by its indexes. */
#ifndef RAMFS_PAGES_H
#define RAMFS_PAGES_H

#include "change.h"

/* Takes a free page, from the commit on; 0: there is none. Its contents are anything. */
uint32_t pages_take(struct ramfs *fs);
void pages_release(struct ramfs *fs, uint32_t page);
uint32_t pages_free(const struct ramfs *fs);

/* The page at that place of a file; 0: nothing was written there. */
uint32_t pages_of(const struct ramfs *fs, const struct ramfs_inode *inode, uint32_t place);
/* The same from the commit on, found by other instructions than those of pages_of(). */
uint32_t pages_will_be(const struct ramfs *fs, const struct ramfs_inode *inode, uint32_t place);
/* Puts this page at the place, from the commit on, with the index pages that are missing. False:
 * there is no room for those. */
bool pages_put(struct ramfs *fs, struct ramfs_inode *inode, uint32_t place, uint32_t page);

/* Gives back a piece of a file's pages at the commit, from the end on, down to `keep` pages, with
 * the indexes that aren't needed any more. False: there is more to give back. */
bool pages_cut(struct ramfs *fs, struct ramfs_inode *inode, uint32_t keep);

/* Hands the pages behind `keep` places over to the heir, at any places, at the commit. False: there
 * is no room for the indexes that have to be parted. */
bool pages_hand_over(struct ramfs *fs, struct ramfs_inode *inode, struct ramfs_inode *heir,
                     uint32_t keep);

#endif
