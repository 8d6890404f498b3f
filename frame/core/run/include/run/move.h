/*
 * vCPUs that move from core to core while they run (docs/scheduling.md). `vcpu->core` is the core
 * that a vCPU is on: only that core touches the vCPU's context and GIC state. The vCPU leaves when
 * nothing of it is in the core's registers any more. From then on it is the other core's, which
 * takes it over by the next MAIL_VCPU about it. A message that comes to a wrong core is sent on.
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

/* ---- on a core that isn't one vCPU's ---- */

/* A message came about this vCPU of a partition that is mapped here. False: it was sent on. */
bool move_take_over(struct vcpu *vcpu);

/* After such a message: the vCPU goes if it was asked to. */
void move_look(struct vcpu *vcpu);

/* The core runs something else now: a running vCPU that was asked to go leaves. */
void move_leave(void);

/* The core has gone on with its choice (move_balance()), or has nothing to run (move_idle()). Its
 * vCPUs may go to other cores, or others may come. A vCPU goes at most once in MOVE_STAY_NS by
 * this. */
#define MOVE_STAY_NS 3000000
void move_balance(void);
void move_idle(void);

#endif
