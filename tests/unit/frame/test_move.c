/* Moves in what seldom comes together: one case each, beside those that test_resident.c plays. */
#include "cores.h"

#include <fake/cpu.h>
#include <frame/resident.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define US(n) ((n)*125 / 2) /* ticks of the fake machine's counter; for even numbers */

/* All are on the first core; the least urgent one may go to the second, which sleeps. */
static const struct cores_plan three = {
    .cores = 2,
    .partitions = 3,
    .vcpus = {1, 1, 1},
    .placed = true,
    .roam = {{0}, {0}, {3}},
    .priority = {200, 100, 50},
    .promise = {{{.budget_us = 1000, .budget_period_us = 4000, .flags = BUNDLE_VCPU_GUARANTEE}}},
};

static void wait_now(void)
{
	resident_wait(vcpu_of(core.current));
}

static void wake_first(void)
{
	resident_wake(&partition_at(0)->vcpus[0]);
}

/* Before the EL2 timer's interrupt says that the first one has a new budget. */
static void wake_others(void)
{
	fake_time(US(4000));
	resident_wake(&partition_at(2)->vcpus[0]);
	resident_wake(&partition_at(1)->vcpus[0]);
}

/*
 * The first one has used up what it is guaranteed, and another one is chosen: with that the first
 * one's new budget is seen. The same choice pushes the last one to the second core, and whom the
 * first core is to run isn't forgotten for it.
 */
static void test_a_push_keeps_the_wish_to_choose_again(void **state)
{
	struct vcpu *first = &partition_at(0)->vcpus[0], *last = &partition_at(2)->vcpus[0];
	const char *breach;

	(void)state;
	cores_begin(&three);
	fake_time(0);
	for (uint32_t i = 0; i < three.partitions; i++) {
		cores_load_all();
		cores_do(0, wait_now);
	}
	cores_do(0, wake_first);
	fake_time(US(2000));
	cores_exchange();
	cores_on(0);
	assert_ptr_equal(core.current, &first->context);
	assert_int_equal(first->lowered, 1);
	cores_do(0, wake_others);
	breach = cores_breach();
	if (breach != NULL)
		fail_msg("%s", breach);
	cores_on(0);
	assert_ptr_equal(core.current, &first->context);
	assert_int_equal(first->lowered, 0);
	assert_int_equal(last->core, 1);
	cores_exchange();
	cores_on(1);
	assert_ptr_equal(core.current, &last->context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_push_keeps_the_wish_to_choose_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
