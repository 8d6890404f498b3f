/* Answers a call of the boot file system's port (proto/fs.h). Pure. */
#ifndef BOOTFS_ANSWER_H
#define BOOTFS_ANSWER_H

#include "archive.h"

/* `word` has the call's words, then the answer's. `buffer` is shared with the caller; NULL: none
 * is. */
void answer(struct archive *archive, uint64_t word[8], uint8_t *buffer, uint64_t buffer_size);

#endif
