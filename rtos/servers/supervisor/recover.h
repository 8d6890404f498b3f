/*
 * The supervisor's beginning, also after an earlier supervisor's end. Recorded objects are taken
 * over; objects that no record names are taken back (docs/rtos/recovery.md).
 *
 * The supervisor may end between any two instructions. Four rules make that harmless. A new object
 * is recorded when it is whole: if the supervisor ends just before that, the next one takes the
 * object back, and the calls of such a process return to their ports. An object leaves its record
 * before it is destroyed. A record says what is about to be done: to start, end or wipe a program,
 * or to refuse a client's calls. The next supervisor does it once more, which changes nothing
 * further. Signals may be lost, so the next supervisor looks at every process; the times of
 * heartbeats begin anew, and a client's unanswered request is delivered again.
 */
#ifndef SUPERVISOR_RECOVER_H
#define SUPERVISOR_RECOVER_H

#include "child.h"

/* Image and manifest are set before. Afterwards all objects are there; `known` has a bit for each
 * program whose record, with its policy, was found. Doesn't return if this fails. */
void recover_begin(struct children *all, uint64_t *known);
/* The supervisor can't go on: starts the machine anew. */
_Noreturn void recover_fail(const char *what);

#endif
