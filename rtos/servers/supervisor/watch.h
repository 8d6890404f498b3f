/*
 * The watch: a thread of the supervisor, as urgent as the manifest has it, that waits for what no
 * program asks for (ends, init's question, the next moment of a policy) and calls the supervisor's
 * own port with it. So one thread does everything, and needs no lock: the first one, which has no
 * urgency of its own, but that of whose call it serves or who waits for it, the watch among them.
 */
#ifndef SUPERVISOR_WATCH_H
#define SUPERVISOR_WATCH_H

#include "child.h"

/* A call of the watch's: nobody else has a handle without a badge. Word 0: bits of RECOVER_ENDS.
 * Its answer's word 0: when it is to call again at the latest, a deadline of the counter; 0: never.
 */
#define WATCH_BADGE 0

/* Its first call comes when the first thread receives for the first time. */
enum rtos_status watch_begin(const struct children *all);
/* It calls again: the deadline that it was told is too late. */
void watch_hurry(void);

#endif
