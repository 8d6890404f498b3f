/* Budgets and deadlines at work, and priority by task; see run/promise.h. */
#include <kumiki/hypercall.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <machine/sysreg.h>
#include <run/account.h>
#include <run/blame.h>
#include <run/broker.h>
#include <run/promise.h>
#include <run/resident.h>
#include <run/sched.h>
#include <vgic/vgic.h>
#include <word/doorbell.h>
#include <word/service.h>
#include <word/trace.h>

/* On a core with promises: the contexts that the core last went on with, and when (TRACE_NO_VCPU:
 * it was idle). promise_history_next counts all of them. */
static uint64_t promise_history[MISS_HISTORY] CORE_LOCAL;
static uint32_t promise_history_next CORE_LOCAL;

AT_START static uint8_t promised_by(const struct bundle_vcpu *config)
{
	uint32_t promised = 0;

	if (config->budget_us != 0)
		promised |= PROMISE_BUDGET;
	if ((config->flags & BUNDLE_VCPU_GUARANTEE) != 0)
		promised |= PROMISE_GUARANTEE;
	else if (config->budget_us != 0 && (config->cores & (config->cores - 1)) == 0)
		promised |= PROMISE_LIMIT;
	if (config->deadline_us != 0)
		promised |= PROMISE_DEADLINE;
	if (config->on_miss == BUNDLE_MISS_TELL)
		promised |= PROMISE_TELL;
	if (config->on_miss == BUNDLE_MISS_RESTART)
		promised |= PROMISE_RESTART;
	return (promised & (PROMISE_BUDGET | PROMISE_DEADLINE)) != 0 ? (uint8_t)promised : 0;
}

AT_START void promise_init(struct vcpu *vcpu, const struct bundle_vcpu *config, uint64_t hz)
{
	vcpu->run.account = &shared_memory->accounts.vcpu[vcpu->context.trace_id];
	vcpu->run.priority = vcpu->run.described = config->priority;
	vcpu->run.low = config->priority_low;
	vcpu->run.high = vcpu->run.rouses = config->priority_high;
	vcpu->run.promised = promised_by(config);
	budget_init(&vcpu->run.budget, config->budget_us, config->budget_period_us, hz);
	if ((vcpu->run.promised & PROMISE_BUDGET) == 0)
		vcpu->run.budget.next = TIMER_NEVER / 2;
	vcpu->run.deadline.within =
	    config->deadline_us != 0 ? config->deadline_us * hz / 1000000 : TIMER_NEVER;
	vcpu->run.deadline.period = config->period_us * hz / 1000000;
	deadline_rests(&vcpu->run.deadline);
}

AT_START void promise_begin_core(void)
{
	core.account = &shared_memory->accounts.core[core.index];
	for (uint32_t i = 0; i < core_bundle->vcpus.count; i++) {
		const struct bundle_vcpu *config = &bundle_vcpus(core_bundle)[i];

		if ((config->cores >> core.index & 1) != 0)
			core.promises |= promised_by(config);
	}
}

/* A value of TIMER_PROMISE: an interrupt comes at once, and promise_due() looks at all promises. */
#define TIMER_OVER 0

/* Sets TIMER_PROMISE to `at`, if that is earlier. The caller, or the choice that follows, arms the
 * timer. */
static inline void expect(const struct vcpu *vcpu, uint64_t at)
{
	if (at >= core.deadline[TIMER_PROMISE])
		return;
	core.deadline[TIMER_PROMISE] = at;
	core.promise_of = vcpu->context.trace_id;
}

void promise_look_soon(void)
{
	core.deadline[TIMER_PROMISE] = TIMER_OVER;
	core.reschedule = 1;
}

/* ---- budgets ---- */

/* True: the vCPU's budget is used up. The vCPU waits for its next period, or goes on at priority 0
 * until then. */
static inline bool is_out(const struct vcpu *vcpu)
{
	return vcpu->context.state == CONTEXT_EXHAUSTED || vcpu->run.lowered;
}

static void promise_refill(struct vcpu *vcpu, uint64_t now)
{
	if ((vcpu->run.promised & PROMISE_BUDGET) == 0 || !budget_refill(&vcpu->run.budget, now))
		return;
	vcpu->run.account->used = 0;
	if (!is_out(vcpu))
		return;
	trace_seldom(TRACE_REFILL, vcpu->context.trace_id, vcpu->run.budget.full);
	vcpu->run.rouses = vcpu->run.high;
	if (vcpu->run.lowered)
		sched_raise(&vcpu->context, vcpu->run.priority);
	else
		sched_ready(&vcpu->context);
	vcpu->run.lowered = 0;
}

