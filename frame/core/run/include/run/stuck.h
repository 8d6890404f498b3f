/*
 * A vCPU is stuck if it only takes exceptions in its own vectors (its stack is gone, its vectors
 * aren't mapped). It never comes to the frame by itself. So each core looks at its resident vCPU
 * twice a second. If that vCPU may be stuck, the core looks again and again, until no other
 * explanation is left. A vCPU whose partition's watchdog is on isn't judged: the watchdog will
 * tell.
 */
#ifndef RUN_STUCK_H
#define RUN_STUCK_H

struct vcpu;

/* The core starts, or the resident vCPU begins or goes on: the core looks from now on. */
void stuck_watch(void);

/* Looks at the vCPU, by TIMER_STUCK. A vCPU that is stuck ends its partition by a fault. */
void stuck_look(struct vcpu *vcpu);

#endif
