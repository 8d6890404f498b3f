/*
 * Cores that move of their own accord: decisions for known loads. The invariants for all loads are
 * in test_shift_random.c.
 *
 * Shows: cores.by-load.
 */
#include "shift_play.h"

#include <unit.h>

/* Expects a request for this move, and tells the decision that the request was recorded. */
static void expect_asked(uint32_t milliseconds, uint32_t core, uint32_t from, uint32_t to)
{
	struct shift_step step = {0};

	assert_true(steps(&step, milliseconds));
	assert_int_equal(step.what, SHIFT_ASK);
	assert_true(step.core == core && step.from == from && step.to == to);
	record(core, from, to, look.now + step.wait);
	shift_asked(&shift, &look, HOLD_NUMBER(look.record[core]));
}

static void expect_step(uint32_t milliseconds, enum shift_what what)
{
	struct shift_step step = {0};

	assert_true(steps(&step, milliseconds));
	assert_int_equal(step.what, what);
}

static void expect_nothing(uint32_t milliseconds)
{
	struct shift_step step;

	assert_false(steps(&step, milliseconds));
}

const struct unit_fixture unit_each = {start, NULL};

TEST(a_full_partition_gets_an_idle_core)
{
	load[1] = 100;
	expect_nothing(SHIFT_STAY_MS - 100);
	expect_asked(500, 2, 0, 1);
	expect_nothing(100);
	pass(2);
	expect_step(100, SHIFT_CAME);
	/* With two it has enough. */
	expect_nothing(60000);
}

TEST(a_core_goes_back_with_the_load)
{
	load[1] = 200;
	expect_asked(SHIFT_STAY_MS + 500, 2, 0, 1);
	pass(2);
	expect_step(100, SHIFT_CAME);
	expect_asked(SHIFT_STAY_MS + 2000, 1, 0, 1);
	pass(1);
	expect_step(100, SHIFT_CAME);
	load[1] = 20;
	load[0] = 100;
	expect_asked(SHIFT_STAY_MS + 2000, 2, 1, 0);
}

TEST(between_the_limits_nothing_moves)
{
	load[1] = SHIFT_FULL;
	expect_nothing(60000);
	load[0] = 2 * SHIFT_ENOUGH + 10; /* it needs all three cores */
	expect_nothing(2000);
	load[1] = 100;
	expect_nothing(60000);
}

TEST(the_least_is_kept)
{
	machine.plan.least[0] = 3;
	load[1] = 100;
	expect_nothing(60000);
	machine.plan.least[0] = 2;
	expect_asked(1000, 2, 0, 1);
	pass(2);
	expect_step(100, SHIFT_CAME);
	load[1] = 200;
	expect_nothing(60000);
}

TEST(a_refusing_holder_keeps_it_for_a_while)
{
	load[1] = 100;
	expect_asked(SHIFT_STAY_MS + 500, 2, 0, 1);
	record(2, 0, 0, 0);
	expect_step(100, SHIFT_REFUSED);
	expect_nothing(SHIFT_BARRED_MS - 100);
	expect_asked(2000, 2, 0, 1);
}

TEST(a_silent_holder_keeps_it)
{
	load[1] = 100;
	expect_asked(SHIFT_STAY_MS + 500, 2, 0, 1);
	expect_nothing(SHIFT_WAIT_MS - 100);
	expect_step(200, SHIFT_WITHDRAW);
	record(2, 0, 0, 0);
	expect_nothing(SHIFT_BARRED_MS - 100);
}

/* An error of the frame's. */
TEST(a_refused_request_is_over)
{
	struct shift_step step;

	load[1] = 100;
	assert_true(steps(&step, SHIFT_STAY_MS + 500));
	shift_asked(&shift, &look, -1);
	expect_step(100, SHIFT_REFUSED);
}

TEST(a_core_sent_by_hand_stays)
{
	load[0] = 300;
	expect_nothing(SHIFT_STAY_MS + 5000);
	record(2, 1, 1, 0); /* by hand */
	expect_nothing(SHIFT_STAY_MS - 100);
	expect_asked(1000, 2, 1, 0);
}

