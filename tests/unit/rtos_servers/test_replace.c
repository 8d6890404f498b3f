/*
 * The steps by which a version takes a program's place, and what each failure leads to.
 *
 * Shows: rtos.replace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <servers/supervisor/replace.h>

#define PROGRAM 5u
#define OTHER   6u
#define NOW     1000u
#define WINDOW  10000u

static struct replace replace;

static int idle(void **state)
{
	(void)state;
	replace = (struct replace){.step = REPLACE_IDLE};
	return 0;
}

static int ordered(void **state)
{
	(void)idle(state);
	assert_int_equal(replace_lay(&replace, PROGRAM), SUPERVISOR_OK);
	assert_int_equal(replace_order(&replace, PROGRAM, NOW), SUPERVISOR_OK);
	return 0;
}

static int switched(void **state)
{
	(void)ordered(state);
	assert_int_equal(replace_time(&replace, true, NOW), REPLACE_SWITCH);
	return 0;
}

static void test_nothing_is_due(void **state)
{
	(void)state;
	assert_int_equal(replace_next(&replace), UINT64_MAX);
	assert_int_equal(replace_time(&replace, true, NOW), REPLACE_NOTHING);
	assert_int_equal(replace_lay(&replace, PROGRAM), SUPERVISOR_OK);
	assert_int_equal(replace_next(&replace), UINT64_MAX);
	assert_int_equal(replace_time(&replace, true, NOW), REPLACE_NOTHING);
}

static void test_only_what_was_laid_out(void **state)
{
	(void)state;
	assert_int_equal(replace_order(&replace, PROGRAM, NOW), SUPERVISOR_NO_VERSION);
	assert_int_equal(replace_lay(&replace, PROGRAM), SUPERVISOR_OK);
	assert_int_equal(replace_order(&replace, OTHER, NOW), SUPERVISOR_NO_VERSION);
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_OK);
	assert_int_equal(replace_order(&replace, PROGRAM, NOW), SUPERVISOR_NO_VERSION);
	assert_int_equal(replace_order(&replace, OTHER, NOW), SUPERVISOR_OK);
}

static void test_one_at_a_time(void **state)
{
	(void)state;
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_BUSY);
	assert_int_equal(replace_order(&replace, PROGRAM, NOW), SUPERVISOR_BUSY);
	assert_int_equal(replace_time(&replace, true, NOW), REPLACE_SWITCH);
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_BUSY);
	assert_true(replace_proved(&replace, PROGRAM));
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_OK);
}

static void test_waits_for_the_quiet_point(void **state)
{
	(void)state;
	assert_int_equal(replace_next(&replace), NOW);
	assert_int_equal(replace_time(&replace, false, NOW), REPLACE_NOTHING);
	assert_int_equal(replace_next(&replace), NOW + REPLACE_LOOK_MS);
	assert_int_equal(replace_time(&replace, true, NOW + REPLACE_LOOK_MS), REPLACE_SWITCH);
	assert_int_equal(replace_next(&replace), NOW + REPLACE_LOOK_MS + REPLACE_PROOF_MS);
}

static void test_never_quiet(void **state)
{
	(void)state;
	assert_int_equal(replace_time(&replace, false, NOW + REPLACE_QUIET_MS - 1),
	                 REPLACE_NOTHING);
	assert_int_equal(replace_time(&replace, false, NOW + REPLACE_QUIET_MS), REPLACE_GIVE_UP);
	assert_int_equal(replace_next(&replace), UINT64_MAX);
	assert_int_equal(replace_lay(&replace, PROGRAM), SUPERVISOR_OK);
}

static void test_the_former_one_ends_first(void **state)
{
	(void)state;
	assert_false(replace_ended(&replace, OTHER));
	assert_true(replace_ended(&replace, PROGRAM));
	assert_int_equal(replace_time(&replace, true, NOW), REPLACE_NOTHING);
}

static void test_is_well(void **state)
{
	(void)state;
	assert_false(replace_ended(&replace, PROGRAM)); /* the former one's end, which is ordered */
	assert_false(replace_proved(&replace, OTHER));
	assert_true(replace_proved(&replace, PROGRAM));
	assert_false(replace_proved(&replace, PROGRAM)); /* after a restart it says so again */
	assert_false(replace_failed(&replace, PROGRAM));
	assert_int_equal(replace_next(&replace), UINT64_MAX);
}

/* It is killed once, and its end is waited for. */
static void test_is_not_well_in_time(void **state)
{
	const uint64_t due = NOW + REPLACE_PROOF_MS;

	(void)state;
	assert_int_equal(replace_time(&replace, false, due - 1), REPLACE_NOTHING);
	assert_int_equal(replace_time(&replace, false, due), REPLACE_KILL);
	assert_int_equal(replace_time(&replace, false, due + 1), REPLACE_NOTHING);
	assert_int_equal(replace_next(&replace), UINT64_MAX);
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_BUSY);
	assert_true(replace_failed(&replace, PROGRAM));
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_OK);
}

static void test_another_supervisor(void **state)
{
	(void)state;
	replace_resume(&replace, PROGRAM, NOW);
	assert_int_equal(replace_next(&replace), NOW + REPLACE_PROOF_MS);
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_BUSY);
	assert_true(replace_proved(&replace, PROGRAM));
}

static void test_who_goes_back(void **state)
{
	struct version version = {.store = 0, .proved = true};

	(void)state;
	assert_false(
	    replace_goes_back(&version, NOW, NOW, WINDOW, true)); /* it is the boot image's */
	version.store = 7;
	assert_true(replace_goes_back(&version, NOW, NOW + WINDOW - 1, WINDOW, false));
	assert_false(replace_goes_back(&version, NOW, NOW + WINDOW, WINDOW, false));
	assert_true(replace_goes_back(&version, NOW, NOW + WINDOW, WINDOW, true));
	version.proved = false;
	assert_true(replace_goes_back(&version, NOW, NOW + WINDOW, WINDOW, false));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_nothing_is_due, idle),
	    cmocka_unit_test_setup(test_only_what_was_laid_out, idle),
	    cmocka_unit_test_setup(test_one_at_a_time, ordered),
	    cmocka_unit_test_setup(test_waits_for_the_quiet_point, ordered),
	    cmocka_unit_test_setup(test_never_quiet, ordered),
	    cmocka_unit_test_setup(test_the_former_one_ends_first, ordered),
	    cmocka_unit_test_setup(test_is_well, switched),
	    cmocka_unit_test_setup(test_is_not_well_in_time, switched),
	    cmocka_unit_test_setup(test_another_supervisor, idle),
	    cmocka_unit_test_setup(test_who_goes_back, idle),
	};

	return cmocka_run_group_tests_name("the steps of a replacement", tests, NULL, NULL);
}
