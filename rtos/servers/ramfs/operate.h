/* Carries out a call of the file system's port (proto/fs.h). */
#ifndef RAMFS_OPERATE_H
#define RAMFS_OPERATE_H

#include "change.h"

struct ramfs_call {
	/* As in struct sys_message: */
	uint64_t word[8];    /* the call's, then the answer's; a failure leaves all but word 0 */
	uint64_t badge;      /* the caller's number, and 1 */
	uint32_t deliveries; /* how often the call was delivered before */
	uint64_t identity, token, payload;
	/* Beside that: */
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
	return call->word[0] != FS_OK || call->partly || call->complains;
}

#endif
