/*
 * Calls that wait for a program's end, one for each program. The supervisor doesn't keep them: a
 * call that a supervisor has taken and not answered comes to the next supervisor again.
 */
#ifndef SUPERVISOR_WAITER_H
#define SUPERVISOR_WAITER_H

#include <rtos/sys.h>

/* The message's call waits from now on, and its receiver doesn't answer it. The call that waited
 * before is answered. */
void waiter_take(uint32_t program, struct sys_message *message);

/* The program has ended: answers the waiting call. */
void waiter_answer(uint32_t program, const uint64_t end[4]);

#endif
