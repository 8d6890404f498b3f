/*
 * vCPUs that move from core to core while they run (docs/inside/scheduling.md). `vcpu->core` is the
 * core that a vCPU is on: only that core touches the vCPU's context and GIC state. The vCPU leaves
 * when nothing of it is in the core's registers any more. From then on the vCPU belongs to the
 * other core, which takes it over at the next MAIL_VCPU about it. A core that the vCPU isn't on
 * sends such a message on.
 */
#ifndef RUN_MOVE_H
#define RUN_MOVE_H

#include <frame/types.h>

struct vcpu;

/*
 * Asks a vCPU to go to a core, for an operator or a manager; from any core. Returns 0, or KUMIKI_…:
 * there is no such vCPU, it may not go there, or its partition is stopped.
 */
int64_t move_ask(uint64_t partition, uint64_t vcpu, uint64_t to);

/* At a core's start. */
void move_begin(void);

/* ---- on a core without `only` ---- */

/* A message about this vCPU came; the vCPU's partition is mapped here. Takes the vCPU over if it
 * has just come. False: the vCPU is on another core, and the message was sent on. */
bool move_take_over(struct vcpu *vcpu);

/* After the message was taken: the vCPU goes to another core if it was asked to. */
void move_look(struct vcpu *vcpu);

/* The core runs something else now: the vCPU that ran and was asked to go (core.leaving) leaves. */
void move_leave(void);

/* move_balance(): the core has switched to the chosen context; one of its vCPUs may go to another
 * core. move_idle(): the core has nothing to run, and vCPUs of other cores may come. The balancer
 * moves a vCPU at most once in MOVE_STAY_NS. */
#define MOVE_STAY_NS 3000000
void move_balance(void);
void move_idle(void);

#endif
