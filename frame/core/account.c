/* Accounts; see frame/account.h. */
#include <frame/account.h>

void account_change(struct vcpu *vcpu, uint32_t state, uint64_t now)
{
	uint32_t was = vcpu->account->state;

	if (was == ACCOUNT_RUNS) {
		account_ran(vcpu, state, now);
	} else if (was >= ACCOUNT_READY) {
		account_waited(vcpu, state, now);
	} else {
		vcpu->account->since = now;
		vcpu->account->state = (uint8_t)state;
	}
}

RARELY void account_idle(void)
{
	uint64_t now = timer_now();

	account_leave(core.charged, now);
	core.charged = 0;
	core.account->runs = TRACE_NO_VCPU;
	if (core.promises != 0)
		promise_switch(TRACE_NO_VCPU, now);
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

RARELY void account_rests(struct vcpu *vcpu)
{
	if (vcpu->promised != 0)
		promise_rests(vcpu);
	if (&vcpu->context != core.charged)
		account_change(vcpu, vcpu->context.state, timer_now());
}
