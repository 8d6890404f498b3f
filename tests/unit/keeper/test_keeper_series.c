/*
 * The keeper's series: rings of three resolutions, and what is a gap in them.
 *
 * Shows: operator.series.
 */
#include <keeper/series.h>
#include <string.h>

#include <unit.h>

#define SECOND_UNITS SERIES_UNIT_HZ

static struct series series;
static struct series_sums sums;
static int64_t now;

static const struct series_of rt = {SERIES_VCPU, 0, "rt"};

static void start(void)
{
	now = 7200000;
	sums = (struct series_sums){.clock = 5, .values = {100}};
}

static void end(void)
{
	series_free(&series);
}

const struct unit_fixture unit_each = {start, end};

/* The machine's clock and the host's go on, and the vCPU runs for so many percent of that time. */
static void run(const struct series_of *of, int64_t milliseconds, unsigned int percent)
{
	const uint64_t units = (uint64_t)milliseconds * SECOND_UNITS / 1000;

	now += milliseconds;
	sums.clock += units;
	sums.values[0] += units * percent / 100;
	series_feed(&series, of, &sums, now);
}

static struct series_point point(enum series_level level, int64_t at)
{
	return series_point(series_find(&series, &rt), level, at / series_step_ms(level));
}

static void assert_share(enum series_level level, int64_t at, uint32_t percent)
{
	const struct series_point found = point(level, at);

	assert_int_not_equal(found.seen, 0);
	assert_int_equal((found.values[0] * 100ull + found.seen / 2) / found.seen, percent);
}

static void assert_gap(enum series_level level, int64_t at)
{
	assert_int_equal(point(level, at).seen, 0);
}

/* The first sums are where a row begins: they tell of no time yet. */
TEST(test_first_sums)
{
	assert_null(series_find(&series, &rt));
	series_feed(&series, &rt, &sums, now);
	assert_gap(SERIES_SECOND, now);
	run(&rt, 1000, 40);
	assert_share(SERIES_SECOND, now - 1000, 40);
	assert_gap(SERIES_SECOND, now);
	assert_gap(SERIES_SECOND, now - 2000);
	series_feed(&series, &rt, &sums, now); /* twice in a millisecond: nothing is known of it */
	assert_gap(SERIES_SECOND, now);
}

/* Answers come a little late, or early: no second becomes a gap, and no sum is lost. */
TEST(test_uneven_turns)
{
	static const int64_t turns[] = {700, 1300, 1250, 750, 1999, 1001, 2500, 500};
	const int64_t first = now;
	uint64_t all = 0;

	series_feed(&series, &rt, &sums, now);
	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++)
		run(&rt, turns[i], 25);
	for (int64_t at = first; at < now; at += 1000) {
		assert_share(SERIES_SECOND, at, 25);
		assert_in_range(point(SERIES_SECOND, at).seen, SECOND_UNITS - 2, SECOND_UNITS + 2);
		all += point(SERIES_SECOND, at).values[0];
	}
	assert_int_equal(all, sums.values[0] - 100);
	assert_int_equal(point(SERIES_MINUTE, first).values[0], all);
	assert_int_equal(point(SERIES_HOUR, first).values[0], all);
}

/* A year of seconds, shortened: each resolution keeps its own time, and no more. */
TEST(test_resolutions)
{
	const int64_t first = now;

	series_feed(&series, &rt, &sums, now);
	for (int i = 0; i < 2 * 86400; i++)
		run(&rt, 1000, i < 86400 ? 80 : 20);
	assert_share(SERIES_SECOND, now - 1, 20);
	assert_share(SERIES_SECOND, now - 3599000, 20);
	assert_gap(SERIES_SECOND, now - 3601000);
	assert_share(SERIES_MINUTE, now - 86400000 + 60000, 20);
	assert_gap(SERIES_MINUTE, now - 86400000 - 60000);
	assert_share(SERIES_HOUR, first, 80);
	assert_share(SERIES_HOUR, now - 1, 20);
	assert_int_equal(point(SERIES_HOUR, first).seen, 3600u * SECOND_UNITS);
}

