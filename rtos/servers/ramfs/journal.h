/*
 * The answers of once-only calls, for calls that come again. An answer is in the same record as the
 * call's effect. A server has one place for all of its calls, and leaves the places of servers
 * before it alone: an answer is lost only if its call waits while all others crash.
 */
#ifndef RAMFS_JOURNAL_H
#define RAMFS_JOURNAL_H

#include "change.h"

/* Chooses the place that this server will use. */
void journal_begin(struct ramfs *fs);
/* Notes what that call is answered: FS_OK and two words. */
void journal_set(struct ramfs *fs, uint64_t identity, uint64_t word1, uint64_t word2);
/* Finds the answer that the call had. False: there is none. From then on the place is this
 * server's. */
bool journal_find(struct ramfs *fs, uint64_t identity, uint64_t *word1, uint64_t *word2);

#endif
