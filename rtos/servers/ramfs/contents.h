/* What stands in files. */
#ifndef RAMFS_CONTENTS_H
#define RAMFS_CONTENTS_H

#include "change.h"

/* So many bytes can be written as a whole or not at all. */
#define CONTENTS_WHOLE (16u * RAMFS_PAGE)

/* From the offset on, at most to the file's end; returns how many. */
uint32_t contents_read(const struct ramfs *fs, const struct ramfs_inode *inode, uint32_t offset,
                       void *to, uint32_t count);
/* From the offset on, a page at a time; returns how many there was room for. The end stays below
 * 4 GiB. */
uint32_t contents_write(struct ramfs *fs, struct ramfs_inode *inode, uint32_t offset,
                        const void *from, uint32_t count);
/* At the file's end, up to CONTENTS_WHOLE; they are the file's with the next commit. False: there
 * is no room for all of them. */
bool contents_append(struct ramfs *fs, struct ramfs_inode *inode, const void *from, uint32_t count);
/* What is new reads as zeros. Returns who has what isn't the file's any more, for
 * inode_begin_finish(); NULL: nobody. */
struct ramfs_inode *contents_resize(struct ramfs *fs, struct ramfs_inode *inode, uint32_t size);

#endif
