/* What is found early: its figures, and what it says of rows that the test feeds. */
#include <keeper/early.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <unit.h>

#define MIDNIGHT 29454240 /* of a Monday, in minutes */
#define DAY      1440

static struct early early;
static uint32_t begun, over;
static char said[EARLY_TEXT];
static int64_t minute;

static void told(void *to, const struct early_finding *finding, bool is_over)
{
	(void)to;
	begun += !is_over;
	over += is_over;
	memcpy(said, finding->text, sizeof(said));
}

static void start(void)
{
	begun = over = 0;
	said[0] = '\0';
	minute = MIDNIGHT;
	early_start(&early, told, NULL);
}

static void end(void)
{
	early_free(&early);
}

const struct unit_fixture unit_each = {start, end};

static const struct series_of one = {SERIES_VCPU, 0, "one"};
static const struct series_of two = {SERIES_VCPU, 1, "two"};
static const struct series_of core = {SERIES_CORE, 3, ""};
static const struct series_of system_one = {SERIES_SYSTEM, 0, "one"};

/* So many minutes, in each of which one.0 runs for this share, and waits for that one. */
static void feed(uint32_t minutes, float ran, float stolen)
{
	for (uint32_t i = 0; i < minutes; i++) {
		const struct early_vcpu values = {
		    .core = 3, .idle_seen = true, .ran = ran, .stolen = stolen};
		const struct early_vcpu others = {.core = 3, .idle_seen = true, .ran = 0.3f};

		assert_true(early_minute(&early, minute++));
		early_feed_vcpu(&early, &one, &values);
		early_feed_vcpu(&early, &two, &others);
		early_feed_core(&early, &core, 0.01f);
		early_feed_system(&early, &system_one, 0);
	}
}

/* In the sentence of the first finding that there is; if there is none, of the last one. */
static void assert_said(const char *words)
{
	if (early.count > 0)
		memcpy(said, early.findings[0].text, sizeof(said));
	if (strstr(said, words) == NULL)
		fail_msg("'%s' isn't in '%s'", words, said);
}

/* ---- figures ---- */

TEST(test_quantiles)
{
	float values[] = {5, 1, 4, 2, 3};

	assert_true(early_quantile(values, 5, 0.5f) == 3);
	assert_true(early_quantile(values, 5, 0) == 1);
	assert_true(early_quantile(values, 5, 1) == 5);
	assert_true(early_quantile(values, 1, 0.95f) == 1);
}

/* A few wild points, and a few that nobody knows, don't move a line; a step isn't one. */
TEST(test_a_line)
{
	float values[EARLY_BLOCKS];
	struct early_line line;

	for (uint32_t i = 0; i < EARLY_BLOCKS; i++)
		values[i] = 10 + 2 * (float)i;
	values[3] = 500;
	values[9] = -100;
	values[20] = NAN;
	assert_true(early_line(values, 0.7f, &line));
	assert_true(fabs((double)(line.slope - 2)) < 0.01);
	assert_true(fabs((double)(line.last - 56)) < 0.1);
	for (uint32_t i = 0; i < EARLY_BLOCKS; i++)
		values[i] = i < EARLY_BLOCKS / 2 ? 1 : 2;
	assert_false(early_line(values, 0.7f, &line));
	for (uint32_t i = 0; i < EARLY_BLOCKS; i++)
		values[i] = i % 2 == 0 ? NAN : (float)i;
	assert_false(early_line(values, 0.7f, &line));
}

/* ---- for whom a vCPU waits ---- */

TEST(test_blame)
{
	struct early_recent recent[] = {
	    {.of = &one, .core = 3, .ran = 0.1f, .stolen = 0.9f},
	    {.of = &two, .core = 3, .ran = 0.2f},
	    {.of = &core, .core = 3, .ran = 0.01f},
	    {.of = &system_one, .core = 2, .ran = 1},
	};

	assert_int_equal(early_blame(recent, 4, recent).why, EARLY_NOBODY);
	recent[0].exhausted = 10;
	assert_int_equal(early_blame(recent, 4, recent).why, EARLY_BUDGET);
	recent[1].ran = 0.8f;
	assert_int_equal(early_blame(recent, 4, recent).why, EARLY_NEIGHBOUR);
	assert_ptr_equal(early_blame(recent, 4, recent).who, &recent[1]);
	recent[2].ran = 0.85f;
	assert_int_equal(early_blame(recent, 4, recent).why, EARLY_SERVICE);
	recent[0].stolen = 0.01f; /* it doesn't wait */
	assert_int_equal(early_blame(recent, 4, recent).why, EARLY_NOBODY);
}

