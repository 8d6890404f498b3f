/*
 * The scheduler played at random, on two cores with up to eight vCPUs: guests work, wait, are woken
 * by their timers, say how urgent they are; some have budgets, some deadlines, of random lengths.
 * Time goes from event to event, so nothing happens late unless the frame lets it. Beside it runs a
 * model that adds up who ran when, and knows of queues and timers nothing. After each step: whoever
 * runs is the most urgent that may, nobody used more than its budget, each miss was counted and
 * nothing else, and the accounts agree with the model to the tick.
 */
#include "cores.h"
#include "seeds.h"

#include <fake/gic.h>
#include <frame/mail.h>
#include <frame/promise.h>
#include <frame/resident.h>
#include <frame/sched.h>
#include <inttypes.h>
#include <kumiki/hypercall.h>
#include <machine/activation.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CORES      2u
#define PARTITIONS 4u
#define VCPUS_MAX  8u
#define TIMER_PPI  27u
#define FRAME      0x20000u
#define SGI_FRAME  0x10000u
#define ON         0xc4000003u
#define NEVER      (~0ULL)
#define STORES     3u /* the first steps of a set-up */
#define STEPS      2000u
#define MANY       60u
#define US(n)      ((n)*125 / 2) /* ticks of the fake machine's counter; for even numbers */

static struct cores_plan plan;

static struct guest {
	struct vcpu *vcpu;
	const struct bundle_vcpu *config;
	uint32_t steps;   /* of its set-up, that are done */
	uint64_t work;    /* ticks until it waits */
	uint64_t compare; /* its timer, while it is armed */
	bool armed;

	/* The model's. */
	bool waits;
	uint8_t priority;
	uint64_t ran, stolen;
	uint64_t period, used; /* which one it is, and of that */
	uint32_t exhausted;
	uint64_t deadline;
	uint32_t misses;
} guests[VCPUS_MAX];
static uint32_t vcpus;
static uint64_t now, idle[CORES];
static uint64_t raised; /* by interrupts, above what they told */
static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static struct guest *running(uint32_t number)
{
	cores_on(number);
	if (cores_sleeps(number) || core.current->kind != CONTEXT_VCPU)
		return NULL;
	return &guests[core.current->trace_id];
}

/* ---- a machine at random ---- */

static void plan_promises(struct bundle_vcpu *config)
{
	if (random_below(2) == 0) {
		config->budget_period_us = 2 * (50 + random_below(2000));
		config->budget_us = 2 * (1 + random_below(config->budget_period_us / 2));
		config->flags = random_below(2) == 0 ? BUNDLE_VCPU_GUARANTEE : 0;
	}
	if (random_below(2) == 0) {
		config->period_us = 2 * (50 + random_below(2000));
		config->deadline_us = 2 * (1 + random_below(config->period_us / 2));
	}
	if (random_below(2) == 0)
		config->priority_high = (uint8_t)random_below(60);
}

static void plan_machine(void)
{
	plan = (struct cores_plan){.cores = CORES, .partitions = PARTITIONS, .placed = true};
	vcpus = 0;
	for (uint32_t p = 0; p < PARTITIONS; p++) {
		plan.vcpus[p] = 1 + random_below(2);
		plan.priority[p] = (uint8_t)(1 + 50 * random_below(4));
		for (uint32_t i = 0; i < plan.vcpus[p]; i++) {
			plan.place[p][i] = (uint8_t)random_below(CORES);
			plan_promises(&plan.promise[p][i]);
		}
	}
}

/* ---- what guests do ---- */

static void wait_now(void)
{
	struct vcpu *vcpu = vcpu_of(core.current);

	if (!vgic_cpu_pending(vcpu))
		resident_wait(vcpu);
}

/* Below EL2: nothing of the frame sees it. */
static void take_timer(struct guest *guest)
{
	uint32_t intid = fake_guest_acknowledge();

	if (intid == FAKE_GIC_SPURIOUS)
		return;
	assert_int_equal(intid, TIMER_PPI);
	assert_true(guest->armed && guest->compare <= now);
	guest->armed = false;
	sysreg_write(cntv_ctl_el0, 0);
	fake_guest_end(intid);
}

