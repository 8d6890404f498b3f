/*
 * The promises of this core's vCPUs: budgets and deadlines (budget.h, deadline.h), kept by its EL2
 * timer; and the priority that a guest tells. The description says which vCPUs have promises
 * (run.promised), and so which cores (core.promises). Other vCPUs and cores use only the functions
 * for the start, for the priority, and promise_stood().
 */
#ifndef RUN_PROMISE_H
#define RUN_PROMISE_H

#include <state/vcpu.h>

/* Sets a vCPU's promises as they are described. At start. */
void promise_init(struct vcpu *vcpu, const struct bundle_vcpu *config, uint64_t hz);

/* Finds out whether vCPUs with promises may come to this core. At its start. */
void promise_begin_core(void);

/* The vCPU stood still for so many ticks, and its budget's clock with it. */
void promise_stood(struct vcpu *vcpu, uint64_t ticks);

/* promise_waits(): the vCPU begins to wait. If its deadline is over, that may end its partition.
 * promise_wakes(): the vCPU wakes. */
void promise_waits(struct vcpu *vcpu);
void promise_wakes(struct vcpu *vcpu);

/* The vCPU stood still as its period began, and goes on. */
void promise_begins(struct vcpu *vcpu, uint64_t since);

/* For account.c. promise_ready(): the vCPU is about to be ready; returns CONTEXT_EXHAUSTED if its
 * limit is used up. promise_ran(): the vCPU ran. promise_rests(): it has left the queue. */
enum context_state promise_ready(struct vcpu *vcpu, uint64_t now);
void promise_ran(struct vcpu *vcpu, uint64_t from, uint64_t to);
void promise_rests(struct vcpu *vcpu);

/* promise_pays(): the vCPU's budget pays for this time, in which its partition's broker ran. If
 * nothing is left, the frame notes that when the vCPU wakes or runs next. True: this was its limit,
 * and the broker stops. promise_switch(): the core goes on with a context (its trace_id). */
bool promise_pays(struct vcpu *vcpu, uint64_t from, uint64_t to);
void promise_switch(uint8_t context, uint64_t now);

/* Returns until when brokers of the vCPU's partition may take queues: not in the last eighth of the
 * vCPU's limit. 0: not before the next period. The vCPU has PROMISE_LIMIT, and all time until now
 * is counted. */
uint64_t promise_until(struct vcpu *vcpu, uint64_t now);

/* Returns the time since which the next context has the core. If the interrupt of a vCPU or broker
 * took the core from a less urgent context, its budget pays for the way in and for the way back. */
uint64_t promise_comes(struct context *next, uint64_t now);

/* Does what is due by TIMER_PROMISE. */
void promise_due(uint64_t now);

/* Has all promises of this core looked at, right after the next choice. */
void promise_look_soon(void);

/* Sets the vCPU's priority: as the guest tells it for its present task (KUMIKI_CALL_PRIORITY), or
 * run.described when the vCPU begins. Returns 0, or an error of hypercall.h. */
int64_t promise_priority(struct vcpu *vcpu, uint64_t priority);

/* Gives the vCPU its highest priority until the guest tells another one: an interrupt came, which
 * may be for the most urgent task. Called if run.below is set. */
void promise_raise(struct vcpu *vcpu);

#endif
