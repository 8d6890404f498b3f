/*
 * Who kept a late program from the CPU: cases for three programs.
 *
 * Shows: rtos.starved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <servers/supervisor/hog.h>
#include <string.h>

#define LATE   1u
#define OTHER  2u
#define THIRD  3u
#define PERIOD 1000u

static struct hogs hogs;

static int begin(void **state)
{
	(void)state;
	memset(&hogs, 0, sizeof(hogs));
	hogs.count = 4;
	hogs.places[LATE] = (struct hog_place){0, 100, 100};
	hogs.places[OTHER] = (struct hog_place){0, 100, 100};
	hogs.places[THIRD] = (struct hog_place){0, 50, 150};
	for (uint32_t i = 0; i < hogs.count; i++)
		hog_note(&hogs, i, 0);
	return 0;
}

static void test_nobody_ran(void **state)
{
	uint32_t most;

	(void)state;
	assert_false(hog_starves(&hogs, LATE, PERIOD, &most));
	assert_int_equal(most, HOG_NONE);
}

static void test_another_one_ran(void **state)
{
	uint32_t most;

	(void)state;
	hogs.used[OTHER] = PERIOD * 3 / 4;
	assert_true(hog_starves(&hogs, LATE, PERIOD, &most));
	assert_int_equal(most, OTHER);
	hogs.used[OTHER]--;
	assert_false(hog_starves(&hogs, LATE, PERIOD, &most));
}

/* Its own loop is its own fault. */
static void test_it_ran_itself(void **state)
{
	uint32_t most;

	(void)state;
	hogs.used[LATE] = PERIOD;
	assert_false(hog_starves(&hogs, LATE, PERIOD, &most));
	assert_int_equal(most, HOG_NONE);
}

/* Less urgent ones, and those of another CPU, don't keep it from its own. */
static void test_who_does_not_count(void **state)
{
	uint32_t most;

	(void)state;
	hogs.used[THIRD] = PERIOD;
	assert_true(hog_starves(&hogs, LATE, PERIOD, &most)); /* it may have raised itself */
	assert_int_equal(most, THIRD);
	hogs.places[THIRD].priority_limit = 99;
	assert_false(hog_starves(&hogs, LATE, PERIOD, &most));
	hogs.used[OTHER] = PERIOD;
	hogs.places[OTHER].cpu = 1;
	assert_false(hog_starves(&hogs, LATE, PERIOD, &most));
}

static void test_together(void **state)
{
	uint32_t most;

	(void)state;
	hogs.used[OTHER] = PERIOD / 2;
	hogs.used[THIRD] = PERIOD / 2;
	assert_true(hog_starves(&hogs, LATE, PERIOD, &most));
	assert_int_equal(most, HOG_NONE); /* none of them alone */
}

/* Only what was taken since it was well, and since the other one began. */
static void test_since_when(void **state)
{
	uint32_t most;

	(void)state;
	hogs.used[OTHER] = PERIOD;
	hog_note(&hogs, LATE, PERIOD);
	assert_false(hog_starves(&hogs, LATE, 2 * PERIOD, &most));
	hog_started(&hogs, OTHER, 2 * PERIOD);
	hogs.used[OTHER] = PERIOD / 4;
	assert_false(hog_starves(&hogs, LATE, 2 * PERIOD, &most));
	hogs.used[OTHER] = PERIOD;
	assert_true(hog_starves(&hogs, LATE, 2 * PERIOD, &most));
}

static void test_the_counts_wrap(void **state)
{
	uint32_t most;

	(void)state;
	hogs.used[OTHER] = UINT32_MAX - 9;
	hog_note(&hogs, LATE, UINT32_MAX - 4);
	hogs.used[OTHER] += PERIOD;
	assert_true(hog_starves(&hogs, LATE, PERIOD - 5, &most));
	assert_int_equal(most, OTHER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_nobody_ran, begin),
	    cmocka_unit_test_setup(test_another_one_ran, begin),
	    cmocka_unit_test_setup(test_it_ran_itself, begin),
	    cmocka_unit_test_setup(test_who_does_not_count, begin),
	    cmocka_unit_test_setup(test_together, begin),
	    cmocka_unit_test_setup(test_since_when, begin),
	    cmocka_unit_test_setup(test_the_counts_wrap, begin),
	};

	return cmocka_run_group_tests_name("who kept a late program waiting", tests, NULL, NULL);
}
