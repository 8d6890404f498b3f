/* Accounts; see frame/account.h. */
#include <frame/account.h>
#include <frame/promise.h>
#include <frame/stolen.h>

void account_change(struct vcpu *vcpu, uint32_t state, uint64_t now)
{
	struct vcpu_account *account = account_of(vcpu);
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

static inline bool is_vcpu(const struct context *context)
{
	return context != 0 && context->kind == CONTEXT_VCPU;
}

void account_switch(struct context *next)
{
	struct core_account *own = &shared_memory->accounts.core[core.index];
	struct context *old = core.charged;
	uint64_t now = timer_now();

	core.charged = next;
	if (is_vcpu(old))
		account_change(vcpu_of(old), old->state, now);
	else
		*(old == 0 ? &own->idle : &own->service) += now - own->since;
	own->since = now;
	own->runs = next != 0 ? next->trace_id : TRACE_NO_VCPU;
	if (is_vcpu(next)) {
		account_change(vcpu_of(next), ACCOUNT_RUNS, now);
		account_of(vcpu_of(next))->switches++;
	}
	if (core.promises != 0)
		promise_switch(now);
}

/* Who is counted as running is until the core goes on with another one. */
bool account_ready(struct vcpu *vcpu)
{
	uint64_t now = timer_now();
	bool has = vcpu->promised == 0 || promise_ready(vcpu, now);

	if (&vcpu->context != core.charged) {
		account_change(vcpu, has ? ACCOUNT_READY : ACCOUNT_EXHAUSTED, now);
		account_of(vcpu)->core = (uint8_t)core.index;
	}
	return has;
}

void account_rests(struct vcpu *vcpu)
{
	if (vcpu->promised != 0)
		promise_rests(vcpu);
	if (&vcpu->context != core.charged)
		account_change(vcpu, vcpu->context.state, timer_now());
}
