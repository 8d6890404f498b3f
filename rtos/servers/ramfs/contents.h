/* Files' contents. */
#ifndef RAMFS_CONTENTS_H
#define RAMFS_CONTENTS_H

#include "change.h"

/* How many bytes can be written as a whole or not at all. */
#define CONTENTS_WHOLE (16u * RAMFS_PAGE)

/* Reads from the offset on, up to the file's end. Returns how many bytes. */
uint32_t contents_read(const struct ramfs *fs, const struct ramfs_inode *inode, uint32_t offset,
                       void *to, uint32_t count);
/* Writes from the offset on, page by page. Returns for how many bytes there was room. The end stays
 * below 4 GiB. */
uint32_t contents_write(struct ramfs *fs, struct ramfs_inode *inode, uint32_t offset,
                        const void *from, uint32_t count);
/* Writes up to CONTENTS_WHOLE bytes at the file's end. They become the file's at the next commit.
 * False: there is no room for all of them. */
bool contents_append(struct ramfs *fs, struct ramfs_inode *inode, const void *from, uint32_t count);
/* Whether the file with that id has these bytes there, from the commit on, and ends behind them if
 * they are fewer than was asked for. */
bool contents_are(const struct ramfs *fs, uint64_t id, uint64_t offset, const uint8_t *bytes,
                  uint32_t count, uint32_t asked);
/* Changes the file's size; new bytes read as zeros. Returns the inode with the pages that were cut,
 * for inode_begin_finish(); NULL: there are none. */
struct ramfs_inode *contents_resize(struct ramfs *fs, struct ramfs_inode *inode, uint32_t size);

#endif