static void note_out(struct vcpu *vcpu)
{
	vcpu->run.account->exhausted++;
	trace_seldom(TRACE_EXHAUSTED, vcpu->context.trace_id, vcpu->run.budget.full);
}

static void lower(struct vcpu *vcpu)
{
	vcpu->run.lowered = 1;
	vcpu->run.rouses = 0;
	sched_lower(&vcpu->context);
}

/* The vCPU has just used up its budget. A vCPU with a guarantee goes on at priority 0. A vCPU with
 * a limit goes on in its next period. If a vCPU with a limit has begun to wait already,
 * promise_ready() looks at its budget when it wakes. */
static inline void run_out(struct vcpu *vcpu)
{
	if ((vcpu->run.promised & PROMISE_GUARANTEE) != 0) {
		note_out(vcpu);
		lower(vcpu);
	} else if (vcpu->context.state == CONTEXT_READY) {
		note_out(vcpu);
		sched_block(&vcpu->context, CONTEXT_EXHAUSTED);
		vgic_hush(vcpu);
	}
}

/* The vCPU's budget pays for this time. True: nothing is left of the budget. */
static inline bool spend(struct vcpu *vcpu, uint64_t from, uint64_t to)
{
	if ((vcpu->run.promised & PROMISE_BUDGET) == 0)
		return false;
	promise_refill(vcpu, to);
	budget_spend(&vcpu->run.budget, from, to);
	vcpu->run.account->used = vcpu->run.budget.full - vcpu->run.budget.left;
	return vcpu->run.budget.left == 0;
}

void promise_ran(struct vcpu *vcpu, uint64_t from, uint64_t to)
{
	if (spend(vcpu, from, to) && !is_out(vcpu))
		run_out(vcpu);
}

bool promise_pays(struct vcpu *vcpu, uint64_t from, uint64_t to)
{
	return spend(vcpu, from, to) && (vcpu->run.promised & PROMISE_LIMIT) != 0;
}

/* Returns the vCPU whose budget is spent while the context runs; 0: there is none. A broker spends
 * only a limit. */
static struct vcpu *payer_of(struct context *context)
{
	struct vcpu *vcpu = vcpu_of(context);
	uint32_t spends = PROMISE_BUDGET;

	if (context->kind == CONTEXT_BROKER) {
		vcpu = broker_payer(broker_of(context));
		spends = PROMISE_LIMIT;
	} else if (context->kind != CONTEXT_VCPU) {
		return 0;
	}
	return (vcpu->run.promised & spends) != 0 ? vcpu : 0;
}

#define LAST 8 /* this part of a limit is its last; brokers take no queues then */

uint64_t promise_until(struct vcpu *vcpu, uint64_t now)
{
	const uint64_t last = vcpu->run.budget.full / LAST;

	promise_refill(vcpu, now);
	return vcpu->run.budget.left > last ? now + vcpu->run.budget.left - last : 0;
}

/*
 * A vCPU that waits briefly, again and again, has to pay for its switches, and so has a broker that
 * rests briefly. Otherwise it would pay only for the time between them, and other vCPUs for the
 * rest. The time from `from`, when the frame noted the interrupt, until now counts as run. In
 * addition the vCPU that pays owes 3/2 of that time, for the part before `from` and for the way
 * back.
 */
uint64_t promise_comes(struct context *next, uint64_t now)
{
	const struct context *old = core.charged;
	uint64_t from = core.interrupted;
	struct vcpu *vcpu;

	if (from == 0 || old == 0 || old->state != CONTEXT_READY || old->priority >= next->priority)
		return now;
	vcpu = payer_of(next);
	if (vcpu == 0)
		return now;
	if (next->kind == CONTEXT_VCPU && vcpu->run.account->since > from)
		vcpu->run.account->since = from;
	budget_owe(&vcpu->run.budget, (now - from) * 3 / 2);
	return from;
}

/* True: the beginning of the vCPU's new period may interrupt the core, because no context runs, or
 * because the vCPU can become as urgent as the running context. */
static inline bool may_interrupt(const struct vcpu *vcpu)
{
	return core.charged == 0 || core.charged->priority <= vcpu->run.high;
}

/* The vCPU wakes. Its budget may have been used up just when it began to wait, or by its
 * partition's broker while it waited. This function notes that. A vCPU with a limit then waits for
 * its next period. */
