/*
 * vCPUs that move from core to core while they run. `vcpu->core` is the core that a vCPU is on:
 * only that one touches its context and its GIC state. It leaves when nothing of it is in that
 * core's registers any more, and is the other core's from then on, which takes it over by its next
 * message about it, MAIL_VCPU; what comes for it meanwhile is sent on to where it is.
 * docs/scheduling.md.
 */
#ifndef RUN_MOVE_H
#define RUN_MOVE_H

#include <frame/types.h>

struct vcpu;

/*
 * It is to go to a core, by an operator or a manager; from any core, about a vCPU of the bundle. 0,
 * or KUMIKI_…: there is none, or it may not go there, or its partition is stopped.
 */
int64_t move_ask(uint64_t partition, uint64_t vcpu, uint64_t to);

/* At a core's start. */
void move_begin(void);

/* ---- on a core that isn't one vCPU's ---- */

/* A message came about this vCPU of a partition that is mapped here. False: it was sent on. */
bool move_take_over(struct vcpu *vcpu);

/* After such a message: it may have been asked to go. */
void move_look(struct vcpu *vcpu);

/* The one that was to go ran, and doesn't any more. Nothing, if there is none. */
void move_leave(void);

/* The core has gone on with what it chose, or has nothing to run; and vCPUs may go elsewhere, or
 * come. A vCPU goes at most once in MOVE_STAY_NS by this. */
#define MOVE_STAY_NS 3000000
void move_balance(void);
void move_idle(void);

#endif
