/*
 * The watch: a thread of the supervisor, with the manifest's priority. The watch waits for ends,
 * for init's question and for the next moment of a policy; then it calls the supervisor's own port.
 * So the first thread does all the work, and needs no lock. The first thread itself has a low
 * priority: its callers, the watch among them, lend it theirs.
 */
#ifndef SUPERVISOR_WATCH_H
#define SUPERVISOR_WATCH_H

#include "child.h"

/* The watch's badge: no other thread calls with badge 0. Word 0 of its call: bits of RECOVER_ENDS.
 * Word 0 of the answer: when the next call is due at the latest, a deadline of the counter; 0:
 * never. */
#define WATCH_BADGE 0

/* The watch's first call comes when the first thread receives for the first time. */
enum rtos_status watch_begin(const struct children *all);
/* Makes the watch call again, because the deadline that it was told is too late. */
void watch_hurry(void);

#endif
