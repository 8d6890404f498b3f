/*
 * Deadlines: the begin of a period, work that keeps it, and misses, each reported exactly once.
 *
 * Shows: time.deadlines.
 */
#include <pure/deadline.h>
#include <stdlib.h>
#include <unit.h>

static struct deadline deadline_of(uint32_t within, uint32_t period)
{
	struct deadline deadline = {.within = within, .period = period};

	deadline_rests(&deadline);
	return deadline;
}

/* Watches a deadline, like the frame. */
static bool missed(struct deadline *deadline, uint64_t now)
{
	if (now < deadline->at)
		return false;
	deadline_missed(deadline);
	return true;
}

TEST(test_nothing_is_due_before_it_wakes)
{
	struct deadline deadline = deadline_of(500, 1000);

	assert_false(missed(&deadline, 1u << 30));
}

TEST(test_it_is_kept)
{
	struct deadline deadline = deadline_of(500, 1000);

	deadline_wakes(&deadline, 100);
	assert_int_equal(deadline.at, 600);
	assert_false(missed(&deadline, 599));
	deadline_rests(&deadline);
	assert_false(missed(&deadline, 600));
	/* Earlier than a period ago: it begins when it wakes all the same. */
	deadline_wakes(&deadline, 700);
	assert_int_equal(deadline.at, 1200);
}

TEST(test_a_miss_is_said_once)
{
	struct deadline deadline = deadline_of(500, 1000);

	deadline_wakes(&deadline, 100);
	assert_true(missed(&deadline, 600));
	assert_false(missed(&deadline, 601));
	assert_false(missed(&deadline, 1599));
	deadline_rests(&deadline);
	assert_false(missed(&deadline, 1600));
}

/* If the work is late by all of a period, the next period begins at the end of this one. */
TEST(test_each_period_is_missed)
{
	struct deadline deadline = deadline_of(500, 1000);
	uint32_t misses = 0;

	deadline_wakes(&deadline, 0);
	for (uint64_t now = 0; now < 10000; now++)
		misses += missed(&deadline, now);
	assert_int_equal(misses, 10);
	/* Looked at late, they are told one by one. */
	while (missed(&deadline, 20000))
		misses++;
	assert_int_equal(misses, 20);
	assert_int_equal(deadline.at, 20500);
}
