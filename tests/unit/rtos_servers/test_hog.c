/*
 * The program that kept a late one from the CPU: cases for three programs.
 *
 * Shows: rtos.starved.
 */
#include <servers/supervisor/hog.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>

#define LATE   1u
#define OTHER  2u
#define THIRD  3u
#define PERIOD 1000u

static struct hogs hogs;

static void begin(void)
{
	memset(&hogs, 0, sizeof(hogs));
	hogs.count = 4;
	hogs.places[LATE] = (struct hog_place){0, 100, 100};
	hogs.places[OTHER] = (struct hog_place){0, 100, 100};
	hogs.places[THIRD] = (struct hog_place){0, 50, 150};
	for (uint32_t i = 0; i < hogs.count; i++)
		hog_note(&hogs, i, 0);
}

const struct unit_fixture unit_each = {begin, NULL};

TEST(test_no_program_ran)
{
	uint32_t most;

	assert_false(hog_starves(&hogs, LATE, PERIOD, &most));
	assert_int_equal(most, HOG_NONE);
}

TEST(test_another_program_ran)
{
	uint32_t most;

	hogs.used[OTHER] = PERIOD * 3 / 4;
	assert_true(hog_starves(&hogs, LATE, PERIOD, &most));
	assert_int_equal(most, OTHER);
	hogs.used[OTHER]--;
	assert_false(hog_starves(&hogs, LATE, PERIOD, &most));
}

/* Its own loop is its own fault. */
TEST(test_the_late_program_ran)
{
	uint32_t most;

	hogs.used[LATE] = PERIOD;
	assert_false(hog_starves(&hogs, LATE, PERIOD, &most));
	assert_int_equal(most, HOG_NONE);
}

/* Less urgent programs, and those of another CPU, don't keep it from its CPU. */
TEST(test_programs_that_do_not_count)
{
	uint32_t most;

	hogs.used[THIRD] = PERIOD;
	assert_true(hog_starves(&hogs, LATE, PERIOD, &most)); /* it may have raised itself */
	assert_int_equal(most, THIRD);
	hogs.places[THIRD].priority_limit = 99;
	assert_false(hog_starves(&hogs, LATE, PERIOD, &most));
	hogs.used[OTHER] = PERIOD;
	hogs.places[OTHER].cpu = 1;
	assert_false(hog_starves(&hogs, LATE, PERIOD, &most));
}

TEST(test_programs_together)
{
	uint32_t most;

	hogs.used[OTHER] = PERIOD / 2;
	hogs.used[THIRD] = PERIOD / 2;
	assert_true(hog_starves(&hogs, LATE, PERIOD, &most));
	assert_int_equal(most, HOG_NONE); /* no program alone */
}

/*
 * Only time counts that the other program took since the late one was last well, and since that
 * other one began.
 */
TEST(test_only_later_time_counts)
{
	uint32_t most;

	hogs.used[OTHER] = PERIOD;
	hog_note(&hogs, LATE, PERIOD);
	assert_false(hog_starves(&hogs, LATE, 2 * PERIOD, &most));
	hog_started(&hogs, OTHER, 2 * PERIOD);
	hogs.used[OTHER] = PERIOD / 4;
	assert_false(hog_starves(&hogs, LATE, 2 * PERIOD, &most));
	hogs.used[OTHER] = PERIOD;
	assert_true(hog_starves(&hogs, LATE, 2 * PERIOD, &most));
}

TEST(test_the_counts_wrap)
{
	uint32_t most;

	hogs.used[OTHER] = UINT32_MAX - 9;
	hog_note(&hogs, LATE, UINT32_MAX - 4);
	hogs.used[OTHER] += PERIOD;
	assert_true(hog_starves(&hogs, LATE, PERIOD - 5, &most));
	assert_int_equal(most, OTHER);
}