static void sleep_a_while(struct guest *guest)
{
	if (guest->armed)
		return;
	guest->armed = true;
	guest->compare = now + 1 + random_below(US(3000));
	sysreg_write(cntv_cval_el0, guest->compare);
	sysreg_write(cntv_ctl_el0, 1);
}

static void tell_priority(struct guest *guest)
{
	uint8_t low = guest->config->priority_low, high = guest->config->priority_high;
	uint32_t priority = low - 1 + random_below(high - low + 3u);
	bool good = priority >= low && priority <= high;

	cores_call(guest->vcpu->core, KUMIKI_CALL_PRIORITY, priority, 0, 0);
	assert_int_equal((int64_t)guest->vcpu->context.x[0], good ? 0 : KUMIKI_INVALID_PARAMETERS);
	if (good)
		guest->priority = (uint8_t)priority;
}

static uint64_t new_work(void)
{
	return random_below(4) == 0 ? 1 + random_below(US(20000)) : 1 + random_below(US(1000));
}

static void act(struct guest *guest)
{
	uint32_t number = guest->vcpu->core;

	take_timer(guest);
	if (guest->work == 0) {
		guest->work = new_work();
		sleep_a_while(guest);
		if (core.only != NULL)
			return;      /* alone, it waits on its core, and the frame knows nothing */
		guest->waits = true; /* unless its timer is over already */
		cores_do(number, wait_now);
	} else if (random_below(16) == 0) {
		tell_priority(guest);
	} else if (random_below(16) == 0) {
		sleep_a_while(guest); /* its timer is over while it works, or while others do */
	}
}

/* ---- the model ---- */

static uint64_t full_of(const struct guest *guest)
{
	return US(guest->config->budget_us);
}

static bool has_budget(const struct guest *guest)
{
	return guest->config->budget_us != 0;
}

static bool is_guaranteed(const struct guest *guest)
{
	return (guest->config->flags & BUNDLE_VCPU_GUARANTEE) != 0;
}

static bool is_exhausted(const struct guest *guest)
{
	return has_budget(guest) && guest->used >= full_of(guest);
}

/* -1: it doesn't want the core, or may not have it. */
static int urgency(const struct guest *guest)
{
	if (guest->waits || (is_exhausted(guest) && !is_guaranteed(guest)))
		return -1;
	return is_exhausted(guest) ? 0 : guest->priority;
}

/* Who didn't run up to it has a new one, too. */
static void model_refill(struct guest *guest, uint64_t at)
{
	uint64_t period = US(guest->config->budget_period_us);

	if (!has_budget(guest) || at / period == guest->period)
		return;
	guest->period = at / period;
	guest->used = 0;
}

static void model_run(struct guest *guest, uint64_t from, uint64_t to)
{
	bool before = is_exhausted(guest);
	uint64_t period = guest->period;

	guest->ran += to - from;
	guest->work -= to - from < guest->work ? to - from : guest->work;
	if (!has_budget(guest))
		return;
	model_refill(guest, to);
	if (guest->period != period) {
		before = false;
		from = US(guest->period * guest->config->budget_period_us);
	}
	guest->used += to - from;
	/* At raised urgency no tick more than it has. */
	if (!before)
		assert_true(guest->used <= full_of(guest));
	if (!before && is_exhausted(guest))
		guest->exhausted++;
}

static void model_misses(struct guest *guest)
{
	while (now >= guest->deadline) {
		guest->misses++;
		guest->deadline += US(guest->config->period_us);
	}
}

static void model_pass(uint64_t to)
{
	struct guest *runs[CORES];

	for (uint32_t i = 0; i < CORES; i++) {
		runs[i] = running(i);
		if (runs[i] == NULL)
			idle[i] += to - now;
		else
			model_run(runs[i], now, to);
	}
	for (uint32_t i = 0; i < vcpus; i++) {
		struct guest *guest = &guests[i];

		model_refill(guest, to);
		if (!guest->waits && guest != runs[0] && guest != runs[1])
			guest->stolen += to - now;
	}
	now = to;
	fake_time(now);
	for (uint32_t i = 0; i < vcpus; i++)
		model_misses(&guests[i]);
}

static bool calls(const struct guest *guest)
{
	return guest->armed && guest->compare <= now;
}

