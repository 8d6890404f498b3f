/*
 * The watch: a thread of the supervisor, with the manifest's priority. It waits for ends, for
 * init's question and for the next moment of a policy, and calls the supervisor's own port then. So
 * the first thread does all the work, and needs no lock. It has no priority of its own: its
 * callers, the watch among them, lend it theirs.
 */
#ifndef SUPERVISOR_WATCH_H
#define SUPERVISOR_WATCH_H

#include "child.h"

/* The watch's badge: no other program has a handle without a badge. Word 0 of its call: bits of
 * RECOVER_ENDS. Word 0 of the answer: its next call's latest time, a deadline of the counter; 0:
 * never. */
#define WATCH_BADGE 0

/* Its first call comes when the first thread receives for the first time. */
enum rtos_status watch_begin(const struct children *all);
/* Makes the watch call again: the deadline that it was told is too late. */
void watch_hurry(void);

#endif
