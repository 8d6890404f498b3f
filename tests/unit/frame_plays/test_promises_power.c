/*
 * Promises while cores go off and come on: machines at random as those of test_promises.c, whose
 * vCPUs go from core to core by balance and by command, and whose cores are closed, left, switched
 * off, wanted and switched on again at random times, sooner than any policy does it. Beside what
 * promises.h holds at each step, what an analysis says of a machine comes true: a vCPU whose work
 * is to be done in time is never late, and one that is sure of a budget has it in each period in
 * which it wants it at one place.
 *
 * Shows: power.budgets, power.deadlines.
 */
#include "promises.h"
#include "seeds.h"

#include <inttypes.h>
#include <run/move.h>
#include <state/partition.h>
#include <state/shared.h>
#include <stdio.h>
#include <stdlib.h>
#include <unit.h>

#define CORES      4u
#define PARTITIONS 4u
#define STEPS      2000u
#define MANY       30u
#define US(n)      PROMISES_US(n)

/* ---- a machine at random ---- */

/* 0.5 to 4.5 ms; so much of it is a budget, and twice what there is to do in it. */
static void plan_realtime(struct bundle_vcpu *config)
{
	config->flags = BUNDLE_VCPU_REALTIME;
	config->period_us = config->budget_period_us = 2 * (250 + promises_random(2000));
	config->budget_us = 2 * (config->period_us / (8 + promises_random(24)));
	config->deadline_us = config->period_us - 2 * promises_random(config->period_us / 4);
}

/* The more urgent ones have little to do, and now and then. */
static void plan_urgent(struct bundle_vcpu *config)
{
	config->budget_period_us = 2 * (250 + promises_random(2000));
	config->budget_us = 2 * (1 + config->budget_period_us / (10 + promises_random(50)));
	config->flags = promises_random(2) == 0 ? BUNDLE_VCPU_GUARANTEE : 0;
}

/* The first partition is the real-time system; the others may be more urgent than it, or less. */
static void plan_partition(uint32_t index)
{
	struct cores_plan *plan = &promises_plan;

	plan->vcpus[index] = 1 + promises_random(2);
	plan->priority[index] = (uint8_t)(index == 0 ? 151 : 51 + 50 * promises_random(4));
	for (uint32_t i = 0; i < plan->vcpus[index]; i++) {
		plan->place[index][i] = (uint8_t)promises_random(CORES);
		if (index == 0) {
			plan_realtime(&plan->promise[index][i]);
			continue;
		}
		plan->roam[index][i] = (uint8_t)promises_random(1u << CORES);
		if (plan->priority[index] >= plan->priority[0])
			plan_urgent(&plan->promise[index][i]);
		else
			promises_plan_at_random(&plan->promise[index][i]);
	}
}

static void plan_machine(void)
{
	promises_plan = (struct cores_plan){.cores = CORES,
	                                    .partitions = PARTITIONS,
	                                    .placed = true,
	                                    .console = true,
	                                    .stay_on = true};
	for (uint32_t p = 0; p < PARTITIONS; p++)
		plan_partition(p);
}

/* ---- what is promised of it ---- */

static bool kept[PROMISES_VCPUS_MAX]; /* its deadlines */

/* What may come before it in so long, of another one that may be where it may: a budget is there
 * at any time of its period, so at the end of one and at the beginning of the next. */
static uint64_t taken_by(const struct promises_guest *other, const struct promises_guest *guest,
                         uint64_t ticks)
{
	const uint64_t period = US(other->config->budget_period_us);
	const uint64_t budget = US(other->config->budget_us);

	if ((other->config->cores & guest->config->cores) == 0 ||
	    other->config->priority_high < guest->config->priority_low)
		return 0;
	if (budget == 0)
		return PROMISES_NEVER;
	return (ticks + period - budget + period - 1) / period * budget;
}

/* Whether it has so many ticks done within so many, whatever the others do. */
static bool has_in_time(const struct promises_guest *guest, uint64_t own, uint64_t within)
{
	uint64_t takes = own, before = 0;

	while (takes != before && takes <= within) {
		before = takes;
		takes = own;
		for (uint32_t i = 0; i < promises_vcpus && takes <= within; i++) {
			const struct promises_guest *other = &promises_guest[i];
			const uint64_t more = other == guest ? 0 : taken_by(other, guest, before);

			takes = more == PROMISES_NEVER ? more : takes + more;
		}
	}
	return takes <= within;
}

/* Two pieces of a real-time system's work are no more than its budget, which so never ends. */
static void describe(void)
{
	for (uint32_t i = 0; i < promises_vcpus; i++) {
		struct promises_guest *guest = &promises_guest[i];
		const struct bundle_vcpu *config = guest->config;

		kept[i] = false;
		if ((config->flags & BUNDLE_VCPU_REALTIME) != 0) {
			guest->every = US(config->period_us);
			guest->most = US(config->budget_us) / 2;
			kept[i] = has_in_time(guest, guest->most, US(config->deadline_us));
		} else if (config->budget_us != 0) {
			guest->sure =
			    has_in_time(guest, US(config->budget_us), US(config->budget_period_us));
		}
	}
}

/* ---- who switches cores ---- */

static uint32_t closed;         /* a bit each */
static uint32_t welcome[CORES]; /* vCPUs that were there by then, or were sent there */
static uint64_t times_dark, times_closed, strays;

