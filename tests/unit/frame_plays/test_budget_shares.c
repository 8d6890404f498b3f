/*
 * The rest of a core beyond guarantees: all vCPUs that never wait have equal shares of it, whatever
 * their guarantees are. The next period of a guarantee interrupts their turns, which go on
 * afterwards. A service that is always ready changes nothing of it.
 *
 * Shows: time.guarantee.
 */
#include "cores.h"

#include <fake/cpu.h>
#include <inttypes.h>
#include <run/resident.h>
#include <run/sched.h>
#include <run/wake_service.h>
#include <start/mail_begin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define US(n)  ((n)*125 / 2) /* ticks of the fake machine's counter; for even numbers */
#define STEP   US(100)       /* interrupts come within a step */
#define PERIOD 10000         /* us, of every guarantee */
#define LENGTH US(4000000ULL)
#define TICKS  250e6 /* LENGTH */

#define PRINTS (13 * STEP) /* no part of a period */

static void print(void)
{
	service_wake(SERVICE_EVENT_UART);
}

/* As many as there are guarantees, on one core; those without one are as urgent, or have priority
 * 0. The console service is as urgent as the least of them. */
static void begin(uint32_t count, const uint32_t guaranteed_us[], bool equals)
{
	struct cores_plan plan = {.cores = 1,
	                          .partitions = count,
	                          .vcpus = {1, 1, 1, 1},
	                          .placed = true,
	                          .console = true};

	for (uint32_t p = 0; p < count; p++) {
		plan.last[p] = guaranteed_us[p] == 0 && !equals;
		if (guaranteed_us[p] != 0)
			plan.promise[p][0] = (struct bundle_vcpu){.budget_us = guaranteed_us[p],
			                                          .budget_period_us = PERIOD,
			                                          .flags = BUNDLE_VCPU_GUARANTEE};
	}
	cores_begin(&plan);
	sched_priority(&services_console->context, (uint8_t)mail_service_priority(core_bundle));
	fake_time(0);
	cores_load_all();
}

/* Plays all events up to this time. */
static void go_on(uint64_t now, bool busy)
{
	fake_time(now);
	if (now % PRINTS == 0)
		cores_do(0, print);
	cores_exchange();
	if (!busy)
		cores_quiet(0);
	if (core.current->kind == CONTEXT_LOADER)
		cores_load_all();
}

static void judge(uint32_t p, uint64_t before, double share)
{
	double has = (double)(partition_at(p)->vcpus[0].run.account->ran - before) / TICKS;

	if (has < share * 0.98 || has > share * 1.02)
		fail_msg("%u has %.4f of its core, not %.4f", p, has, share);
}

/*
 * Four vCPUs that never wait. The running one prints now and then, which takes the console service
 * no time once it runs; or there is always more to print, and the service has turns like its
 * equals.
 */
static void run(const uint32_t guaranteed_us[4], bool busy, const double shares[4])
{
	uint64_t before[4] = {0};

	begin(4, guaranteed_us, false);
	for (uint64_t now = 0; now <= 2 * LENGTH; now += STEP) {
		go_on(now, busy && now > LENGTH / 2);
		for (uint32_t p = 0; p < 4 && now == LENGTH; p++)
			before[p] = partition_at(p)->vcpus[0].run.account->ran;
	}
	for (uint32_t p = 0; p < 4; p++)
		judge(p, before[p], shares[p]);
}

/* Three tenths each, and of the four that are left a quarter each; but for half a turn in each
 * three, where a service has that. */
TEST(test_beside_some_without_one)
{
	const uint32_t guaranteed_us[] = {3000, 3000, 0, 0};

	run(guaranteed_us, false, (double[]){0.4, 0.4, 0.1, 0.1});
	run(guaranteed_us, true, (double[]){0.3857, 0.3857, 0.0857, 0.0857});
}

/*
 * The rest of a period is much less than a turn. (A busy service would be as urgent as they are
 * while they have a budget.)
 */
TEST(test_beside_others_with_one)
{
	run((uint32_t[]){3800, 3800, 800, 800}, false, (double[]){0.4, 0.4, 0.1, 0.1});
}

TEST(test_all_kinds)
{
	const uint32_t guaranteed_us[] = {5000, 2000, 600, 0};

	run(guaranteed_us, false, (double[]){0.56, 0.26, 0.12, 0.06});
	run(guaranteed_us, true, (double[]){0.5514, 0.2514, 0.1114, 0.0514});
}

/* ---- vCPUs that wait ---- */

#define PERIODS 100u
#define TURN    US(SCHED_TURN_HALVED_NS / 4000) /* of two */
#define STEPS   (TURN / STEP) /* a turn ends within the last one, or is one longer */
#define NEVER   PERIOD

struct waiter {
	uint32_t at_us, lasts_us; /* once in each period, when it runs then or later; and it ends
	                             in that period */
	uint64_t period, since;   /* the last one in which it did, and when it began to */
	bool waits;
};

static void wait_now(void)
{
	resident_wait(vcpu_of(core.current));
}

static void wake_now(void)
{
	resident_wake(&partition_at(0)->vcpus[0]);
}

static void act(struct waiter *waiter, uint64_t now)
{
	if (waiter->waits && now - waiter->since >= US(waiter->lasts_us)) {
		cores_do(0, wake_now);
		waiter->waits = false;
	} else if (!waiter->waits && waiter->period != now / US(PERIOD) &&
	           now % US(PERIOD) >= US(waiter->at_us) &&
	           now % US(PERIOD) + US(waiter->lasts_us) <= US(PERIOD) &&
	           core.current == &partition_at(0)->vcpus[0].context) {
		waiter->period = now / US(PERIOD);
		waiter->since = now;
		waiter->waits = true;
		cores_do(0, wait_now);
	}
}

