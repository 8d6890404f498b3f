/*
 * What vCPUs were promised, and what they promise: budgets and deadlines (budget.h, deadline.h) of
 * those of this core, kept by its EL2 timer; and how urgent a guest says that it is. The
 * description says which vCPUs have any (run.promised), and so on which cores (core.promises);
 * nothing else comes here.
 */
#ifndef RUN_PROMISE_H
#define RUN_PROMISE_H

#include <state/vcpu.h>

/* At start: as described. */
void promise_init(struct vcpu *vcpu, const struct bundle_vcpu *config, uint64_t hz);

/* A vCPU that has one may come to this core: at its start. */
void promise_begin_core(void);

/* It stood still for so long, and its budget's clock with it. */
void promise_stood(struct vcpu *vcpu, uint64_t ticks);

/* It waits (and may be ended for it, if it is late), and wakes. */
void promise_waits(struct vcpu *vcpu);
void promise_wakes(struct vcpu *vcpu);

/* For account.c. CONTEXT_EXHAUSTED: it is out of its budget. */
enum context_state promise_ready(struct vcpu *vcpu, uint64_t now);
void promise_ran(struct vcpu *vcpu, uint64_t from, uint64_t to);
void promise_rests(struct vcpu *vcpu);
void promise_switch(uint8_t who, uint64_t now);

/* Since when the next one has the core: whose interrupt took it from a less urgent one pays for the
 * way in, and for the way back, from its budget. */
uint64_t promise_comes(struct context *next, uint64_t now);

/* TIMER_PROMISE. */
void promise_due(uint64_t now);

/* Something has changed that nobody said: all are looked at behind the choice that follows. */
void promise_look_soon(void);

/* What the guest says that it runs now (KUMIKI_CALL_PRIORITY); run.described as it begins. 0, or
 * an error of hypercall.h. */
int64_t promise_priority(struct vcpu *vcpu, uint64_t priority);

/* An interrupt is for something as urgent as any of it, until it tells again: vcpu->run.below. */
void promise_raise(struct vcpu *vcpu);

#endif
