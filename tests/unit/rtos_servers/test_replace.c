/*
 * The steps by which a version takes a program's place, and the outcome of each failure.
 *
 * Shows: rtos.replace.
 */
#include <servers/supervisor/replace.h>
#include <stdint.h>
#include <unit.h>

#define PROGRAM 5u
#define OTHER   6u
#define NOW     1000u
#define WINDOW  10000u

static struct replace replace;

static void idle(void)
{
	replace = (struct replace){.step = REPLACE_IDLE};
}

static void ordered(void)
{
	idle();
	assert_int_equal(replace_lay(&replace, PROGRAM), SUPERVISOR_OK);
	assert_int_equal(replace_order(&replace, PROGRAM, NOW), SUPERVISOR_OK);
}

static void switched(void)
{
	ordered();
	assert_int_equal(replace_time(&replace, true, NOW), REPLACE_SWITCH);
}

TEST_WITH(test_nothing_is_due, idle, NULL)
{
	assert_int_equal(replace_next(&replace), UINT64_MAX);
	assert_int_equal(replace_time(&replace, true, NOW), REPLACE_NOTHING);
	assert_int_equal(replace_lay(&replace, PROGRAM), SUPERVISOR_OK);
	assert_int_equal(replace_next(&replace), UINT64_MAX);
	assert_int_equal(replace_time(&replace, true, NOW), REPLACE_NOTHING);
}

TEST_WITH(test_only_a_version_that_was_laid_out, idle, NULL)
{
	assert_int_equal(replace_order(&replace, PROGRAM, NOW), SUPERVISOR_NO_VERSION);
	assert_int_equal(replace_lay(&replace, PROGRAM), SUPERVISOR_OK);
	assert_int_equal(replace_order(&replace, OTHER, NOW), SUPERVISOR_NO_VERSION);
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_OK);
	assert_int_equal(replace_order(&replace, PROGRAM, NOW), SUPERVISOR_NO_VERSION);
	assert_int_equal(replace_order(&replace, OTHER, NOW), SUPERVISOR_OK);
}

TEST_WITH(test_one_version_at_a_time, ordered, NULL)
{
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_BUSY);
	assert_int_equal(replace_order(&replace, PROGRAM, NOW), SUPERVISOR_BUSY);
	assert_int_equal(replace_time(&replace, true, NOW), REPLACE_SWITCH);
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_BUSY);
	assert_true(replace_proved(&replace, PROGRAM));
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_OK);
}

TEST_WITH(test_waits_for_the_quiet_point, ordered, NULL)
{
	assert_int_equal(replace_next(&replace), NOW);
	assert_int_equal(replace_time(&replace, false, NOW), REPLACE_NOTHING);
	assert_int_equal(replace_next(&replace), NOW + REPLACE_LOOK_MS);
	assert_int_equal(replace_time(&replace, true, NOW + REPLACE_LOOK_MS), REPLACE_SWITCH);
	assert_int_equal(replace_next(&replace), NOW + REPLACE_LOOK_MS + REPLACE_PROOF_MS);
}

TEST_WITH(test_never_quiet, ordered, NULL)
{
	assert_int_equal(replace_time(&replace, false, NOW + REPLACE_QUIET_MS - 1),
	                 REPLACE_NOTHING);
	assert_int_equal(replace_time(&replace, false, NOW + REPLACE_QUIET_MS), REPLACE_GIVE_UP);
	assert_int_equal(replace_next(&replace), UINT64_MAX);
	assert_int_equal(replace_lay(&replace, PROGRAM), SUPERVISOR_OK);
}

TEST_WITH(test_the_former_version_ends_first, ordered, NULL)
{
	assert_false(replace_ended(&replace, OTHER));
	assert_true(replace_ended(&replace, PROGRAM));
	assert_int_equal(replace_time(&replace, true, NOW), REPLACE_NOTHING);
}

TEST_WITH(test_is_well, switched, NULL)
{
	assert_false(replace_ended(&replace, PROGRAM)); /* the former one's end, which is ordered */
	assert_false(replace_proved(&replace, OTHER));
	assert_true(replace_proved(&replace, PROGRAM));
	assert_false(replace_proved(&replace, PROGRAM)); /* after a restart it says so again */
	assert_false(replace_failed(&replace, PROGRAM));
	assert_int_equal(replace_next(&replace), UINT64_MAX);
}

/* The version is killed once, and its end is awaited. */
TEST_WITH(test_is_not_well_in_time, switched, NULL)
{
	const uint64_t due = NOW + REPLACE_PROOF_MS;

	assert_int_equal(replace_time(&replace, false, due - 1), REPLACE_NOTHING);
	assert_int_equal(replace_time(&replace, false, due), REPLACE_KILL);
	assert_int_equal(replace_time(&replace, false, due + 1), REPLACE_NOTHING);
	assert_int_equal(replace_next(&replace), UINT64_MAX);
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_BUSY);
	assert_true(replace_failed(&replace, PROGRAM));
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_OK);
}

TEST_WITH(test_another_supervisor, idle, NULL)
{
	replace_resume(&replace, PROGRAM, NOW);
	assert_int_equal(replace_next(&replace), NOW + REPLACE_PROOF_MS);
	assert_int_equal(replace_lay(&replace, OTHER), SUPERVISOR_BUSY);
	assert_true(replace_proved(&replace, PROGRAM));
}

TEST_WITH(test_versions_that_go_back, idle, NULL)
{
	struct version version = {.store = 0, .proved = true};

	assert_false(replace_goes_back(&version, NOW, NOW, WINDOW, true)); /* the boot image's */
	version.store = 7;
	assert_true(replace_goes_back(&version, NOW, NOW + WINDOW - 1, WINDOW, false));
	assert_false(replace_goes_back(&version, NOW, NOW + WINDOW, WINDOW, false));
	assert_true(replace_goes_back(&version, NOW, NOW + WINDOW, WINDOW, true));
	version.proved = false;
	assert_true(replace_goes_back(&version, NOW, NOW + WINDOW, WINDOW, false));
}
