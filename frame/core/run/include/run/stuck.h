/*
 * A vCPU that does nothing any more but take exceptions in its own vectors (its stack is gone, its
 * vectors aren't mapped) never comes to the frame by itself. Each core looks at its own vCPU twice
 * a second; if what it finds can be that, again and again, so often that it can't be anything else.
 * A partition whose watchdog is on isn't looked at: the watchdog will tell, and nothing disturbs
 * it.
 */
#ifndef RUN_STUCK_H
#define RUN_STUCK_H

struct vcpu;

/* This core's vCPU begins to run, or goes on; it doesn't any more. */
void stuck_watch(void);
void stuck_forget(void);

/* TIMER_STUCK: looks. A vCPU that is stuck ends its partition by a fault. */
void stuck_look(struct vcpu *vcpu);

#endif
