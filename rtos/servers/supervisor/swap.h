/*
 * Carries out replace.h's steps. Has a version laid out, and its process made beside the former
 * one. Puts the version in the program's record, and takes it out again if it fails
 * (docs/rtos/replace.md).
 */
#ifndef SUPERVISOR_SWAP_H
#define SUPERVISOR_SWAP_H

#include "child.h"
#include <rtos/sys.h>

/* Goes on where an earlier supervisor had switched already. */
void swap_begin(const struct children *all);
/* SUPERVISOR_STORE, SUPERVISOR_REPLACE and SUPERVISOR_PROVED. The caller has checked that the
 * message's program exists. A message that these functions answer, now or later, has no identity
 * afterwards. */
enum supervisor_answer swap_store(const struct children *all, uint32_t caller,
                                  struct sys_message *message);
enum supervisor_answer swap_order(const struct children *all, uint32_t caller,
                                  struct sys_message *message);
enum supervisor_answer swap_proved(struct children *all, uint32_t caller,
                                   struct sys_message *message);
/* Time has passed. Returns steps of enum policy_do for the program *number. Its record names the
 * new version by then. */
unsigned swap_look(struct children *all, uint32_t *number);
/* When swap_look() is to be called at the latest, in milliseconds; POLICY_NEVER: not at all. */
uint64_t swap_next(void);
/* The program ended, and its policy has been told. `crash`: nobody ordered the end. True: the boot
 * image's version comes back, which did nothing wrong. The caller records the program next. */
bool swap_ended(struct children *all, uint32_t number, bool crash);
/* The program is recorded, and its former process is gone. Takes back what no record names any
 * more, and answers the caller that waits for a failed version. `end` is child->end. */
void swap_settle(const struct children *all, const uint64_t end[4]);

#endif
