/* What guarantees leave of a core: all have equal shares of it, whatever was guaranteed to them.
 * Turns there go on where the next period of a guarantee interrupted them. */
#include "cores.h"

#include <fake/cpu.h>
#include <frame/mail.h>
#include <frame/sched.h>
#include <frame/service.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define US(n)  ((n)*125 / 2) /* ticks of the fake machine's counter; for even numbers */
#define STEP   US(100)
#define LENGTH US(4000000ULL)
#define TICKS  250e6 /* LENGTH */

#define PRINTS (13 * STEP) /* no part of a period */

static void print(void)
{
	console_wake(CONSOLE_EVENT_UART);
}

/* Four that never wait, on one core. Interrupts come within a step. Whoever runs prints now and
 * then, which the console service, as urgent as the least of them, says in no time once it runs. */
static void run(const uint32_t guaranteed_us[4], const double shares[4])
{
	struct cores_plan plan = {
	    .cores = 1, .partitions = 4, .vcpus = {1, 1, 1, 1}, .placed = true, .console = true};
	uint64_t before[4] = {0};

	for (uint32_t p = 0; p < 4; p++) {
		plan.last[p] = guaranteed_us[p] == 0;
		if (!plan.last[p])
			plan.promise[p][0] = (struct bundle_vcpu){.budget_us = guaranteed_us[p],
			                                          .budget_period_us = 10000,
			                                          .flags = BUNDLE_VCPU_GUARANTEE};
	}
	cores_begin(&plan);
	sched_priority(&console_own->context, (uint8_t)mail_console_priority(core_bundle));
	fake_time(0);
	cores_load_all();
	for (uint64_t now = 0; now <= 2 * LENGTH; now += STEP) {
		fake_time(now);
		if (now % PRINTS == 0)
			cores_do(0, print);
		cores_exchange();
		cores_quiet(0);
		if (core.current->kind == CONTEXT_LOADER)
			cores_load_all();
		for (uint32_t p = 0; p < 4 && now == LENGTH; p++)
			before[p] = partition_at(p)->vcpus[0].account->ran;
	}
	for (uint32_t p = 0; p < 4; p++) {
		double has = (double)(partition_at(p)->vcpus[0].account->ran - before[p]) / TICKS;

		if (has < shares[p] * 0.98 || has > shares[p] * 1.02)
			fail_msg("%u has %.4f of its core, not %.4f", p, has, shares[p]);
	}
}

/* Three tenths each, and of the four that are left a quarter each. */
static void test_beside_some_without_one(void **state)
{
	(void)state;
	run((uint32_t[]){3000, 3000, 0, 0}, (double[]){0.4, 0.4, 0.1, 0.1});
}

/* What is left in a period is much less than a turn. */
static void test_beside_others_with_one(void **state)
{
	(void)state;
	run((uint32_t[]){3800, 3800, 800, 800}, (double[]){0.4, 0.4, 0.1, 0.1});
}

static void test_all_kinds(void **state)
{
	(void)state;
	run((uint32_t[]){5000, 2000, 600, 0}, (double[]){0.56, 0.26, 0.12, 0.06});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_beside_some_without_one),
	    cmocka_unit_test(test_beside_others_with_one),
	    cmocka_unit_test(test_all_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