TEST(foreign_requests_are_left_alone)
{
	load[1] = 100;
	record(2, 0, 1, UINT64_C(1) << 40);
	record(1, 0, 1, UINT64_C(1) << 40);
	expect_nothing(60000);
}

/*
 * A third partition takes a core that no partition holds and lets it go again, all the time. No
 * other partition has a part in that.
 */
TEST(a_restless_partition_holds_up_no_other)
{
	struct shift_step step = {0};

	machine.cores = 5;
	machine.partitions = 3;
	machine.holders[4] = 6;
	machine.free = 1u << 4;
	machine.speed[4] = BUNDLE_SPEED_FASTEST;
	machine.plan.least[1] = machine.plan.least[2] = 1;
	machine.fixed[2] = 1;
	machine.fixed_speed[2] = BUNDLE_SPEED_FASTEST;
	load[1] = 100;
	for (uint32_t times = 0; times < 60 && step.what == SHIFT_NOTHING; times++) {
		record(4, times % 2 == 0 ? HOLD_NOBODY : 2, times % 2 == 0 ? HOLD_NOBODY : 2, 0);
		(void)steps(&step, 100);
	}
	assert_int_equal(step.what, SHIFT_ASK);
	assert_true(step.core == 2 && step.from == 0 && step.to == 1);
}

TEST(by_hand_nothing_moves)
{
	load[1] = 100;
	shift.off = true;
	expect_nothing(60000);
	assert_true(shift_later(&shift, &machine, &look) == UINT64_MAX);
	shift.off = false;
	expect_asked(2000, 2, 0, 1);
}

/* Loads from before a time by hand don't count. */
TEST(earlier_loads_do_not_count)
{
	load[1] = 100;
	expect_nothing(SHIFT_STAY_MS - 100);
	shift.off = true;
	expect_nothing(60000);
	load[1] = 0;
	work();
	shift.off = false;
	expect_nothing(60000);
}

TEST(the_day_has_its_times)
{
	machine.plan.by_load = 0;
	schedule(0, 6 * 60, 2, 0);
	schedule(1, 22 * 60, 2, 1);
	look.minute = 1000 * 24 * 60 + 21 * 60;
	begin();
	expect_nothing(1000);
	look.minute += 60;
	expect_asked(20, 2, 0, 1);
	pass(2);
	expect_step(100, SHIFT_CAME);
	look.minute += 60;
	expect_nothing(1000);
	/* Days later the last time counts, and the core is already there. */
	look.minute += 3 * 24 * 60;
	expect_nothing(1000);
	look.minute += 8 * 60;
	expect_asked(20, 2, 1, 0);
}

TEST(the_schedules_core_is_not_the_loads)
{
	load[1] = 200;
	schedule(0, 60, 2, 0);
	begin();
	expect_asked(SHIFT_STAY_MS + 500, 1, 0, 1);
	pass(1);
	expect_step(100, SHIFT_CAME);
	expect_nothing(60000);
}

TEST(the_day_keeps_the_least)
{
	schedule(0, 60, 2, 1);
	machine.plan.least[0] = 3;
	begin();
	look.minute = 61;
	expect_step(20, SHIFT_LEAST);
	expect_nothing(1000);
}

/* A slow core does less for its partition than a fast one. */
TEST(spare_cores_go_by_speed)
{
	machine.holders[1] = 0;
	machine.fixed[0] = 2;
	machine.fixed_speed[0] = BUNDLE_SPEED_FASTEST;
	machine.speed[0] = machine.speed[1] = BUNDLE_SPEED_FASTEST / 2;
	load[0] = 55 + SHIFT_ENOUGH / 2; /* 55 are more than half of its speed without core 2 */
	load[1] = 100;
	expect_nothing(60000);
	machine.speed[2] = BUNDLE_SPEED_FASTEST / 2;
	machine.fixed_speed[0] = BUNDLE_SPEED_FASTEST * 3 / 2;
	expect_asked(1000, 2, 0, 1);
}

