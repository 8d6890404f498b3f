/*
 * The supervisor's beginning, also after an earlier supervisor's end: recorded objects are taken
 * over, all others are taken back (docs/rtos/recovery.md).
 */
#ifndef SUPERVISOR_RECOVER_H
#define SUPERVISOR_RECOVER_H

#include "child.h"

/* Image and manifest are known. Afterwards all objects are there; a bit of `known` is set for each
 * program that was found, with its policy. Doesn't return if that isn't possible. */
void recover_begin(struct children *all, uint64_t *known);
/* The supervisor can't go on: the machine is started anew. */
_Noreturn void recover_fail(const char *what);

#endif
