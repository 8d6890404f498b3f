/* Carries out a call of the file system's port (proto/fs.h). */
#ifndef DISKFS_OPERATE_H
#define DISKFS_OPERATE_H

#include "diskfs.h"

struct diskfs_call {
	uint64_t word[8]; /* the call's, then the answer's */
	uint64_t identity, token;
	uint32_t deliveries; /* how often the call was delivered before */
	bool partly;         /* a read has fewer bytes than the call asked for */
	bool no_sums;        /* what is read gets no sum */
	bool wrong;          /* memory is damaged: there is no answer */
	uint8_t *buffer;     /* shared with the caller; NULL: none */
	uint64_t buffer_size;
	const uint8_t *lent; /* pages that the call lends; they may change at any time */
	uint32_t lent_pages;
};

void operate(struct diskfs *fs, struct diskfs_call *call);

/* Whether the call failed, or read only a part: perhaps it came damaged. Nothing was changed, so
 * the call can be carried out once more. */
static inline bool operate_is_doubtful(const struct diskfs_call *call)
{
	return call->word[0] != FS_OK || call->partly;
}

/* Whether removed files have blocks that can become free. */
static inline bool operate_is_unfinished(const struct diskfs *fs)
{
	return fs->root.orphan != 0 && !fs->stuck && !fs->read_only && !fs->dead;
}
/* Does a piece of that work. */
void operate_finish(struct diskfs *fs);

/* Whether a commit has something to do. */
static inline bool operate_is_unsaved(const struct diskfs *fs)
{
	return (fs->unsaved || fs->unflushed) && !fs->read_only;
}
/* Commits what there is. False: failed, and nothing that is kept is lost. */
bool operate_sync(struct diskfs *fs);

/* Makes the changes that are kept, for a mount. False: they don't fit. */
bool operate_again(struct diskfs *fs);

/* Gives a directory below the root a quota of `blocks` blocks; it is made if need be. FS_BAD: that
 * is no name. */
enum fs_status operate_quota(struct diskfs *fs, const uint64_t name[FS_NAME_WORDS],
                             uint32_t blocks);

#endif
