/*
 * Puts into the accounts (kumiki/account.h) which context has this core, and since when. A vCPU's
 * account is written by the core that the vCPU is on. The scheduler calls this where a context
 * comes or goes, and promise.c where a budget or a deadline is due.
 */
#ifndef RUN_ACCOUNT_H
#define RUN_ACCOUNT_H

#include <run/promise.h>
#include <run/stolen.h>
#include <state/core.h>
#include <state/partition.h>

/* An account has the state of its context, with one exception: while the context is ready and runs,
 * the account says ACCOUNT_RUNS. */
_Static_assert((int)CONTEXT_OFF == ACCOUNT_OFF && (int)CONTEXT_BLOCKED == ACCOUNT_WAITS &&
                   (int)CONTEXT_READY == ACCOUNT_READY &&
                   (int)CONTEXT_EXHAUSTED == ACCOUNT_EXHAUSTED,
               "they are copied");

/* Ends the stretch of core.charged, which isn't 0: the core is idle from now on. */
void account_idle(void);

/* Counts the time that the running context has had until now, and stops a broker whose budget is
 * used up by then. */
void account_so_far(uint64_t now);

/* Ends the vCPU's present stretch, counts it, and begins one in this enum account_state. */
void account_change(struct vcpu *vcpu, uint32_t state, uint64_t now);

/* The vCPU is about to come into the queue. Returns CONTEXT_READY, or CONTEXT_EXHAUSTED if the vCPU
 * mustn't come into the queue. */
enum context_state account_ready(struct vcpu *vcpu);

/* The vCPU has left the queue, or has another reason now to be out of it. Its context has the new
 * state. */
void account_rests(struct vcpu *vcpu);

/* Counts the time until now as run, and begins a stretch in `state`. Returns when the counted
 * stretch began. */
static inline uint64_t account_leaves(struct vcpu_account *account, uint32_t state, uint64_t now)
{
	uint64_t since = account->since;

	account->ran += now - since;
	account->since = now;
	account->state = (uint8_t)state;
	return since;
}

static inline void account_ran(struct vcpu *vcpu, uint32_t state, uint64_t now)
{
	uint64_t since = account_leaves(vcpu->run.account, state, now);

	if (vcpu->run.promised != 0)
		promise_ran(vcpu, since, now);
}

/* Counts the time until now as stolen: the vCPU was ready, or had used up its budget. */
static inline void account_waited(struct vcpu *vcpu, uint32_t state, uint64_t now)
{
	struct vcpu_account *account = vcpu->run.account;
	uint64_t ticks = now - account->since;

	account->since = now;
	account->state = (uint8_t)state;
	account->stolen += ticks;
	if (vcpu->run.stolen != 0)
		stolen_add(vcpu->run.stolen, ticks, vcpu->partition->tick);
}

/* Charges the core's time to the context from now on. */
static inline void account_charge(struct context *next)
{
	core.charged = next;
	core.interrupted = 0; /* the way to this switch has been charged */
	core.account->runs = next->trace_id;
}

/* The vCPU, which was ready, runs from now on. */
static inline void account_comes(struct vcpu *vcpu, uint64_t now)
{
	vcpu->run.account->switches++;
	account_waited(vcpu, ACCOUNT_RUNS, now);
}

/* The core goes on with `next`, which isn't core.charged. */
void account_switch(struct context *next, uint64_t now);

/* account_pass() does what account_switch() does, from one vCPU to another, if account_is_plain().
 * Both are inline, as each switch comes here. */
static inline bool account_is_plain(const struct vcpu *old)
{
	return core.promises == 0 && core.charged == &old->context;
}

static inline void account_pass(struct vcpu *old, struct vcpu *next, uint64_t now)
{
	(void)account_leaves(old->run.account, old->context.state, now);
	account_comes(next, now);
	account_charge(&next->context);
}

#endif
