/* A call of the file system's port, carried out (proto/fs.h). */
#ifndef RAMFS_OPERATE_H
#define RAMFS_OPERATE_H

#include "change.h"

struct ramfs_call {
	uint64_t word[8]; /* of the call, then of the answer */
	uint64_t identity;
	uint32_t deliveries; /* before this one */
	uint8_t *buffer;     /* that the caller shares; NULL: none */
	uint64_t buffer_size;
};

/* True: all that was asked for was done. Otherwise it may have been asked for something else, and
 * the call, carried out once more, comes to the same. */
bool operate(struct ramfs *fs, struct ramfs_call *call);

#endif
