/* Chooses the context that a core goes on with, and sleeps while there is none. */
#ifndef TURN_IDLE_H
#define TURN_IDLE_H

#include <frame/types.h>

/* Ends the core's start: unmaps what only the start uses, and runs what is ready. Doesn't return.
 */
void core_run(void);

/*
 * Makes the queue's first context current. If the queue is empty, the core sleeps until a context
 * is ready. During the switch a budget may be filled or used up, which changes the queue. So the
 * vectors come here again until core.reschedule is 0. Then the running context is the first of the
 * queue; sched_wait() relies on that.
 */
void turn_choose(void);

#endif