/* By an interrupt, and by nothing else. */
static void model_raises(struct guest *guest)
{
	if (guest->vcpu->priority == guest->priority)
		return;
	assert_int_equal(guest->vcpu->priority, guest->config->priority_high);
	assert_true(calls(guest));
	guest->priority = guest->config->priority_high;
	raised++;
}

/* The frame has seen that it isn't waiting any more: its period begins. */
static void model_wakes(void)
{
	for (uint32_t i = 0; i < vcpus; i++) {
		struct guest *guest = &guests[i];

		model_raises(guest);
		if (!guest->waits || guest->vcpu->waits)
			continue;
		assert_true(calls(guest));
		guest->waits = false;
		if (guest->config->deadline_us != 0)
			guest->deadline = guest->compare + US(guest->config->deadline_us);
		model_misses(guest);
	}
}

static void model_waits(void)
{
	for (uint32_t i = 0; i < vcpus; i++)
		if (guests[i].waits)
			guests[i].deadline = NEVER;
}

/* ---- what must be so ---- */

static void check_account(const struct guest *guest)
{
	const struct vcpu_account *account = &shared_memory->accounts.vcpu[guest - guests];
	uint64_t lasts = now - account->since;
	uint32_t state = account->state;
	bool other = state == ACCOUNT_READY || state == ACCOUNT_EXHAUSTED;

	assert_int_equal(account->ran + (state == ACCOUNT_RUNS ? lasts : 0), guest->ran);
	assert_int_equal(account->stolen + (other ? lasts : 0), guest->stolen);
	assert_int_equal(account->misses, guest->misses);
	assert_int_equal(account->exhausted, guest->exhausted);
	assert_int_equal(account->priority, guest->priority);
	assert_int_equal(state == ACCOUNT_WAITS, guest->waits);
	assert_int_equal(state == ACCOUNT_RUNS, running(guest->vcpu->core) == guest);
	if (!guest->waits && is_exhausted(guest) && !is_guaranteed(guest))
		assert_int_equal(state, ACCOUNT_EXHAUSTED);
}

/* Who is less urgent than what runs isn't looked at: its timer may be over, or its budget full. */
static void check_order(uint32_t number)
{
	const struct guest *runs = running(number);
	int most = runs != NULL ? urgency(runs) : -1;

	assert_true(runs == NULL || most >= 0);
	for (uint32_t i = 0; i < vcpus; i++) {
		const struct guest *guest = &guests[i];
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
		if (guest->waits && guest->config->deadline_us != 0 &&
		    guest->compare + US(guest->config->deadline_us) <= now)
			fail_msg("nobody sees that vCPU %u is late", i);
	}
}

static void check_core(uint32_t number)
{
	const struct core_account *account = &shared_memory->accounts.core[number];
	bool sleeps = running(number) == NULL;

	assert_int_equal(account->idle + (sleeps ? now - account->since : 0), idle[number]);
	check_order(number);
}

static void check(void)
{
	const char *breach = cores_breach();

	if (breach != NULL)
		fail_msg("%s", breach);
	for (uint32_t i = 0; i < CORES; i++)
		check_core(i);
	for (uint32_t i = 0; i < vcpus; i++)
		check_account(&guests[i]);
}

/* ---- from event to event ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return b > now && b < a ? b : a;
}

static uint64_t next_event(void)
{
	uint64_t next = now + 1 + random_below(US(2000));

	for (uint32_t i = 0; i < CORES; i++) {
		const struct guest *guest = running(i);

		if ((sysreg_read(cnthp_ctl_el2) & 1) != 0)
			next = earlier(next, sysreg_read(cnthp_cval_el2));
		if ((sysreg_read(cntv_ctl_el0) & 3) == 1)
			next = earlier(next, sysreg_read(cntv_cval_el0));
		if (guest != NULL)
			next = earlier(next, now + guest->work);
	}
	for (uint32_t i = 0; i < vcpus; i++)
		next = earlier(next, guests[i].deadline);
	return next;
}

/* All that there are at this time. */
static void take_interrupts(void)
{
	for (uint32_t i = 0; i < CORES; i++)
		while (cores_interrupt(i))
			continue;
	model_wakes();
	check();
}

static void step(void)
{
	model_pass(next_event());
	take_interrupts();
	for (uint32_t i = 0; i < CORES; i++) {
		struct guest *guest = running(i);

		if (guest != NULL)
			act(guest);
	}
	model_waits();
	take_interrupts();
}