enum context_state promise_ready(struct vcpu *vcpu, uint64_t now)
{
	enum context_state state = CONTEXT_READY;

	promise_refill(vcpu, now);
	if ((vcpu->run.promised & PROMISE_BUDGET) == 0 || vcpu->run.budget.left != 0 ||
	    vcpu->run.lowered)
		return CONTEXT_READY;
	note_out(vcpu);
	if ((vcpu->run.promised & PROMISE_GUARANTEE) != 0) {
		lower(vcpu);
	} else {
		vgic_hush(vcpu);
		state = CONTEXT_EXHAUSTED;
	}
	core.reschedule = 1;
	if (may_interrupt(vcpu))
		expect(vcpu, vcpu->run.budget.next);
	return state;
}

/* ---- deadlines ---- */

/* Records a missed deadline. Other cores may write to the partition's log at the same time. */
static inline void record(const struct vcpu *vcpu, uint64_t now)
{
	struct miss_log *log = &vcpu->partition->console->misses;
	uint32_t number = __atomic_fetch_add(&log->next, 1, __ATOMIC_SEQ_CST);
	struct miss *miss = &log->misses[number % MISS_EVENTS];

	__atomic_store_n(&miss->number, 0, __ATOMIC_SEQ_CST);
	barrier_stores(); /* a Store-Release doesn't hold back what follows: sysreg.h */
	miss->at = vcpu->run.deadline.at;
	miss->time = now;
	miss->vcpu = vcpu->context.trace_id;
	miss->next = promise_history_next;
	memcpy(miss->history, promise_history, sizeof(miss->history));
	__atomic_store_n(&miss->number, number + 1, __ATOMIC_SEQ_CST);
}

/* True: the vCPU has missed its deadline. The frame has counted, recorded and told that, and has
 * ended the life if the description says so. */
static bool look_at_deadline(struct vcpu *vcpu, uint64_t now)
{
	if (now < vcpu->run.deadline.at)
		return false;
	vcpu->run.account->misses++;
	trace_seldom(TRACE_MISS, vcpu->context.trace_id,
	             (now - core.account->since) << 32 | core.account->runs);
	record(vcpu, now);
	deadline_missed(&vcpu->run.deadline);
	service_wake_later(SERVICE_EVENT_STATE);
	if ((vcpu->run.promised & PROMISE_TELL) != 0)
		doorbell_tell_managers(vcpu->partition->index);
	if ((vcpu->run.promised & PROMISE_RESTART) != 0)
		blame_vcpu(vcpu, STOP_DEADLINE);
	return true;
}

void promise_waits(struct vcpu *vcpu)
{
	(void)look_at_deadline(vcpu, timer_now());
	deadline_rests(&vcpu->run.deadline);
}

void promise_wakes(struct vcpu *vcpu)
{
	uint64_t now = timer_now();

	if ((vcpu->run.promised & PROMISE_DEADLINE) == 0)
		return;
	deadline_wakes(&vcpu->run.deadline, vcpu->run.due < now ? vcpu->run.due : now);
	expect(vcpu, vcpu->run.deadline.at);
}

void promise_begins(struct vcpu *vcpu, uint64_t since)
{
	if ((vcpu->run.promised & PROMISE_DEADLINE) == 0)
		return;
	deadline_wakes(&vcpu->run.deadline, since);
	promise_look_soon();
}

/* A vCPU that stands still or is off has no deadline any more. A vCPU that waits for its next
 * period keeps its deadline. */
void promise_rests(struct vcpu *vcpu)
{
	if (vcpu->context.state != CONTEXT_EXHAUSTED && !vcpu->run.waits)
		deadline_rests(&vcpu->run.deadline);
}

/* ---- at a switch, and when the time has come ---- */

/* Returns the vCPU's next deadline. The period of a waiting vCPU begins when the vCPU's timer is
 * over, even if a more urgent context runs then. */
static inline uint64_t deadline_of(const struct vcpu *vcpu)
{
	uint64_t at = vcpu->run.due + vcpu->run.deadline.within;

	if (!vcpu->run.waits)
		return vcpu->run.deadline.at;
	return at < vcpu->run.due ? TIMER_NEVER : at;
}

/* Returns the vCPU on whose budget a context runs, or begins to run, while it isn't used up; 0:
 * there is none. */
