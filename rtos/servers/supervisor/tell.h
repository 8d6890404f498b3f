/*
 * The teller: a thread that tells the last crash in words, less urgent than everybody, so that no
 * restart waits for it (docs/rtos/recovery.md).
 */
#ifndef SUPERVISOR_TELL_H
#define SUPERVISOR_TELL_H

#include "child.h"
#include <kumiki/rtos/crash.h>

/* Objects are there. NULL: there is no memory for it, and no crash is told. */
struct rtos_crash *tell_begin(const struct children *all);
/* There is a crash to tell. */
void tell_crash(void);

#endif
