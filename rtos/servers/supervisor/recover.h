/*
 * The supervisor's beginning, also after an earlier supervisor's end. Recorded objects are taken
 * over; objects that no record names are taken back (docs/rtos/recovery.md).
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