static inline struct vcpu *spends(void)
{
	struct vcpu *vcpu = 0;

	if (core.charged != 0 && core.charged->state == CONTEXT_READY)
		vcpu = payer_of(core.charged);
	return vcpu == 0 || vcpu->run.lowered ? 0 : vcpu;
}

/*
 * Finds the next deadline, refill or end of a budget, and sets TIMER_PROMISE to it. promise_due()
 * carries it out later, as that takes long, and many may be due. The refill of a budget that is
 * used up counts only if it may interrupt the running context: otherwise it would cost a more
 * urgent context time.
 *
 * If a budget isn't used up, its new period begins here, so that the vCPU's account is up to date.
 * A look begins at most one period: that of the running vCPU, if it runs on its budget; otherwise
 * that of another one.
 */
static void promise_look(uint64_t now)
{
	struct vcpu *over = 0, *runs = spends(), *of = 0;
	uint64_t next = TIMER_NEVER;

	for (struct vcpu *vcpu = core.vcpus; vcpu != 0; vcpu = vcpu->run.next_here) {
		uint64_t own;

		if (vcpu->run.promised == 0)
			continue;
		own = deadline_of(vcpu);
		if (!is_out(vcpu))
			over = vcpu->run.budget.next <= now ? vcpu : over;
		else if (vcpu->run.budget.next < own && may_interrupt(vcpu))
			own = vcpu->run.budget.next;
		of = own < next ? vcpu : of;
		next = own < next ? own : next;
	}
	if (runs != 0)
		over = runs;
	if (over != 0)
		promise_refill(over, now);
	core.deadline[TIMER_PROMISE] = next;
	if (of != 0)
		core.promise_of = of->context.trace_id;
	if (runs != 0)
		expect(runs, budget_end(&runs->run.budget, now));
}

/* A switch to a context that begins anew is long. So the look waits for a timer interrupt, which
 * comes at once. */
void promise_switch(uint8_t context, uint64_t now)
{
	promise_history[promise_history_next++ % MISS_HISTORY] = now << 8 | context;
	if (core.charged != 0 && core.charged->fresh)
		core.deadline[TIMER_PROMISE] = TIMER_OVER;
	else
		promise_look(now);
}

/* Returns the vCPU that TIMER_PROMISE was set for; 0: it isn't here any more. */
static inline struct vcpu *expected(void)
{
	struct vcpu *vcpu = core.vcpus;

	while (vcpu != 0 && vcpu->context.trace_id != core.promise_of)
		vcpu = vcpu->run.next_here;
	return vcpu;
}

/*
 * Does what is due for one vCPU, and then looks for the next time. If another vCPU is due, too, the
 * next interrupt comes at once. A missed deadline takes long: then the look waits for an interrupt
 * of its own, which comes at once. If the timer's vCPU isn't due any more, the look finds the vCPU
 * that is next.
 */
void promise_due(uint64_t now)
{
	struct vcpu *vcpu = expected();

	if (vcpu != 0 && look_at_deadline(vcpu, now)) {
		core.deadline[TIMER_PROMISE] = TIMER_OVER;
		return;
	}
	account_so_far(now);
	if (vcpu != 0) {
		promise_refill(vcpu, now);
		if (deadline_of(vcpu) <= now)
			resident_wake(vcpu);
	}
	promise_look(now);
}

void promise_stood(struct vcpu *vcpu, uint64_t ticks)
{
	budget_stood(&vcpu->run.budget, ticks);
}

/* ---- priority by task ---- */

static void change_priority(struct vcpu *vcpu, uint8_t priority)
{
	if (priority != vcpu->run.priority)
		trace_seldom(TRACE_PRIORITY, vcpu->context.trace_id,
		             (uint64_t)vcpu->run.priority << 32 | priority);
	vcpu->run.priority = vcpu->run.account->priority = priority;
	vcpu->run.below = priority < vcpu->run.high;
	if (!vcpu->run.lowered)
		sched_priority(&vcpu->context, priority);
}

void promise_raise(struct vcpu *vcpu)
{
	change_priority(vcpu, vcpu->run.high);
}

int64_t promise_priority(struct vcpu *vcpu, uint64_t priority)
{
	if (priority < vcpu->run.low || priority > vcpu->run.high)
		return KUMIKI_INVALID_PARAMETERS;
	if (priority < vcpu->run.priority && core.promises != 0)
		promise_look_soon(); /* its old priority may have put off others' refills */
	change_priority(vcpu, (uint8_t)priority);
	resident_look(); /* an interrupt that is pending by now raises the priority again */
	return 0;
}
