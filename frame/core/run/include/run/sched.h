/*
 * Chooses the context that a core runs: the ready one of the highest priority; equals take turns.
 * Each core does so for itself alone.
 */
#ifndef RUN_SCHED_H
#define RUN_SCHED_H

#include <run/promise.h>
#include <state/core.h>
#include <state/partition.h>

/*
 * SCHED_SLICE_NS is a service's turn, and the shortest turn of a vCPU. A vCPU's turn is
 * SCHED_TURN_HALVED_NS, halved for each vCPU on the core: with two vCPUs a quarter of it. The turns
 * of two vCPUs are long, as each switch costs the translations that it forgets. The turns of many
 * are short, as a round mustn't be much longer than a guest's tick (4 ms of most Linuxes).
 * Otherwise each of the guest's CPUs has a tick in each turn. For the tick it needs a lock, and the
 * lock's holder may be a CPU that doesn't run.
 */
#define SCHED_SLICE_NS       500000
#define SCHED_TURN_HALVED_NS 16000000

/* Sets the lengths of this core's turns, at its start. */
void sched_begin(void);

/* Puts a context that wants to run into the queue. A service that wakes goes before its equals, as
 * it has something short to do. */
void sched_ready(struct context *context);

/* Takes a context out of the queue: it waits for an event, or is off (state says which). */
void sched_block(struct context *context, enum context_state state);

/* Sets the state of a context that is out of the queue. Its next turn is a new one. */
static inline void sched_stand(struct context *context, enum context_state state)
{
	context->state = (uint8_t)state;
	context->owed = 0;
	context->turn = 0;
}

/* Takes the running vCPU of a shared core out of the queue, as the vCPU waits for an interrupt. The
 * caller makes a choice afterwards. */
static inline void sched_wait(struct vcpu *vcpu)
{
	vcpu->run.waits = 1;
	core.ready = vcpu->context.next;
	sched_stand(&vcpu->context, CONTEXT_BLOCKED);
	if (vcpu->run.promised != 0)
		promise_waits(vcpu);
}

/* Changes the priority of a context. A context that becomes more urgent goes behind its new equals,
 * and a context that becomes less urgent before them. */
void sched_priority(struct context *context, uint8_t priority);

/* sched_lower(): the context's guarantee is used up. It gets priority 0, and goes on with its last
 * turn there; if that was over, it goes behind the contexts whose turns began earlier.
 * sched_raise(): the context has a new guarantee, and this priority. The rest of its turn at
 * priority 0 is kept for the next time. */
void sched_lower(struct context *context);
void sched_raise(struct context *context, uint8_t priority);

/* For a context that goes to another core, ready or not. sched_leave() takes the context out of the
 * old core's queue; sched_come() puts it into the new core's queue. */
void sched_leave(struct context *context);
void sched_come(struct context *context);

/* Ends the context's turn: the context goes behind its equals. (On the host the name sched_yield()
 * is taken.) */
void sched_end_turn(struct context *context);

/* The running context's turn, or a piece of the turn, is over. After the whole turn the context
 * goes behind its equals. After a piece only the service directly behind it runs first; then the
 * context has the rest of its turn. */
void sched_turn_over(struct context *context);

/*
 * Ends the turn of the running service, as an interrupt came for a vCPU of this core that is at
 * least as urgent. The service's next turn isn't ended like this. Otherwise a guest that asks for
 * an interrupt in each turn would keep the service from its work for ever.
 */
void sched_interrupt(struct context *running, const struct context *vcpu);

/* Has the core go on with `next`, the first context of its queue. */
void sched_switch(struct context *next);

#endif
