/*
 * The promises of this core's vCPUs: budgets and deadlines (budget.h, deadline.h), kept by its EL2
 * timer; and the priority that a guest tells. The description says which vCPUs have promises
 * (run.promised), and so which cores (core.promises). No other vCPU or core comes here.
 */
#ifndef RUN_PROMISE_H
#define RUN_PROMISE_H

#include <state/vcpu.h>

/* Sets a vCPU's promises as they are described. At start. */
void promise_init(struct vcpu *vcpu, const struct bundle_vcpu *config, uint64_t hz);

/* Finds out whether vCPUs with promises may come to this core. At its start. */
void promise_begin_core(void);

/* The vCPU stood still for so long, and its budget's clock with it. */
void promise_stood(struct vcpu *vcpu, uint64_t ticks);

/* The vCPU begins to wait, and wakes. If it waits too late, that may end its partition. */
void promise_waits(struct vcpu *vcpu);
void promise_wakes(struct vcpu *vcpu);

/* For account.c: a vCPU is about to be ready (CONTEXT_EXHAUSTED: its budget is used up), it ran, it
 * has left the queue; the core goes on with a context (its trace_id). */
enum context_state promise_ready(struct vcpu *vcpu, uint64_t now);
void promise_ran(struct vcpu *vcpu, uint64_t from, uint64_t to);
void promise_rests(struct vcpu *vcpu);

/* The vCPU's budget pays for this time, in which its broker ran. If that was all of it, the vCPU is
 * out of its budget when it runs next. */
void promise_pays(struct vcpu *vcpu, uint64_t from, uint64_t to);
void promise_switch(uint8_t context, uint64_t now);

/* Returns the time since which the next context has the core. A vCPU whose interrupt took the core
 * from a less urgent context pays from its budget for the way in and for the way back. */
uint64_t promise_comes(struct context *next, uint64_t now);

/* Does what is due by TIMER_PROMISE. */
void promise_due(uint64_t now);

/* Has all promises of this core looked at, behind the choice that follows. */
void promise_look_soon(void);

/* Sets the priority that the guest tells for its present task (KUMIKI_CALL_PRIORITY); run.described
 * as the vCPU begins. 0, or an error of hypercall.h. */
int64_t promise_priority(struct vcpu *vcpu, uint64_t priority);

/* Gives the vCPU its highest priority until the guest tells again: an interrupt came, which may be
 * for the most urgent task. Where run.below. */
void promise_raise(struct vcpu *vcpu);

#endif