TEST(test_starved)
{
	struct early_recent recent[] = {{.of = &one, .core = 3, .ran = 0.02f, .stolen = 0.97f},
	                                {.of = &two, .core = 3, .ran = 0.96f}};

	early_recent(&early, recent, 2, 1000);
	assert_int_equal(begun, 1);
	assert_string_equal(said, "one.0 is starved: in the last 240 s it was ready for 99 % and "
	                          "ran for 2.0 %, as two.1 ran on core 3 for 96 %; move one of "
	                          "them to another core, or give two.1 a smaller budget");
	early_recent(&early, recent, 2, 2000); /* it goes on */
	assert_int_equal(begun, 1);
	recent[0].ran = 0.1f;
	early_recent(&early, recent, 2, 61999);
	assert_int_equal(over, 0);
	early_recent(&early, recent, 2, 62000);
	assert_int_equal(over, 1);
	recent[0].stolen = 0.5f; /* it rarely wants to run */
	recent[0].ran = 0;
	early_recent(&early, recent, 2, 63000);
	assert_int_equal(begun, 1);
}

/* ---- what is unusual, and what grows ---- */

/* In the first days nothing is usual yet, so nothing is unusual. */
TEST(test_nothing_is_said_before_it_is_known)
{
	feed(8 * DAY, 0.2f, 0);
	feed(DAY / 2, 1, 0);
	assert_int_equal(begun, 0);
}

TEST(test_more_than_usual)
{
	feed(11 * DAY, 0.2f, 0);
	feed(75, 0.9f, 0);
	assert_int_equal(begun, 1);
	assert_said("one.0 ran for 90 % of a core's time in the last hour, and usually 20 to 20 at "
	            "this time of day: see what in it computes so much, or restart it");
	feed(3 * 60, 0.2f, 0);
	assert_int_equal(over, 1);
	assert_int_equal(early.count, 0);
}

TEST(test_less_than_usual)
{
	feed(11 * DAY, 0.3f, 0);
	feed(75, 0, 0);
	assert_int_equal(begun, 1);
	assert_said("one.0 wanted only 0 % of a core in the last hour, and usually 30 to 30");
	assert_said("its work has ceased, or doesn't reach it; see its console and log");
}

TEST(test_a_bottleneck_is_named)
{
	feed(11 * DAY, 0.1f, 0);
	feed(75, 0.1f, 0.5f);
	assert_int_equal(begun, 1);
	assert_int_equal(early.findings[0].kind, EARLY_BOTTLENECK);
	assert_said("one.0 waited for its core for 50 % in the last hour, and usually 0 to 0 at "
	            "this time of day, as two.1 ran on core 3 for 30 %");
}

/* Three weeks at rest, and then by a share of 10 % more each day. */
TEST(test_a_leak)
{
	feed(21 * DAY, 0.1f, 0);
	for (uint32_t hour = 0; begun == 0 && hour < 96; hour++)
		feed(60, 0.1f + 0.1f * (float)hour / 24, 0);
	assert_int_equal(early.findings[0].kind, EARLY_GROWTH);
	assert_said("for 3 days more and more, by ");
	assert_said(" each day: in ");
	assert_said(" days it wants a whole core in its busiest hours: see what in it");
}

TEST(test_a_queue)
{
	feed(21 * DAY, 0.1f, 0);
	for (uint32_t quarter = 0; early.count == 0 && quarter < 40; quarter++)
		feed(15, 0.1f, (float)quarter * 0.02f);
	assert_said("core 3");
	assert_true(begun > 0);
}

TEST(test_restarts)
{
	feed(12 * DAY, 0.1f, 0);
	for (uint32_t i = 0; i < 6; i++) {
		assert_true(early_minute(&early, minute++));
		early_feed_system(&early, &system_one, 1);
		feed(59, 0.1f, 0);
	}
	feed(5 * 60, 0.1f, 0);
	assert_int_equal(begun, 1);
	assert_said("one started 6 times in the last day, and 0 times at most in any day before: "
	            "see in its log why it ends");
}

/* ---- the clock, and bounds ---- */

TEST(test_the_clock)
{
	feed(60, 0.1f, 0);
	minute -= 61; /* the end of summer */
	assert_false(early_minute(&early, minute));
	minute += 90;
	assert_true(early_minute(&early, minute));
	assert_non_null(early.rows[0]);
	assert_true(early_minute(&early, minute - DAY)); /* it begins anew */
	assert_null(early.rows[0]);
	minute -= DAY - 1;
	feed(60, 0.1f, 0);
	assert_true(early_minute(&early, minute + 100 * DAY));
	assert_null(early.rows[0]);
}

TEST(test_bounds)
{
	struct series_of of = {SERIES_VCPU, 0, "other"};
	struct early_recent recent = {.of = &of, .core = 1, .stolen = 1};
	const struct early_vcpu values = {.core = 1, .idle_seen = true};

	assert_true(early_minute(&early, minute));
	for (of.number = 0; of.number < 100; of.number++) {
		early_recent(&early, &recent, 1, 1000);
		early_feed_vcpu(&early, &of, &values);
	}
	assert_int_equal(early.count, EARLY_FINDINGS);
	assert_int_equal(begun, EARLY_FINDINGS);
	assert_int_equal(early.rows[EARLY_ROWS - 1]->of.number, EARLY_ROWS - 1);
}
