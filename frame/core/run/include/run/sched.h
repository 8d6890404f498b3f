/*
 * Which context a core runs: the ready one of the highest priority; equals take turns. A core runs
 * this for itself alone.
 */
#ifndef RUN_SCHED_H
#define RUN_SCHED_H

#include <run/promise.h>
#include <state/core.h>
#include <state/partition.h>

/*
 * SCHED_SLICE_NS is a service's turn, and the shortest one of a vCPU. SCHED_TURN_HALVED_NS is
 * halved for each vCPU on the core, and that is a vCPU's turn: with two vCPUs a quarter of it. With
 * two a turn is long, as each switch costs what is forgotten. With many it is short, as a round
 * mustn't be much longer than a guest's tick (4 ms of most Linuxes): if each of a guest's CPUs has
 * a tick in each turn, and wants a lock for it, a CPU that doesn't run always has the lock.
 */
#define SCHED_SLICE_NS       500000
#define SCHED_TURN_HALVED_NS 16000000

/* This core's turns, at its start. */
void sched_begin(void);

/* It wants to run. A service that wakes goes before its equals: it has something short to do. */
void sched_ready(struct context *context);

/* It waits for an event, or is off (state says which). */
void sched_block(struct context *context, enum context_state state);

/* It isn't in the queue; its next turn is a new one. */
static inline void sched_stand(struct context *context, enum context_state state)
{
	context->state = (uint8_t)state;
	context->owed = 0;
	context->turn = 0;
}

/* The running vCPU, on a shared core, waits for an interrupt. The caller has somebody chosen. */
static inline void sched_wait(struct vcpu *vcpu)
{
	vcpu->run.waits = 1;
	core.ready = vcpu->context.next;
	sched_stand(&vcpu->context, CONTEXT_BLOCKED);
	if (vcpu->run.promised != 0)
		promise_waits(vcpu);
}

/* It is as urgent as that from now on: behind its new equals if it is more so than it was, before
 * them if it is less. */
void sched_priority(struct context *context, uint8_t priority);

/* sched_lower(): its guarantee is used up. It has priority 0, and goes on with its turn there;
 * if that was over, behind the contexts that began theirs earlier. sched_raise(): it has a new
 * guarantee, and the priority of it; what is left of its turn at priority 0 is for the next
 * time. */
void sched_lower(struct context *context);
void sched_raise(struct context *context, uint8_t priority);

/* It goes to another core as it is, ready or not; it has come. */
void sched_leave(struct context *context);
void sched_come(struct context *context);

/* Its turn is over: behind its equals. (Not sched_yield(), which host tests have already.) */
void sched_end_turn(struct context *context);

/* The running context's turn is over: it goes behind its equals. Or a piece of the turn is,
 * where a service waited directly behind it: it goes behind the service alone, and then has the
 * rest. */
void sched_turn_over(struct context *context);

/*
 * An interrupt came for a vCPU of this core while a service runs: a guest doesn't wait for its
 * equal, so the turn is over. But only one turn of a service goes that way: the next is its own to
 * the end, or a guest that asks for an interrupt in each of them would silence the service for
 * ever.
 */
void sched_interrupt(struct context *running, const struct context *vcpu);

/* The core goes on with the first of its queue. */
void sched_switch(struct context *next);

#endif
