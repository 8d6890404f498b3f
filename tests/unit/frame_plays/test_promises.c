/*
 * Schedulers at random, on two cores with up to eight vCPUs that stay where they are, with budgets
 * and deadlines of random lengths, beside the model of promises.h; and the same with most of them
 * as urgent as a console service that is always ready.
 *
 * Shows: time.priority, time.deadlines.
 */
#include "promises.h"
#include "seeds.h"

#include <inttypes.h>
#include <run/wake_service.h>
#include <stdio.h>
#include <stdlib.h>
#include <unit.h>

#define CORES      2u
#define PARTITIONS 4u
#define STEPS      2000u
#define MANY       60u

static void plan_machine(void)
{
	struct cores_plan *plan = &promises_plan;

	*plan = (struct cores_plan){.cores = CORES, .partitions = PARTITIONS, .placed = true};
	for (uint32_t p = 0; p < PARTITIONS; p++) {
		plan->vcpus[p] = 1 + promises_random(2);
		plan->priority[p] = (uint8_t)(1 + 50 * promises_random(4));
		for (uint32_t i = 0; i < plan->vcpus[p]; i++) {
			plan->place[p][i] = (uint8_t)promises_random(CORES);
			promises_plan_at_random(&plan->promise[p][i]);
		}
	}
}

const struct unit_fixture unit_each = {NULL, seeds_tell};

/* A machine at random may have no budget at all, or none that is ever used up; many machines don't.
 */
TEST(test_random)
{
	const struct seeds seeds = seeds_asked(60);
	const uint32_t count = seeds.end - seeds.first;
	uint64_t exhausted = 0, misses = 0;

	for (seeds_now = seeds.first; seeds_now != seeds.end; seeds_now++) {
		promises_begin(seeds_now, plan_machine, NULL);
		for (uint32_t i = 0; i < STEPS; i++)
			promises_step();
		for (uint32_t i = 0; i < promises_vcpus; i++) {
			exhausted += promises_guest[i].exhausted;
			misses += promises_guest[i].misses;
		}
	}
	if (count >= MANY)
		assert_true(exhausted > count * 10 && misses > count * 10 &&
		            promises_raised > count * 10);
	printf("promises: %" PRIu64 " budgets used up, %" PRIu64 " deadlines missed, %" PRIu64
	       " times raised\n",
	       exhausted, misses, promises_raised);
	seeds_now = 0;
}

/* ---- turns beside a service that is always ready ---- */

/* Of four partitions three are as urgent as the service, on average; the rest is more so. */
static void plan_turns(void)
{
	struct cores_plan *plan = &promises_plan;

	plan_machine();
	plan->console = true;
	for (uint32_t p = 0; p < PARTITIONS; p++) {
		plan->priority[p] = promises_random(4) != 0 ? CORES_PRIORITY : CORES_PRIORITY + 1;
		for (uint32_t i = 0; i < plan->vcpus[p]; i++)
			plan->promise[p][i].priority_high = 0;
	}
}

static void print(void)
{
	service_wake(SERVICE_EVENT_UART);
}

TEST(test_turns)
{
	const struct seeds seeds = seeds_asked(30);

	for (seeds_now = seeds.first; seeds_now != seeds.end; seeds_now++) {
		promises_begin(seeds_now, plan_turns, NULL);
		promises_busy = true;
		cores_do(promises_plan.console_core, print);
		for (uint32_t i = 0; i < STEPS; i++)
			promises_step();
	}
	if (seeds.end - seeds.first >= 30)
		assert_in_range(promises_longest, 90, 100);
	printf("promises: the longest wait for equals was %" PRIu64 " %% of what it may take\n",
	       promises_longest);
	seeds_now = 0;
}
