/* Budgets and deadlines at work, and priority by task; see frame/promise.h. */
#include <frame/account.h>
#include <frame/doorbell.h>
#include <frame/life.h>
#include <frame/promise.h>
#include <frame/sched.h>
#include <frame/service.h>
#include <frame/trace.h>
#include <kumiki/hypercall.h>
#include <kumiki/miss.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <machine/sysreg.h>

static const struct bundle_vcpu *config_of(const struct vcpu *vcpu)
{
	return &bundle_vcpus(core_bundle)[vcpu->context.trace_id];
}

AT_START static uint8_t promised_by(const struct bundle_vcpu *config)
{
	return (uint8_t)((config->budget_us != 0 ? PROMISE_BUDGET : 0) |
	                 (config->deadline_us != 0 ? PROMISE_DEADLINE : 0));
}

AT_START void promise_init(struct vcpu *vcpu, const struct bundle_vcpu *config, uint64_t hz)
{
	vcpu->priority = config->priority;
	vcpu->promised = promised_by(config);
	budget_init(&vcpu->budget, config->budget_us, config->budget_period_us, hz);
	deadline_init(&vcpu->deadline, config->deadline_us, config->period_us, hz);
}

AT_START void promise_begin_core(void)
{
	for (uint32_t i = 0; i < core_bundle->vcpus.count; i++) {
		const struct bundle_vcpu *config = &bundle_vcpus(core_bundle)[i];

		if ((config->cores >> core.index & 1) != 0)
			core.promises |= promised_by(config);
	}
}

/* ---- budgets ---- */

/* It waits for its next period, or for being urgent again. */
static bool is_out(const struct vcpu *vcpu)
{
	return vcpu->context.state == CONTEXT_EXHAUSTED || vcpu->lowered;
}

static void refill(struct vcpu *vcpu, uint64_t now)
{
	if ((vcpu->promised & PROMISE_BUDGET) == 0 || !budget_refill(&vcpu->budget, now))
		return;
	account_of(vcpu)->used = 0;
	if (!is_out(vcpu))
		return;
	trace(TRACE_REFILL, vcpu->context.trace_id, vcpu->budget.full);
	vcpu->lowered = 0;
	sched_priority(&vcpu->context, vcpu->priority);
	if (vcpu->context.state == CONTEXT_EXHAUSTED)
		sched_ready(&vcpu->context);
}

/* With nothing left it goes on when the next period begins, or at the end of the queue. */
static void run_out(struct vcpu *vcpu)
{
	if (is_out(vcpu))
		return;
	account_of(vcpu)->exhausted++;
	trace(TRACE_EXHAUSTED, vcpu->context.trace_id, vcpu->budget.full);
	if ((config_of(vcpu)->flags & BUNDLE_VCPU_GUARANTEE) != 0) {
		vcpu->lowered = 1;
		sched_priority(&vcpu->context, 0);
	} else if (vcpu->context.state == CONTEXT_READY) {
		sched_block(&vcpu->context, CONTEXT_EXHAUSTED);
	}
}

void promise_ran(struct vcpu *vcpu, uint64_t from, uint64_t to)
{
	if ((vcpu->promised & PROMISE_BUDGET) == 0)
		return;
	refill(vcpu, to);
	budget_spend(&vcpu->budget, from, to);
	account_of(vcpu)->used = vcpu->budget.full - vcpu->budget.left;
	if (vcpu->budget.left == 0)
		run_out(vcpu);
}

bool promise_ready(struct vcpu *vcpu, uint64_t now)
{
	refill(vcpu, now);
	if ((vcpu->promised & PROMISE_BUDGET) == 0 || vcpu->budget.left != 0 || vcpu->lowered)
		return true;
	vcpu->context.state = CONTEXT_EXHAUSTED;
	core.reschedule = 1;
	return false;
}

/* ---- deadlines ---- */

/*
 * Who had the core longest since the period began, as far back as is known: ticks in 63:32, who in
 * 31:0.
 */
static uint64_t find_longest(const struct vcpu *vcpu, uint64_t began, uint64_t now)
{
	uint32_t ticks[64], most = 0;

	memset(ticks, 0, sizeof(ticks));
	for (uint32_t i = core.history_next; i != core.history_next - MISS_HISTORY; i--) {
		uint64_t entry = core.history[(i - 1) % MISS_HISTORY];
		uint64_t since = entry >> 8;
		uint32_t who = entry % 64;

		ticks[who] += (uint32_t)(now - (since > began ? since : began));
		if (ticks[who] > ticks[most] && (uint8_t)entry != vcpu->context.trace_id)
			most = who;
		if (since <= began)
			break;
		now = since;
	}
	return (uint64_t)ticks[most] << 32 | (most >= 32 ? most | 0xc0 : most);
}