/* Time without sums is a gap, however long: also one of more than a whole ring. */
TEST(test_gaps)
{
	static const int64_t silences[] = {5001, 60000, 3600000, 86400000, 400ll * 86400000};
	int64_t before;

	series_feed(&series, &rt, &sums, now);
	for (size_t i = 0; i < sizeof(silences) / sizeof(silences[0]); i++) {
		run(&rt, 1000, 50);
		before = now;
		run(&rt, silences[i], 90);
		run(&rt, 2000, 50);
		assert_share(SERIES_SECOND, now - 1500, 50);
		for (int64_t at = before + 1000; at < now - 3000 && at < before + 10000; at += 1000)
			assert_gap(SERIES_SECOND, at);
		assert_gap(SERIES_SECOND, now - 3600000);
	}
	assert_gap(SERIES_HOUR, before + 3600000);
	assert_share(SERIES_HOUR, now - 1500, 50);
	run(&rt, SERIES_GAP_MS, 10);
	assert_share(SERIES_SECOND, now - 1500, 10);
}

/* The host is suspended, and the machine with it: its clock knows nothing of that time. */
TEST(test_a_suspended_host)
{
	series_feed(&series, &rt, &sums, now);
	run(&rt, 1000, 50);
	now += 600000;
	run(&rt, 1000, 50);
	run(&rt, 1000, 50);
	assert_gap(SERIES_SECOND, now - 1500);
	assert_share(SERIES_SECOND, now - 500, 50);
	assert_gap(SERIES_MINUTE, now - 300000);
}

/* Sums, or the machine's clock, that begin anew are no use of the time. */
TEST(test_sums_that_begin_anew)
{
	series_feed(&series, &rt, &sums, now);
	run(&rt, 1000, 50);
	sums.values[0] = 3;
	now += 1000;
	sums.clock += SECOND_UNITS;
	series_feed(&series, &rt, &sums, now);
	assert_gap(SERIES_SECOND, now - 500);
	run(&rt, 1000, 30);
	assert_share(SERIES_SECOND, now - 500, 30);
	sums.clock = 0;
	run(&rt, 1000, 30);
	assert_gap(SERIES_SECOND, now - 500);
	sums.clock -= SECOND_UNITS; /* it stands still */
	run(&rt, 1000, 30);
	assert_gap(SERIES_SECOND, now - 500);
	run(&rt, 1000, 30);
	assert_share(SERIES_SECOND, now - 500, 30);
}

/* A machine whose clock is much faster than the host's fills a point: its shares stay right. */
TEST(test_a_fast_clock)
{
	series_feed(&series, &rt, &sums, now);
	for (int i = 0; i < 60; i++) {
		sums.clock += 1000u * SECOND_UNITS;
		sums.values[0] += 250u * SECOND_UNITS;
		now += 1000;
		series_feed(&series, &rt, &sums, now);
	}
	assert_share(SERIES_MINUTE, now - 60000, 25);
	assert_share(SERIES_HOUR, now - 60000, 25);
	sums.clock += 1ull << 40; /* out of all bounds */
	run(&rt, 1000, 25);
	assert_gap(SERIES_SECOND, now - 500);
	run(&rt, 1000, 25);
	assert_share(SERIES_SECOND, now - 500, 25);
}

/* All systems that a machine can have, and then an update that has others: the old ones are found
 * until their room is needed, and those that are there stay. */
TEST(test_systems_come_and_go)
{
	struct series_of of;

	memset(&of, 0, sizeof(of));
	for (uint32_t round = 0; round < 4; round++) {
		for (uint32_t i = 0; i < SERIES_ROWS / 2; i++) {
			of = (struct series_of){SERIES_VCPU, i, {(char)('a' + round)}};
			series_feed(&series, &of, &sums, now + i);
		}
		now += 1000;
	}
	for (uint32_t i = 0; i < SERIES_ROWS / 2; i++)
		for (uint32_t round = 0; round < 4; round++) {
			of = (struct series_of){SERIES_VCPU, i, {(char)('a' + round)}};
			assert_int_equal(series_find(&series, &of) != NULL, round >= 2);
		}
	of.kind = SERIES_CORE;
	assert_null(series_find(&series, &of));
}

/* Numbers of points that never were, or aren't yet, are gaps. */
TEST(test_numbers)
{
	series_feed(&series, &rt, &sums, now);
	run(&rt, 1000, 50);
	assert_int_equal(series_point(series_find(&series, &rt), SERIES_SECOND, -1).seen, 0);
	assert_gap(SERIES_SECOND, now + 3600000);
	assert_gap(SERIES_SECOND, INT64_MAX / 2);
	assert_in_range(SERIES_ROWS * sizeof(struct series_row), 1, 19u << 20);
}
