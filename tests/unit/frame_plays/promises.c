/*
 * See promises.h. Time goes from event to event, so nothing is late unless the frame makes it so.
 * The model adds up how long each guest ran; it knows nothing of queues and timers.
 */
#include "promises_parts.h"

#include <fake/gic.h>
#include <inttypes.h>
#include <kumiki/hypercall.h>
#include <run/resident.h>
#include <state/services.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>

#define TIMER_PPI 27u
#define US(n)     PROMISES_US(n)
#define FEW       10u /* ticks */

struct cores_plan promises_plan;
struct promises_guest promises_guest[PROMISES_VCPUS_MAX];
uint32_t promises_vcpus;
uint64_t promises_now, promises_raised, promises_heard, promises_longest;
bool promises_busy;
static uint64_t idle[BUNDLE_CORES_MAX], off[BUNDLE_CORES_MAX];
static uint32_t random_state;

void promises_reset(uint32_t seed)
{
	random_state = seed;
	promises_now = promises_heard = 0;
	promises_busy = false;
	memset(idle, 0, sizeof(idle));
	memset(off, 0, sizeof(off));
}

uint32_t promises_random(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

void promises_plan_at_random(struct bundle_vcpu *config)
{
	if (promises_random(2) == 0) {
		config->budget_period_us = 2 * (50 + promises_random(2000));
		config->budget_us = 2 * (1 + promises_random(config->budget_period_us / 2));
		config->flags |= promises_random(2) == 0 ? BUNDLE_VCPU_GUARANTEE : 0;
	}
	if (promises_random(2) == 0) {
		config->period_us = 2 * (50 + promises_random(2000));
		config->deadline_us = 2 * (1 + promises_random(config->period_us / 2));
	}
	if (promises_random(2) == 0)
		config->priority_high = (uint8_t)promises_random(60);
}

/* A core that is off runs no guest. */
struct promises_guest *promises_running(uint32_t number)
{
	cores_on(number);
	if (cores_is_dark(number) || cores_sleeps(number) || core.current->kind != CONTEXT_VCPU)
		return NULL;
	return &promises_guest[core.current->trace_id];
}

/* ---- the guests' actions ---- */

void promises_wait(void)
{
	struct vcpu *vcpu = vcpu_of(core.current);

	if (!vgic_cpu_pending(vcpu))
		resident_wait(vcpu);
}

/* The guest does this alone: the frame doesn't see it. */
static void take_timer(struct promises_guest *guest)
{
	uint32_t intid = fake_guest_acknowledge();

	if (intid == FAKE_GIC_SPURIOUS)
		return;
	assert_int_equal(intid, TIMER_PPI);
	assert_true(guest->armed && guest->compare <= promises_now);
	guest->armed = false;
	sysreg_write(cntv_ctl_el0, 0);
	fake_guest_end(intid);
}

void promises_sleep(struct promises_guest *guest)
{
	if (guest->armed)
		return;
	guest->armed = true;
	if (guest->every == 0)
		guest->compare = promises_now + 1 + promises_random(US(3000));
	else
		guest->compare += /* past entries are left out */
		    ((promises_now - guest->compare) / guest->every + 1) * guest->every;
	sysreg_write(cntv_cval_el0, guest->compare);
	sysreg_write(cntv_ctl_el0, 1);
}

static void tell_priority(struct promises_guest *guest)
{
	uint8_t low = guest->config->priority_low, high = guest->config->priority_high;
	uint32_t priority = low - 1 + promises_random(high - low + 3u);
	bool good = priority >= low && priority <= high;

	cores_call(guest->vcpu->core, KUMIKI_CALL_PRIORITY, priority, 0, 0);
	assert_int_equal((int64_t)guest->vcpu->context.x[0], good ? 0 : KUMIKI_INVALID_PARAMETERS);
	if (good)
		guest->priority = (uint8_t)priority;
}

uint64_t promises_work(const struct promises_guest *guest)
{
	if (guest->most != 0)
		return 1 + promises_random((uint32_t)guest->most);
	return promises_random(4) == 0 ? 1 + promises_random(US(20000))
	                               : 1 + promises_random(US(1000));
}

static void act(struct promises_guest *guest)
{
	uint32_t number = guest->vcpu->core;

	take_timer(guest);
	if (guest->work == 0) {
		guest->work = promises_work(guest);
		promises_sleep(guest);
		if (core.only != NULL)
			return;      /* alone, it waits on its core, and the frame knows nothing */
		guest->waits = true; /* unless its timer is over already */
		cores_do(number, promises_wait);
	} else if (promises_random(16) == 0) {
		tell_priority(guest);
	} else if (promises_random(16) == 0 && guest->every == 0) {
		promises_sleep(guest); /* its timer is over while it works, or while others do */
	}
}

/* ---- the model ---- */

static uint64_t full_of(const struct promises_guest *guest)
{
	return US(guest->config->budget_us);
}

static bool has_budget(const struct promises_guest *guest)
{
	return guest->config->budget_us != 0;
}

static bool is_guaranteed(const struct promises_guest *guest)
{
	return (guest->config->flags & BUNDLE_VCPU_GUARANTEE) != 0;
}

static bool is_exhausted(const struct promises_guest *guest)
{
	return has_budget(guest) && guest->used >= full_of(guest);
}

/* How urgent a guest is; -1: it doesn't want the core, or may not have it. */
static int urgency(const struct promises_guest *guest)
{
	if (guest->waits || (is_exhausted(guest) && !is_guaranteed(guest)))
		return -1;
	return is_exhausted(guest) ? 0 : guest->priority;
}

static uint64_t end_of_period(const struct promises_guest *guest)
{
	return US((guest->period + 1) * guest->config->budget_period_us);
}

/* A period ends. `used`: the guest's use of its budget in it. */
static void model_given(struct promises_guest *guest, uint64_t used)
{
	const uint64_t begin = US(guest->period * guest->config->budget_period_us);

	if (!guest->sure || guest->wants > begin || begin == 0)
		return;
	if (used < full_of(guest))
		fail_msg("vCPU %u had %" PRIu64 " of its %" PRIu64,
		         (uint32_t)(guest - promises_guest), used, full_of(guest));
	guest->given++;
}

/* Gives the guest a new budget when its period is over, also if it didn't run. */
static void model_refill(struct promises_guest *guest, uint64_t at)
{
	if (!has_budget(guest) || at < end_of_period(guest))
		return;
	model_given(guest, guest->used);
	guest->period = at / US(guest->config->budget_period_us);
	guest->used = 0;
}

static void model_run(struct promises_guest *guest, uint64_t from, uint64_t to)
{
	bool before = is_exhausted(guest);

	guest->ran += to - from;
	assert_true(to - from <= guest->work); /* then it waits, if it is let */
	guest->work -= to - from;
	if (!has_budget(guest))
		return;
	if (to >= end_of_period(guest)) {
		before = false;
		guest->used += end_of_period(guest) - from;
		model_refill(guest, to);
		from = US(guest->period * guest->config->budget_period_us);
	}
	guest->used += to - from;
	/* If the budget wasn't used up before, not a tick more than that may be used. */
	if (!before)
		assert_true(guest->used <= full_of(guest));
	if (!before && is_exhausted(guest))
		guest->exhausted++;
}

static void model_misses(struct promises_guest *guest)
{
	while (promises_now >= guest->deadline) {
		guest->misses++;
		guest->deadline += US(guest->config->period_us);
	}
}

/* The urgency of the guest or console service that runs on a core; -1: none. */
static int urgency_on(uint32_t number)
{
	const struct promises_guest *runs = promises_running(number);

	if (cores_is_dark(number) || cores_sleeps(number))
		return -1;
	return runs != NULL ? urgency(runs) : core.current->priority;
}

/* Adds the time to all guests that wait for an equal. */
static void model_turns(uint64_t lasts)
{
	for (uint32_t i = 0; i < promises_vcpus; i++) {
		struct promises_guest *guest = &promises_guest[i];
		const uint32_t number = guest->vcpu->core;

		if (urgency(guest) != guest->level || promises_running(number) == guest)
			guest->behind = 0;
		else if (guest->level == urgency_on(number))
			guest->behind += lasts;
		guest->level = urgency(guest);
	}
}

static void model_pass(uint64_t to)
{
	uint32_t run = 0; /* the guests that run: a bit for each */

	model_turns(to - promises_now);
	for (uint32_t i = 0; i < promises_plan.cores; i++) {
		struct promises_guest *guest = promises_running(i);

		if (cores_is_dark(i)) {
			off[i] += to - promises_now;
		} else if (guest == NULL) {
			idle[i] += cores_sleeps(i) ? to - promises_now : 0;
		} else {
			run |= 1u << (guest - promises_guest);
			model_run(guest, promises_now, to);
		}
	}
	for (uint32_t i = 0; i < promises_vcpus; i++) {
		struct promises_guest *guest = &promises_guest[i];

		model_refill(guest, to);
		if (!guest->waits && (run >> i & 1) == 0)
			guest->stolen += to - promises_now;
	}
	promises_now = to;
	fake_time(promises_now);
	for (uint32_t i = 0; i < promises_vcpus; i++)
		model_misses(&promises_guest[i]);
}

static bool calls(const struct promises_guest *guest)
{
	return guest->armed && guest->compare <= promises_now;
}

/* Whether the guest moved since the last look: at its new core it looks at its timers itself. */
static bool has_moved(const struct promises_guest *guest)
{
	return guest->moves != guest->vcpu->run.account->moves;
}

/* A guest's priority may be raised only by an interrupt, or as it came from another core. */
static void model_raises(struct promises_guest *guest)
{
	if (guest->vcpu->run.priority == guest->priority)
		return;
	assert_int_equal(guest->vcpu->run.priority, guest->config->priority_high);
	assert_true(calls(guest) || has_moved(guest));
	guest->priority = guest->config->priority_high;
	promises_raised++;
}

/* Whether the guest is late by now. A core looks first whether its waiting guests are late. */
static bool was_late_here(const struct promises_guest *guest)
{
	return !guest->travels && guest->compare + US(guest->config->deadline_us) <= promises_now;
}

/*
 * A guest wakes by its timer, at the timer's time. A guest that has moved begins a new period,
 * unless its old core saw the wake-up before the move. Its deadline shows which. It doesn't show it
 * if the ending period was just as long, because the next period then has the same deadline as one
 * that begins now. In this case the guest was late on its old core.
 */
static uint64_t model_begins(const struct promises_guest *guest)
{
	const uint64_t anew = promises_now + US(guest->config->deadline_us);

	if (!calls(guest))
		return promises_now;
	if (has_moved(guest) && !was_late_here(guest) && guest->vcpu->run.deadline.at == anew)
		return promises_now;
	return guest->compare;
}

/* If the frame has seen that the guest isn't waiting any more, its period begins. */
static void model_wakes(struct promises_guest *guest)
{
	if (!guest->waits || guest->vcpu->run.waits)
		return;
	assert_true(calls(guest) || has_moved(guest));
	guest->waits = false;
	guest->wants = promises_now;
	guest->woken++;
	if (guest->config->deadline_us != 0)
		guest->deadline = model_begins(guest) + US(guest->config->deadline_us);
	model_misses(guest);
}

/* A moving guest is on no core: the new core looks at its deadline and its budget. */
static bool is_on_its_way(const struct promises_guest *guest)
{
	return guest->vcpu->comes != 0;
}

static void model_looks(void)
{
	for (uint32_t i = 0; i < promises_vcpus; i++) {
		struct promises_guest *guest = &promises_guest[i];

		model_raises(guest);
		model_wakes(guest);
		if (is_on_its_way(guest))
			guest->wants = PROMISES_NEVER;
		else if (has_moved(guest) && !guest->waits)
			guest->wants = promises_now;
		guest->moves = guest->vcpu->run.account->moves;
		guest->travels = is_on_its_way(guest);
	}
}

static void model_waits(void)
{
	for (uint32_t i = 0; i < promises_vcpus; i++)
		if (promises_guest[i].waits)
			promises_guest[i].deadline = promises_guest[i].wants = PROMISES_NEVER;
}

/* ---- checks ---- */

static void check_account(const struct promises_guest *guest)
{
	const struct vcpu_account *account = &shared_memory->accounts.vcpu[guest - promises_guest];
	uint64_t lasts = promises_now - account->since;
	uint32_t state = account->state;
	bool other = state == ACCOUNT_READY || state == ACCOUNT_EXHAUSTED;

	assert_int_equal(account->ran + (state == ACCOUNT_RUNS ? lasts : 0), guest->ran);
	assert_int_equal(account->stolen + (other ? lasts : 0), guest->stolen);
	if (is_on_its_way(guest))
		return;
	assert_int_equal(account->misses, guest->misses);
	assert_int_equal(account->exhausted, guest->exhausted);
	assert_int_equal(account->priority, guest->priority);
	assert_int_equal(state == ACCOUNT_WAITS, guest->waits);
	assert_int_equal(state == ACCOUNT_RUNS, promises_running(guest->vcpu->core) == guest);
	if (!guest->waits && is_exhausted(guest) && !is_guaranteed(guest))
		assert_int_equal(state, ACCOUNT_EXHAUSTED);
}

/* The frame doesn't look at guests less urgent than the running one: their timers may be due, or
 * their budgets full. */
static void check_order(uint32_t number)
{
	const int most = urgency_on(number);

	assert_true(promises_running(number) == NULL || most >= 0);
	for (uint32_t i = 0; i < promises_vcpus; i++) {
		const struct promises_guest *guest = &promises_guest[i];
		int high = guest->config->priority_high;

		if (guest->vcpu->core != number)
			continue;
		if (urgency(guest) > most)
			fail_msg("vCPU %u waits for less urgent work", i);
		if (calls(guest) && guest->waits && (is_exhausted(guest) ? 0 : high) > most)
			fail_msg("vCPU %u was not woken", i);
		if (calls(guest) && !guest->waits && !is_exhausted(guest) && high > most &&
		    guest->priority < high && core.only == NULL)
			fail_msg("vCPU %u was not raised", i);
		if (guest->waits && guest->config->deadline_us != 0 && !is_on_its_way(guest) &&
		    guest->compare + US(guest->config->deadline_us) <= promises_now)
			fail_msg("nobody sees that vCPU %u is late", i);
	}
}

/* The length of a guest's turn, by the number of all guests on its core. */
static uint64_t turn_beside(const struct promises_guest *guest)
{
	uint64_t turn = PROMISES_TURN;

	for (uint32_t i = 0; i < promises_vcpus; i++)
		if (promises_guest[i].vcpu->core == guest->vcpu->core)
			turn /= 2;
	return turn > PROMISES_SLICE ? turn : PROMISES_SLICE;
}

/*
 * A guest may wait for one turn of each equal that was ready before, and of each service. If a turn
 * is interrupted just as it ends, a tick of it is left.
 */
static void check_turns(const struct promises_guest *guest)
{
	const uint64_t turn = turn_beside(guest);
	uint64_t most = SERVICES_LASTING * PROMISES_SLICE;

	for (uint32_t i = 0; i < promises_vcpus; i++)
		if (&promises_guest[i] != guest &&
		    promises_guest[i].vcpu->core == guest->vcpu->core &&
		    promises_guest[i].config->priority == guest->level)
			most += turn;
	if (guest->level <= 0)
		return;
	if (guest->behind > most + FEW)
		fail_msg("vCPU %u has waited for its equals for %" PRIu64 ", not %" PRIu64,
		         (uint32_t)(guest - promises_guest), guest->behind, most);
	if (guest->behind * 100 / most > promises_longest)
		promises_longest = guest->behind * 100 / most;
}

static void check_awake(uint32_t number)
{
	const struct core_account *account = &shared_memory->accounts.core[number];
	const bool sleeps = cores_sleeps(number);

	assert_int_equal(account->idle + (sleeps ? promises_now - account->since : 0),
	                 idle[number]);
	assert_int_equal(account->off, off[number]);
	assert_int_equal(account->dark, 0);
	check_order(number);
}

/* The news that the console service was told, or will be told. */
static uint64_t told(void)
{
	cores_on(promises_plan.console_core);
	return promises_heard | services_warden->pending |
	       shared_memory->box[promises_plan.console_core].word[MAIL_SERVICE] |
	       (services_warden->context.state == CONTEXT_READY ? services_warden->context.x[0]
	                                                        : 0);
}

/* A dark core must have no guest; a guest on its way to it must not be forgotten. */
static void check_dark(uint32_t number)
{
	const struct core_account *account = &shared_memory->accounts.core[number];

	assert_int_equal(account->idle, idle[number]);
	assert_int_equal(account->off + promises_now - account->since, off[number]);
	for (uint32_t i = 0; i < promises_vcpus; i++) {
		if (promises_guest[i].vcpu->core != number)
			continue;
		if (!is_on_its_way(&promises_guest[i]))
			fail_msg("vCPU %u is on a core that is off", i);
		if ((told() & SERVICE_EVENT_CORE << number) == 0)
			fail_msg("nobody hears that vCPU %u wants a core that is off", i);
	}
}

static void check_core(uint32_t number)
{
	if (cores_is_dark(number))
		check_dark(number);
	else
		check_awake(number);
}

static void check(void)
{
	const char *breach = cores_breach();

	if (breach != NULL)
		fail_msg("%s", breach);
	for (uint32_t i = 0; i < promises_plan.cores; i++)
		check_core(i);
	for (uint32_t i = 0; i < promises_vcpus; i++) {
		check_account(&promises_guest[i]);
		if (promises_busy)
			check_turns(&promises_guest[i]);
	}
}

/* ---- from event to event ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return b > promises_now && b < a ? b : a;
}

static uint64_t next_event(void)
{
	uint64_t next = promises_now + 1 + promises_random(US(2000));

	for (uint32_t i = 0; i < promises_plan.cores; i++) {
		const struct promises_guest *guest = promises_running(i);

		if (cores_is_dark(i))
			continue;
		if ((sysreg_read(cnthp_ctl_el2) & 1) != 0)
			next = earlier(next, sysreg_read(cnthp_cval_el2));
		if ((sysreg_read(cntv_ctl_el0) & 3) == 1)
			next = earlier(next, sysreg_read(cntv_cval_el0));
		/* The guest was interrupted just as its work ended: it has nothing more to do. */
		if (guest != NULL && guest->work == 0)
			return promises_now;
		if (guest != NULL)
			next = earlier(next, promises_now + guest->work);
	}
	for (uint32_t i = 0; i < promises_vcpus; i++) {
		next = earlier(next, promises_guest[i].deadline);
		if (promises_guest[i].sure)
			next = earlier(next, end_of_period(&promises_guest[i]));
	}
	return next;
}

/* The console service's work takes no time, unless promises_busy. */
bool promises_serve(void)
{
	const uint32_t number = promises_plan.console_core;
	bool any = false;

	cores_on(number);
	while (!cores_sleeps(number) && core.current->kind >= CONTEXT_CONSOLE) {
		promises_heard |= core.current->x[0];
		cores_service(number, SERVICE_WAIT, SERVICE_FOREVER);
		any = true;
	}
	return any;
}

void promises_settle(void)
{
	do
		cores_exchange();
	while (promises_plan.console && !promises_busy && promises_serve());
	model_looks();
	check();
}

void promises_step(void)
{
	model_pass(next_event());
	promises_settle();
	for (uint32_t i = 0; i < promises_plan.cores; i++) {
		struct promises_guest *guest = promises_running(i);

		if (guest != NULL)
			act(guest);
	}
	model_waits();
	promises_settle();
}