/* Of the first one, on its guarantee and beyond it, and of those beside it; what they had of it
 * behind its guarantee. */
struct times {
	uint64_t sure, beyond, other, service;
	uint64_t other_behind, service_behind;
};

static void count(struct times *times, const struct context *ran, bool lowered)
{
	const bool service = ran->kind != CONTEXT_VCPU;

	if (service || ran != &partition_at(0)->vcpus[0].context) {
		*(service ? &times->service : &times->other) += STEP;
		if (lowered)
			*(service ? &times->service_behind : &times->other_behind) += STEP;
	} else if (lowered)
		times->beyond += STEP;
	else
		times->sure += STEP;
}

/*
 * Beside one that never waits and a service that is always ready: it has all of its guarantee in
 * each period, and with what it has beyond that is never ahead of the other one by more than a
 * turn, and a step for each of that one's turns, whenever it waits.
 */
static struct times play(uint32_t budget_us, bool equals, struct waiter waiter)
{
	const struct vcpu *first = &partition_at(0)->vcpus[0];
	struct times times = {0};

	begin(2, (uint32_t[]){budget_us, 0}, equals);
	for (uint64_t now = 0; now <= PERIODS * US(PERIOD); now += STEP) {
		const struct context *ran = core.current;
		bool lowered = first->run.lowered;

		go_on(now, true);
		if (now <= US(PERIOD))
			continue; /* it begins */
		count(&times, ran, lowered);
		assert_in_range(times.beyond, 0, times.other + times.other / STEPS + TURN);
		act(&waiter, now);
	}
	assert_int_equal(times.sure, (PERIODS - 1) * US(budget_us));
	assert_true(times.service > (times.beyond + times.other) / 10);
	return times;
}

/* It uses up its guarantee in any piece of the other one's turn, or in the service's turn. */
TEST(test_a_waiting_vcpu_has_no_more_of_the_rest)
{
	static const uint32_t budgets_us[] = {200, 500, 700, 1900, 3000, 5300};

	for (uint32_t i = 0; i < sizeof(budgets_us) / sizeof(budgets_us[0]); i++)
		for (uint32_t at_us = 0; at_us <= budgets_us[i]; at_us += budgets_us[i] / 2)
			for (uint32_t lasts_us = 200; lasts_us <= 3000; lasts_us += 400)
				play(budgets_us[i], false,
				     (struct waiter){.at_us = at_us, .lasts_us = lasts_us});
}

/* It waits a moment in each period, on its guarantee, and wants the core for all of the rest of it:
 * a vCPU that began turns meanwhile doesn't keep it from its own. */
TEST(test_a_vcpu_that_waits_a_moment_keeps_its_share)
{
	static const uint32_t budgets_us[] = {3000, 5000, 5500, 6000, 7000, 8000};

	for (uint32_t i = 0; i < sizeof(budgets_us) / sizeof(budgets_us[0]); i++) {
		struct waiter waiter = {.lasts_us = 200};
		const uint64_t left = LENGTH / US(PERIOD) * US(PERIOD - budgets_us[i]);
		uint64_t beyond;

		begin(3, (uint32_t[]){budgets_us[i], 0, 0}, false);
		for (uint64_t now = 0; now <= LENGTH; now += STEP) {
			go_on(now, false);
			if (now >= US(PERIOD))
				act(&waiter, now);
		}
		assert_true(partition_at(0)->vcpus[0].run.account->ran >= LENGTH - left);
		beyond = partition_at(0)->vcpus[0].run.account->ran - (LENGTH - left);
		if (beyond < left / 3 * 3 / 4)
			fail_msg("on %u it has %" PRIu64 " hundredths of what is left",
			         budgets_us[i], beyond * 100 / left);
	}
}

/* What it wakes for takes no time: it waits for the guarantee that runs, at most, and not behind it
 * for a turn that this one left in the middle. */
TEST(test_a_service_that_wakes_waits_for_no_turn)
{
	uint64_t woke = 0;
	bool waits = false;

	begin(2, (uint32_t[]){9600, 0}, false);
	for (uint64_t now = 0; now <= LENGTH; now += STEP) {
		fake_time(now);
		if (!waits && now % PRINTS == 0 && now > US(PERIOD)) {
			cores_do(0, print);
			woke = now;
			waits = true;
		}
		cores_exchange();
		if (waits && core.current == &services_console->context)
			waits = false;
		if (waits)
			assert_in_range(now - woke, 0, US(PERIOD));
		cores_quiet(0);
		if (core.current->kind == CONTEXT_LOADER)
			cores_load_all();
	}
	assert_true(woke != 0);
}

/* They have turns with it until it has used it up, and then half of the rest each. */
TEST(test_among_those_as_urgent)
{
	static const uint32_t budgets_us[] = {200, 500, 700, 2000, 3000};

	for (uint32_t i = 0; i < sizeof(budgets_us) / sizeof(budgets_us[0]); i++) {
		const struct times times =
		    play(budgets_us[i], true, (struct waiter){.at_us = NEVER});

		assert_int_equal(times.beyond, 0);
		assert_in_range(times.other, times.service, 2 * times.service);
		assert_in_range(times.other_behind, times.service_behind * 9 / 10,
		                times.service_behind * 5 / 4);
	}
}