/* Other vCPUs of the partition write there, too. */
static void record(struct vcpu *vcpu, uint64_t began, uint64_t now)
{
	struct miss_log *log = &vcpu->partition->console->misses;
	uint32_t number = __atomic_fetch_add(&log->next, 1, __ATOMIC_SEQ_CST);
	struct miss *miss = &log->misses[number % MISS_EVENTS];

	__atomic_store_n(&miss->number, 0, __ATOMIC_SEQ_CST);
	miss->began = began;
	miss->time = now;
	miss->vcpu = vcpu->context.trace_id;
	miss->next = core.history_next;
	memcpy(miss->history, core.history, sizeof(miss->history));
	__atomic_store_n(&miss->number, number + 1, __ATOMIC_SEQ_CST);
}

/* True: it has missed one, and that was said, and done something about. */
static bool look_at_deadline(struct vcpu *vcpu, uint64_t now)
{
	uint64_t began = vcpu->deadline.began;

	if (!deadline_missed(&vcpu->deadline, now))
		return false;
	account_of(vcpu)->misses++;
	trace(TRACE_MISS, vcpu->context.trace_id, find_longest(vcpu, began, now));
	record(vcpu, began, now);
	console_wake_later(CONSOLE_EVENT_STATE);
	if (config_of(vcpu)->on_miss == BUNDLE_MISS_TELL)
		doorbell_tell_managers(vcpu->partition->index);
	if (config_of(vcpu)->on_miss == BUNDLE_MISS_RESTART)
		life_end(vcpu, STOP_DEADLINE);
	return true;
}

bool promise_waits(struct vcpu *vcpu)
{
	if (look_at_deadline(vcpu, timer_now()) && config_of(vcpu)->on_miss == BUNDLE_MISS_RESTART)
		return false;
	deadline_rests(&vcpu->deadline);
	return true;
}

void promise_wakes(struct vcpu *vcpu)
{
	if ((vcpu->promised & PROMISE_DEADLINE) == 0)
		return;
	deadline_wakes(&vcpu->deadline, timer_now());
	if (vcpu->deadline.at < core.deadline[TIMER_PROMISE])
		timer_set(TIMER_PROMISE, vcpu->deadline.at);
}

/* It stands still, or is off: what it was about is void. */
void promise_rests(struct vcpu *vcpu)
{
	if (vcpu->context.state != CONTEXT_EXHAUSTED && !vcpu->waits)
		deadline_rests(&vcpu->deadline);
}

/* ---- at a switch, and when the time has come ---- */

/*
 * Its deadline; what it may still use if it runs; when it gets more if it is out of it. That isn't
 * asked while somebody more urgent runs, whom an interrupt would only cost time.
 */
static uint64_t next_of(const struct vcpu *vcpu, uint64_t now)
{
	uint64_t next = TIMER_NEVER;

	if (is_out(vcpu)) {
		if (core.charged == 0 || core.charged->priority <= vcpu->priority)
			next = vcpu->budget.next;
	} else if (core.charged == &vcpu->context && (vcpu->promised & PROMISE_BUDGET) != 0) {
		next = budget_end(&vcpu->budget, now);
	}
	return vcpu->deadline.at < next ? vcpu->deadline.at : next;
}

static void look(uint64_t now)
{
	uint64_t next = TIMER_NEVER;

	for (struct vcpu *vcpu = core.vcpus; vcpu != 0; vcpu = vcpu->next_here) {
		uint64_t own;

		if (vcpu->promised == 0)
			continue;
		refill(vcpu, now);
		own = next_of(vcpu, now);
		next = own < next ? own : next;
	}
	timer_set(TIMER_PROMISE, next);
}

void promise_switch(uint64_t now)
{
	uint8_t who = core.charged != 0 ? core.charged->trace_id : TRACE_NO_VCPU;

	core.history[core.history_next++ % MISS_HISTORY] = now << 8 | who;
	look(now);
}

/* One miss at a time, as it takes long: there is another interrupt for the next one. */
void promise_due(uint64_t now)
{
	struct vcpu *vcpu = core.vcpus;

	if (core.charged != 0 && core.charged->kind == CONTEXT_VCPU)
		account_change(vcpu_of(core.charged), ACCOUNT_RUNS, now);
	while (vcpu != 0 && !(vcpu->promised != 0 && look_at_deadline(vcpu, now)))
		vcpu = vcpu->next_here;
	look(now);
}

/* ---- as it begins and goes on ---- */

static void set_priority(struct vcpu *vcpu, uint8_t priority)
{
	vcpu->priority = account_of(vcpu)->priority = priority;
	if (!vcpu->lowered)
		sched_priority(&vcpu->context, priority);
}

void promise_begin(struct vcpu *vcpu)
{
	set_priority(vcpu, config_of(vcpu)->priority);
}

void promise_stood(struct vcpu *vcpu, uint64_t ticks)
{
	budget_stood(&vcpu->budget, ticks);
}

int64_t promise_priority(struct vcpu *vcpu, uint64_t priority)
{
	const struct bundle_vcpu *config = config_of(vcpu);

	if (config->priority_low == config->priority_high)
		return KUMIKI_DENIED;
	if (priority < config->priority_low || priority > config->priority_high)
		return KUMIKI_INVALID_PARAMETERS;
	trace(TRACE_PRIORITY, vcpu->context.trace_id, (uint64_t)vcpu->priority << 32 | priority);
	set_priority(vcpu, (uint8_t)priority);
	return 0;
}
