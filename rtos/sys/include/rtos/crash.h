/* What is left of a program that crashed (kumiki/rtos/crash.h): filling it in. Pure. */
#ifndef RTOS_CRASH_H
#define RTOS_CRASH_H

#include <kumiki/rtos/crash.h>

/* Room for a piece of *size bytes; *size becomes smaller if there is less. NULL: there is none. */
void *crash_piece(struct rtos_crash *crash, uint64_t address, uint64_t *size);
/* Finds the callers, from the first thread's registers and the pieces. */
void crash_callers(struct rtos_crash *crash);

#endif
