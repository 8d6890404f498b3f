/* Which context a core goes on with; and what it does while there is none. */
#ifndef TURN_IDLE_H
#define TURN_IDLE_H

#include <frame/types.h>

/* The core has started: it forgets how, and runs what is ready. Doesn't return. */
void core_run(void);

/*
 * The queue may have changed: makes the context to run current, waiting for one if there is none.
 * With the switch a budget can be full again, or used up: the vectors come here until
 * core.reschedule is 0, so whoever runs is the first of the queue, which sched_wait() relies on.
 */
void turn_choose(void);

/* The same behind an interrupt, as which all of the registers aren't in memory before. */
void turn_choose_interrupted(void);

#endif