/* ---- the beginning ---- */

static bool store_done;

/* The next of its stores. */
static void store_now(void)
{
	struct vcpu *vcpu = vcpu_of(core.current);
	uint32_t frame = vcpu->index * FRAME + SGI_FRAME;

	switch (guests[core.current->trace_id].steps) {
	case 0:
		store_done = vgic_redist_write(vcpu, frame + 0x80, 4, ~0u);
		break;
	case 1:
		store_done = vgic_redist_write(vcpu, frame + 0x100, 4, 1u << TIMER_PPI);
		break;
	default:
		store_done = vgic_dist_write(vcpu, 0, 4, VGIC_ENABLE_1);
		break;
	}
}

/* The first vCPU opens the distributor, and then turns the others on. */
static uint32_t steps_of(const struct guest *guest)
{
	return guest->vcpu->index == 0 ? STORES + guest->vcpu->partition->vcpu_count - 1
	                               : STORES - 1;
}

/* A step, or a try: a store that isn't done is executed again, as the same instruction. */
static void set_up(struct guest *guest)
{
	uint32_t number = guest->vcpu->core;

	fake_activation.pc = 4 * guest->steps;
	if (guest->steps < STORES) {
		cores_do(number, store_now);
		guest->steps += store_done;
	} else {
		cores_call(number, ON, ++guest->steps - STORES, CORES_ENTRY, 0);
	}
}

static bool is_ready(const struct guest *guest)
{
	return guest->steps == steps_of(guest);
}

static bool loads(uint32_t number)
{
	cores_on(number);
	return !cores_sleeps(number) && core.current->kind == CONTEXT_LOADER;
}

/* Who is ready lets the others be so, too. */
static void go_on(uint32_t number)
{
	struct guest *guest = running(number);

	if (loads(number)) {
		cores_load(number);
	} else if (guest != NULL && !is_ready(guest)) {
		set_up(guest);
	} else if (guest != NULL) {
		sleep_a_while(guest);
		cores_do(number, wait_now);
	}
	(void)cores_interrupt(number);
}

static bool all_ready(void)
{
	for (uint32_t i = 0; i < vcpus; i++)
		if (!is_ready(&guests[i]))
			return false;
	return true;
}

static void begin_guests(void)
{
	for (uint32_t p = 0; p < PARTITIONS; p++)
		for (uint32_t i = 0; i < plan.vcpus[p]; i++, vcpus++)
			guests[vcpus] = (struct guest){
			    .vcpu = &partition_at(p)->vcpus[i],
			    .config = (const struct bundle_vcpu *)(LAYOUT_BUNDLE + 0x3000) + vcpus,
			    .priority = plan.priority[p],
			    .work = new_work(),
			    .deadline = NEVER,
			};
}

static void begin(uint32_t seed)
{
	uint32_t times = 0;

	random_state = seed;
	now = 0;
	memset(idle, 0, sizeof(idle));
	plan_machine();
	cores_begin(&plan);
	begin_guests();
	cores_load_all();
	while (!all_ready()) {
		for (uint32_t i = 0; i < CORES; i++)
			go_on(i);
		assert_in_range(++times, 1, 1000);
	}
	cores_exchange();
	for (uint32_t i = 0; i < vcpus; i++)
		guests[i].waits = guests[i].vcpu->waits;
}

/* A machine at random may have no budget at all, or none that is ever used up; many machines don't.
 */
static void test_random(void **state)
{
	const struct seeds seeds = seeds_asked(60);
	const uint32_t count = seeds.end - seeds.first;
	uint64_t exhausted = 0, misses = 0;

	(void)state;
	for (seeds_now = seeds.first; seeds_now != seeds.end; seeds_now++) {
		begin(seeds_now);
		for (uint32_t i = 0; i < STEPS; i++)
			step();
		for (uint32_t i = 0; i < vcpus; i++) {
			exhausted += guests[i].exhausted;
			misses += guests[i].misses;
		}
	}
	if (count >= MANY)
		assert_true(exhausted > count * 10 && misses > count * 10 && raised > count * 10);
	printf("promises: %" PRIu64 " budgets used up, %" PRIu64 " deadlines missed, %" PRIu64
	       " times raised\n",
	       exhausted, misses, raised);
	seeds_now = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_random, seeds_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
