/*
 * Which context had this core, and since when: written into the accounts (kumiki/account.h) as it
 * changes. A vCPU's is written by the core that it is on. Called by the scheduler alone, where a
 * context comes and goes.
 */
#ifndef RUN_ACCOUNT_H
#define RUN_ACCOUNT_H

#include <run/promise.h>
#include <run/stolen.h>
#include <state/core.h>
#include <state/partition.h>

/* An account's state is its context's; only the running context, ready by its own state, has
 * ACCOUNT_RUNS. */
_Static_assert((int)CONTEXT_OFF == ACCOUNT_OFF && (int)CONTEXT_BLOCKED == ACCOUNT_WAITS &&
                   (int)CONTEXT_READY == ACCOUNT_READY &&
                   (int)CONTEXT_EXHAUSTED == ACCOUNT_EXHAUSTED,
               "they are copied");

/* The core has nothing to go on with, where core.charged isn't 0 yet. */
void account_idle(void);

/* The stretch that lasts ends, and counts; the next one begins, in that enum account_state. */
void account_change(struct vcpu *vcpu, uint32_t state, uint64_t now);

/* A vCPU is to come into the queue. CONTEXT_READY; or CONTEXT_EXHAUSTED: it mustn't. */
enum context_state account_ready(struct vcpu *vcpu);

/* A vCPU isn't in the queue any more, or for another reason; its context says why. */
void account_rests(struct vcpu *vcpu);

/* It ran until now, and what it does from now on. Since when it did. */
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

/* It was ready. */
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

/* The core goes on with it. */
static inline void account_charge(struct context *next)
{
	core.charged = next;
	core.interrupted = 0; /* and what led to it has been put down */
	core.account->runs = next->trace_id;
}

/* It does, which was ready. */
static inline void account_comes(struct vcpu *vcpu, uint64_t now)
{
	vcpu->run.account->switches++;
	account_waited(vcpu, ACCOUNT_RUNS, now);
}

/* The core goes on with another one than core.charged. */
void account_switch(struct context *next, uint64_t now);

/* The same from one vCPU to another, where account_is_plain(). In place: each switch comes here. */
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
