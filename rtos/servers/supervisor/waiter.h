/*
 * Calls that wait for a program's end, one for each program. Nothing of them is kept: what a
 * supervisor has taken and not answered, its successor is asked again.
 */
#ifndef SUPERVISOR_WAITER_H
#define SUPERVISOR_WAITER_H

#include <rtos/sys.h>

/* The message waits from now on, and isn't answered by who took it; who waited before is told. */
void waiter_take(uint32_t program, struct sys_message *message);

/* The program has ended: how. */
void waiter_answer(uint32_t program, const uint64_t end[4]);

#endif
