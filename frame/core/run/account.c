/* Accounts; see run/account.h. */
#include <run/account.h>
#include <run/broker.h>
#include <word/timer.h>
#include <word/vcpu.h>

void account_change(struct vcpu *vcpu, uint32_t state, uint64_t now)
{
	uint32_t was = vcpu->run.account->state;

	if (was == ACCOUNT_RUNS) {
		account_ran(vcpu, state, now);
	} else if (was >= ACCOUNT_READY) {
		account_waited(vcpu, state, now);
	} else {
		vcpu->run.account->since = now;
		vcpu->run.account->state = (uint8_t)state;
	}
}

/* The partition's first vCPU pays for a broker while that vCPU is on this core, the partition's
 * home core. True: its limit is used up. */
static bool account_broker(const struct broker *broker, uint64_t since, uint64_t now)
{
	struct vcpu *payer = broker_payer(broker);

	return core.promises != 0 && vcpu_is_here(payer) && promise_pays(payer, since, now);
}

/* Charges the time until now to the vCPU that had the core. The core's own account has the time of
 * services and idle time. True: this was a broker whose limit is used up. */
static bool account_end(struct context *old, uint64_t now)
{
	struct core_account *own = core.account;
	uint64_t since = own->since;

	own->since = now;
	if (old != 0 && old->kind == CONTEXT_VCPU) {
		account_ran(vcpu_of(old), old->state, now);
		return false;
	}
	*(old == 0 ? &own->idle : &own->service) += now - since;
	return old != 0 && old->kind == CONTEXT_BROKER &&
	       account_broker(broker_of(old), since, now);
}

void account_so_far(uint64_t now)
{
	struct context *charged = core.charged;

	if (charged == 0)
		return;
	if (charged->kind == CONTEXT_VCPU)
		account_change(vcpu_of(charged), ACCOUNT_RUNS, now);
	else if (charged->kind == CONTEXT_BROKER && account_end(charged, now) &&
	         charged->state == CONTEXT_READY)
		broker_stop(broker_of(charged));
}

void account_switch(struct context *next, uint64_t now)
{
	uint64_t from = core.promises != 0 ? promise_comes(next, now) : now;

	(void)account_end(core.charged, from);
	account_charge(next);
	if (next->kind == CONTEXT_VCPU)
		account_comes(vcpu_of(next), from);
	if (core.promises != 0)
		promise_switch(next->trace_id, now);
}

void account_idle(void)
{
	uint64_t now = timer_now();

	(void)account_end(core.charged, now);
	core.charged = 0;
	core.account->runs = TRACE_NO_VCPU;
	if (core.promises != 0)
		promise_switch(TRACE_NO_VCPU, now);
}

/* core.charged stays in ACCOUNT_RUNS until the core goes on with another context. */
enum context_state account_ready(struct vcpu *vcpu)
{
	uint64_t now = timer_now();
	enum context_state state = CONTEXT_READY;

	if (vcpu->run.promised != 0)
		state = promise_ready(vcpu, now);
	if (&vcpu->context != core.charged) {
		vcpu->run.account->core = (uint8_t)core.index;
		account_change(vcpu, state, now);
	}
	return state;
}

void account_rests(struct vcpu *vcpu)
{
	if (vcpu->run.promised != 0)
		promise_rests(vcpu);
	if (&vcpu->context != core.charged)
		account_change(vcpu, vcpu->context.state, timer_now());
}
