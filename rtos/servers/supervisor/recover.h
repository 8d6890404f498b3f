/*
 * The supervisor's beginning, also as the successor of one that ended: what that one recorded is
 * taken over, everything else is taken back (docs/rtos/recovery.md).
 */
#ifndef SUPERVISOR_RECOVER_H
#define SUPERVISOR_RECOVER_H

#include "child.h"

/* Image and manifest are known. Afterwards all objects are there; a bit of `known` is set for each
 * program that was found, with its policy. Doesn't return if that isn't possible. */
void recover_begin(struct children *all, uint64_t *known);
/* It can't go on: the machine is started anew. */
_Noreturn void recover_fail(const char *what);

#endif