static void tell(uint32_t number, uint64_t how)
{
	assert_int_equal(cores_power(promises_plan.console_core, number, how), 0);
}

static void move(uint32_t id, uint32_t number)
{
	const struct vcpu *vcpu = promises_guest[id].vcpu;

	cores_on(promises_plan.console_core);
	assert_int_equal(move_ask(vcpu->partition->index, vcpu->index, number), 0);
}

/* One of these cores. */
static uint32_t any_of(uint32_t cores)
{
	for (uint32_t skip = promises_random((uint32_t)__builtin_popcount(cores)); skip != 0;
	     skip--)
		cores &= cores - 1;
	return (uint32_t)__builtin_ctz(cores);
}

/* The rule: a real-time vCPU keeps its core, and each other one has another core. */
static bool may_close(uint32_t number)
{
	if (number == promises_plan.console_core)
		return false;
	for (uint32_t i = 0; i < promises_vcpus; i++) {
		const struct promises_guest *guest = &promises_guest[i];
		const uint32_t others = guest->config->cores & ~closed & ~(1u << number);

		if (others == 0)
			return false;
		if (guest->vcpu->core == number &&
		    (guest->config->flags & BUNDLE_VCPU_REALTIME) != 0)
			return false;
	}
	return true;
}

static uint32_t who_is_on(uint32_t number)
{
	uint32_t ids = 0;

	for (uint32_t i = 0; i < promises_vcpus; i++)
		ids |= (uint32_t)(promises_guest[i].vcpu->core == number) << i;
	return ids;
}

/* The balance brings no vCPU there, but for one that was on its way by then. */
static void count_strays(void)
{
	for (uint32_t i = 0; i < CORES; i++)
		if ((closed >> i & 1) != 0) {
			strays += (uint32_t)__builtin_popcount(who_is_on(i) & ~welcome[i]);
			welcome[i] |= who_is_on(i);
		}
}

static void close_core(uint32_t number)
{
	times_closed++;
	welcome[number] = who_is_on(number);
	closed |= 1u << number;
	tell(number, SERVICE_POWER_CLOSE);
	for (uint32_t i = 0; i < promises_vcpus; i++)
		if (promises_guest[i].vcpu->core == number)
			move(i, any_of(promises_guest[i].config->cores & ~closed));
	if (promises_random(4) != 0)
		tell(number, SERVICE_POWER_OFF); /* once they have left */
}

static void open_core(uint32_t number)
{
	closed &= ~(1u << number);
	times_dark += cores_is_dark(number);
	promises_heard &= ~(SERVICE_EVENT_CORE << number);
	tell(number, SERVICE_POWER_OPEN);
}

/* Somebody is on his way to one that is off: soon it comes. */
static void hear(void)
{
	for (uint32_t i = 0; i < CORES; i++)
		if (cores_is_dark(i) && (promises_heard & SERVICE_EVENT_CORE << i) != 0 &&
		    promises_random(2) == 0)
			open_core(i);
}

static void send_somebody(void)
{
	const uint32_t id = promises_random(promises_vcpus);

	const uint32_t number = any_of(promises_guest[id].config->cores);

	if ((promises_guest[id].config->flags & BUNDLE_VCPU_REALTIME) != 0)
		return;
	welcome[number] |= 1u << id;
	move(id, number);
}

static void switch_cores(void)
{
	const uint32_t number = promises_random(CORES);

	hear();
	if (promises_random(4) != 0)
		return;
	if ((closed >> number & 1) != 0) {
		if (promises_random(4) == 0)
			open_core(number);
	} else if (may_close(number)) {
		close_core(number);
	}
	if (promises_random(8) == 0)
		send_somebody();
}

/* ---- the play ---- */

static uint64_t in_time, given, exhausted, moved;

static void judge(void)
{
	for (uint32_t i = 0; i < promises_vcpus; i++) {
		const struct promises_guest *guest = &promises_guest[i];

		if (kept[i] && guest->misses != 0)
			fail_msg("vCPU %u was late %u times", i, guest->misses);
		in_time += kept[i] ? guest->woken : 0;
		given += guest->given;
		exhausted += guest->exhausted;
		moved += shared_memory->accounts.vcpu[i].moves;
	}
}

const struct unit_fixture unit_each = {NULL, seeds_tell};

TEST(test_cores_go_and_come)
{
	const struct seeds seeds = seeds_asked(30);
	const uint32_t count = seeds.end - seeds.first;

	for (seeds_now = seeds.first; seeds_now != seeds.end; seeds_now++) {
		closed = 0;
		promises_begin(seeds_now, plan_machine, describe);
		for (uint32_t i = 0; i < STEPS; i++) {
			promises_step();
			switch_cores();
			promises_settle();
			count_strays();
		}
		judge();
	}
	printf("promises: %" PRIu64 " times closed, %" PRIu64 " strays, %" PRIu64
	       " times a core was off, %" PRIu64 " moves, %" PRIu64 " deadlines kept, %" PRIu64
	       " budgets given, %" PRIu64 " used up\n",
	       times_closed, strays, times_dark, moved, in_time, given, exhausted);
	if (count >= MANY) {
		assert_true(times_dark > count * 10 && moved > count * 10 && in_time > count * 10);
		assert_true(given > count * 10 && exhausted > count * 10);
		assert_true(strays * 50 < times_closed);
	}
	seeds_now = 0;
}