/* The same load fills the slower cores. */
TEST(slow_cores_make_a_partition_want_more)
{
	load[1] = 70;
	expect_nothing(60000);
	machine.fixed_speed[1] = BUNDLE_SPEED_FASTEST * 3 / 4;
	expect_asked(2000, 2, 0, 1);
}

/*
 * A core without a holder goes to a partition that wants it, and comes back later. Another
 * partition's core doesn't.
 */
TEST(a_free_core_goes_back)
{
	machine.free = 1u << 2;
	machine.plan.least[0] = 2;
	record(2, HOLD_NOBODY, HOLD_NOBODY, 0);
	begin();
	load[1] = 100;
	expect_asked(SHIFT_STAY_MS + 2000, 2, HOLD_NOBODY, 1);
	pass(2);
	expect_step(100, SHIFT_CAME);
	expect_nothing(60000);
	load[1] = SHIFT_ENOUGH + 10; /* one core isn't enough for it */
	expect_nothing(60000);
	load[1] = SHIFT_ENOUGH;
	expect_asked(2000, 2, 1, HOLD_NOBODY);
	pass(2);
	expect_step(100, SHIFT_CAME);
	expect_nothing(60000);
}

/* A core goes to a partition that wants it rather than to none. */
TEST(a_partition_comes_before_no_holder)
{
	machine.free = 1u << 2;
	record(2, 1, 1, 0);
	begin();
	load[0] = 200;
	expect_asked(SHIFT_STAY_MS + 2000, 2, 1, 0);
}

/* Another request came meanwhile: no partition is barred for it. */
TEST(a_foreign_request_bars_no_partition)
{
	record(2, HOLD_NOBODY, HOLD_NOBODY, 0);
	machine.plan.least[0] = 2;
	begin();
	load[1] = 200;
	expect_asked(SHIFT_STAY_MS + 2000, 2, HOLD_NOBODY, 1);
	record(2, HOLD_NOBODY, HOLD_NOBODY, 0);
	expect_step(100, SHIFT_REFUSED);
	expect_asked(2000, 2, HOLD_NOBODY, 1);
}

/*
 * A core without a holder that wasn't free at the start goes to a partition that wants it, and
 * doesn't come back.
 */
TEST(a_free_core_goes_to_a_full_partition)
{
	record(1, HOLD_NOBODY, HOLD_NOBODY, 0);
	record(2, HOLD_NOBODY, HOLD_NOBODY, 0);
	begin();
	expect_nothing(SHIFT_STAY_MS + 5000);
	load[1] = 100;
	expect_asked(2000, 2, HOLD_NOBODY, 1);
	pass(2);
	expect_step(100, SHIFT_CAME);
	load[1] = 0;
	expect_nothing(60000);
	load[0] = 300;
	expect_asked(2000, 2, 1, 0);
	pass(2);
	expect_step(100, SHIFT_CAME);
	expect_asked(2000, 1, HOLD_NOBODY, 0);
}

TEST(a_core_without_a_holder_isnt_barred)
{
	record(2, HOLD_NOBODY, HOLD_NOBODY, 0);
	machine.plan.least[0] = 2;
	begin();
	load[1] = 200;
	expect_asked(SHIFT_STAY_MS + 2000, 2, HOLD_NOBODY, 1);
	expect_step(SHIFT_WAIT_MS + 200, SHIFT_WITHDRAW);
	record(2, HOLD_NOBODY, HOLD_NOBODY, 0);
	expect_asked(2000, 2, HOLD_NOBODY, 1);
}

TEST(the_day_may_take_a_holder_away)
{
	machine.plan.by_load = 0;
	schedule(0, 6 * 60, 2, 0);
	schedule(1, 22 * 60, 2, HOLD_NOBODY);
	look.minute = 21 * 60;
	begin();
	look.minute += 60;
	expect_asked(20, 2, 0, HOLD_NOBODY);
	pass(2);
	expect_step(100, SHIFT_CAME);
	look.minute += 8 * 60;
	expect_asked(20, 2, HOLD_NOBODY, 0);
}
