/* The bytes of files. */
#ifndef DISKFS_CONTENTS_H
#define DISKFS_CONTENTS_H

#include "inode.h"

/* Reads up to the file's end. *sum is 0 before, and becomes the CRC-32C of the bytes. `sum` NULL:
 * it isn't wanted. */
bool contents_read(struct diskfs *fs, uint32_t number, const struct diskfs_inode *inode,
                   uint64_t offset, uint8_t *to, uint32_t count, uint32_t *done, uint32_t *sum);
/* Whether the blocks in memory fit their sums. Asked when a client finds a wrong sum. */
bool contents_sums_good(struct diskfs *fs, uint32_t number, uint64_t offset, uint32_t count);
/* Writes all bytes, and lengthens the file if need be. `sum` is their CRC-32C. */
bool contents_write(struct diskfs *fs, uint32_t number, uint64_t offset, const uint8_t *from,
                    uint32_t count, uint32_t sum);
bool contents_resize(struct diskfs *fs, uint32_t number, uint64_t size);

/* How many blocks of contents a write touches. */
uint32_t contents_blocks(uint64_t offset, uint32_t count);

#endif
