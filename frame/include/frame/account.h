/*
 * Who had this core, and since when: written into the accounts (kumiki/account.h) as it changes. A
 * vCPU's is written by the core that it is on. Called by the scheduler alone, where a context comes
 * and goes.
 */
#ifndef FRAME_ACCOUNT_H
#define FRAME_ACCOUNT_H

#include <frame/core.h>
#include <frame/partition.h>
#include <frame/promise.h>
#include <frame/stolen.h>
#include <kumiki/account.h>

/* What the state of a context says, its account says, too; but for who runs, who is ready. */
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

/* It ran until now, or it was ready; and what it does from now on. */
static inline void account_ran(struct vcpu *vcpu, uint32_t state, uint64_t now)
{
	struct vcpu_account *account = vcpu->account;
	uint64_t since = account->since;

	account->since = now;
	account->state = (uint8_t)state;
	account->ran += now - since;
	if (vcpu->promised != 0)
		promise_ran(vcpu, since, now);
}

static inline void account_waited(struct vcpu *vcpu, uint32_t state, uint64_t now)
{
	struct vcpu_account *account = vcpu->account;
	uint64_t ticks = now - account->since;

	account->since = now;
	account->state = (uint8_t)state;
	account->stolen += ticks;
	if (vcpu->stolen != 0)
		stolen_add(vcpu, ticks);
}

/* Who had the core until now; what isn't a vCPU's is the core's own. */
static inline void account_leave(struct context *old, uint64_t now)
{
	struct core_account *own = core.account;
	uint64_t since = own->since;

	own->since = now;
	if (old != 0 && old->kind == CONTEXT_VCPU)
		account_ran(vcpu_of(old), old->state, now);
	else
		*(old == 0 ? &own->idle : &own->service) += now - since;
}

/* The core goes on with it, which core.charged isn't yet. In place: each switch comes here. */
static inline void account_switch(struct context *next, uint64_t now)
{
	uint64_t from = core.promises != 0 ? promise_comes(next, now) : now;

	account_leave(core.charged, from);
	core.charged = next;
	core.account->runs = next->trace_id;
	if (next->kind == CONTEXT_VCPU) {
		vcpu_of(next)->account->switches++;
		account_waited(vcpu_of(next), ACCOUNT_RUNS, from);
	}
	if (core.promises != 0)
		promise_switch(next->trace_id, now);
}

#endif
