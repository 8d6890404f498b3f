/* Fills in the record of a crash (kumiki/rtos/crash.h): what is left of the program. This code is
 * pure. */
#ifndef RTOS_CRASH_H
#define RTOS_CRASH_H

#include <kumiki/rtos/crash.h>

/* Finds room for a piece of *size bytes; *size becomes smaller if there is less room. NULL: there
 * is none. */
void *crash_piece(struct rtos_crash *crash, uint64_t address, uint64_t *size);
/* Finds the callers, by the first thread's registers and the pieces. */
void crash_callers(struct rtos_crash *crash);

#endif
