/* Accounts; see frame/account.h. */
#include <frame/account.h>
#include <frame/promise.h>
#include <frame/stolen.h>

/* In place: both halves of a switch do it. */
static inline __attribute__((always_inline)) void change(struct vcpu *vcpu, uint32_t state,
                                                         uint64_t now)
{
	struct vcpu_account *account = vcpu->account;
	uint64_t since = account->since;
	uint32_t was = account->state;

	account->since = now;
	account->state = (uint8_t)state;
	if (was == ACCOUNT_RUNS) {
		account->ran += now - since;
		if (vcpu->promised != 0)
			promise_ran(vcpu, since, now);
	} else if (was >= ACCOUNT_READY) {
		account->stolen += now - since;
		if (vcpu->stolen != 0)
			stolen_add(vcpu, now - since);
	}
}

void account_change(struct vcpu *vcpu, uint32_t state, uint64_t now)
{
	change(vcpu, state, now);
}

/* What isn't a vCPU's is the core's own. */
static inline void leave(struct context *old, uint64_t now)
{
	struct core_account *own = core.account;
	uint64_t since = own->since;

	own->since = now;
	if (old == 0)
		own->idle += now - since;
	else if (old->kind != CONTEXT_VCPU)
		own->service += now - since;
	else
		change(vcpu_of(old), old->state, now);
}

void account_switch(struct context *next)
{
	uint64_t now = timer_now();
	uint8_t who = TRACE_NO_VCPU;

	leave(core.charged, now);
	core.charged = next;
	if (next != 0) {
		who = next->trace_id;
		if (next->kind == CONTEXT_VCPU) {
			vcpu_of(next)->account->switches++;
			change(vcpu_of(next), ACCOUNT_RUNS, now);
		}
	}
	core.account->runs = who;
	if (core.promises != 0)
		promise_switch(who, now);
}

/* Who is counted as running is until the core goes on with another one. */
enum context_state account_ready(struct vcpu *vcpu)
{
	uint64_t now = timer_now();
	enum context_state state = CONTEXT_READY;

	if (vcpu->promised != 0)
		state = promise_ready(vcpu, now);
	if (&vcpu->context != core.charged) {
		vcpu->account->core = (uint8_t)core.index;
		account_change(vcpu, state, now);
	}
	return state;
}

void account_rests(struct vcpu *vcpu)
{
	if (vcpu->promised != 0)
		promise_rests(vcpu);
	if (&vcpu->context != core.charged)
		account_change(vcpu, vcpu->context.state, timer_now());
}
