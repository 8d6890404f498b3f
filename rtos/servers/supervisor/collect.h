/* Collecting what is left of a program that crashed, before its process goes. */
#ifndef SUPERVISOR_COLLECT_H
#define SUPERVISOR_COLLECT_H

#include "child.h"
#include <kumiki/rtos/crash.h>

/* Its process has ended, with that state; it isn't reaped yet. What can't be had is left out. */
void collect_crash(struct rtos_crash *crash, const struct children *all, uint32_t number,
                   const uint64_t state[5]);

#endif
