/* Carries out a call of the file system's port (proto/fs.h). */
#ifndef RAMFS_OPERATE_H
#define RAMFS_OPERATE_H

#include "change.h"
#include <rtos/message.h>

struct ramfs_call {
	/* Its words become the answer's; a failure leaves all but word 0. The badge is the caller's
	 * number, and 1. */
	struct sys_message message;
	bool partly;     /* the answer has fewer bytes than the call asked for */
	bool complains;  /* an earlier answer didn't fit its sum */
	uint8_t *buffer; /* shared with the caller; NULL: none */
	uint64_t buffer_size;
};

void operate(struct ramfs *fs, struct ramfs_call *call);

/* Whether the call failed, did only a part, or is a complaint: perhaps it came damaged. Carried out
 * once more, the same call has the same result. */
static inline bool operate_is_doubtful(const struct ramfs_call *call)
{
	return call->message.word[0] != FS_OK || call->partly || call->complains;
}

#endif
