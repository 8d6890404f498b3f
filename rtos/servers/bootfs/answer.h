/* A call of the boot file system's port, answered (proto/fs.h). Pure. */
#ifndef BOOTFS_ANSWER_H
#define BOOTFS_ANSWER_H

#include "archive.h"

/* Words of the call, then of the answer; the buffer that the caller shares (NULL: none). */
void answer(struct archive *archive, uint64_t word[8], uint8_t *buffer, uint64_t buffer_size);

#endif
