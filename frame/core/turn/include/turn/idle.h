/* Chooses the context that a core goes on with, and sleeps while there is none. */
#ifndef TURN_IDLE_H
#define TURN_IDLE_H

#include <frame/types.h>

/* Ends the core's start: unmaps what only the start uses, and runs what is ready. Doesn't return.
 */
void core_run(void);

/*
 * Makes the queue's first context current; waits if the queue is empty. At the switch a budget can
 * become full again, or used up. So the vectors come here until core.reschedule is 0: then the
 * running context is the first of the queue. sched_wait() relies on it.
 */
void turn_choose(void);

/* turn_choose() after an interrupt: the vectors saved x19 to x28 only now, and a report may lack
 * them. */
void turn_choose_interrupted(void);

#endif
