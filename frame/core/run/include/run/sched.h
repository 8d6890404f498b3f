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
 * A service's turn, and the shortest one of a vCPU; and what is halved for each vCPU that is on the
 * core, which is a vCPU's turn: of two a quarter of it. That one is long, as a switch costs each of
 * them what is forgotten; those of many are short, as a round of them isn't to be much longer than
 * a guest's tick (4 ms of most Linuxes): if each of its CPUs has ticks in each turn, and wants a
 * lock for them, the lock is always somebody's who doesn't run.
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
	vcpu->waits = 1;
	core.ready = vcpu->context.next;
	sched_stand(&vcpu->context, CONTEXT_BLOCKED);
	if (vcpu->promised != 0)
		promise_waits(vcpu);
}

/* It is as urgent as that from now on: behind its new equals if it is more so than it was, before
 * them if it is less. */
void sched_priority(struct context *context, uint8_t priority);

/* A guarantee is used up: it has priority 0, and goes on in its turn there; if it was over, behind
 * those who began theirs before. Or it has a new one: with that priority, what is left of the turn
 * is for the next time. */
void sched_lower(struct context *context);
void sched_raise(struct context *context, uint8_t priority);

/* It goes to another core as it is, ready or not; it has come. */
void sched_leave(struct context *context);
void sched_come(struct context *context);

/* Its turn is over: behind its equals. (Not sched_yield(), which host tests have already.) */
void sched_end_turn(struct context *context);

/* The running one's turn is over: it goes behind its equals. Or a piece of it is, as a service
 * waited directly behind it: it goes behind that one alone, and then has the rest. */
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
