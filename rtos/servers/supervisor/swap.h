/*
 * Carries out replace.h's steps: has a version laid out and its process made beside the former one,
 * puts it in the program's record, and takes it out again if it fails (docs/rtos/replace.md).
 */
#ifndef SUPERVISOR_SWAP_H
#define SUPERVISOR_SWAP_H

#include "child.h"
#include <rtos/sys.h>

/* After an earlier supervisor: goes on where that had switched already. */
void swap_begin(const struct children *all);
/* SUPERVISOR_STORE, SUPERVISOR_REPLACE and SUPERVISOR_PROVED, for the message's program, which
 * there is. A message that is answered here, or later, has no identity afterwards. */
enum supervisor_answer swap_store(const struct children *all, uint32_t caller,
                                  struct sys_message *message);
enum supervisor_answer swap_order(const struct children *all, uint32_t caller,
                                  struct sys_message *message);
enum supervisor_answer swap_proved(struct children *all, uint32_t caller,
                                   struct sys_message *message);
/* Time has passed. Returns what is to be done with a program, whose version is the new one then. */
unsigned swap_look(struct children *all, uint32_t *number);
/* When swap_look() is to be called at the latest: milliseconds; POLICY_NEVER. */
uint64_t swap_next(void);
/* The program ended, and its policy knows; `crash`: nobody ordered that. True: the boot image's
 * version comes back, and did nothing wrong. The program is recorded next. */
bool swap_ended(struct children *all, uint32_t number, bool crash);
/* The program is recorded, and its former process is gone: takes back what no record names any
 * more, and answers who waits for a version that failed. end: as child->end. */
void swap_settle(const struct children *all, const uint64_t end[4]);

#endif
