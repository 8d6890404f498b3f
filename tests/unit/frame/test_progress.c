/*
 * When a core gets nowhere, and when it only looks so; and what an interrupt of the frame itself
 * leaves for the way back.
 *
 * Shows: frame.stands.
 */
#include "crashes.h"
#include <fake/cpu.h>
#include <frame/gic.h>
#include <machine/gic_cpu.h>
#include <run/progress.h>
#include <unit.h>
#include <word/timer.h>

#define HZ     1000000u
#define PERIOD (HZ / 2)
#define SURE   3
#define DUE    5 /* CNTHP_CTL_EL2: on, and its time has come */
#define NOT    1

struct core core;
static bool waits; /* an interrupt */

uint64_t timer_now(void)
{
	return sysreg_read(cntpct_el0);
}

static bool is_pending(void)
{
	return waits;
}

static void pass(uint64_t ticks)
{
	fake_time(timer_now() + ticks);
}

static void setup(void)
{
	fake_cpu_reset((struct fake_hooks){.pending = is_pending});
	core = (struct core){.urgency = 2, .look = PERIOD};
	fake_time(HZ);
	progress_sleep(); /* no row is left of the last test */
	progress_look();
	progress_sleep();
	core.held = 0;
	waits = false;
	pass(PERIOD);
}
const struct unit_fixture unit_each = {setup, NULL};

static bool comes(uint64_t control)
{
	fake_sysregs->cnthp_ctl_el2 = control;
	return progress_interrupt();
}

static void looks(uint32_t times)
{
	for (uint32_t i = 0; i < times; i++, pass(PERIOD))
		progress_look();
}

/* ---- an interrupt of the frame itself ---- */

TEST(test_another_interrupt_waits_for_the_way_back)
{
	gic_mask_class(core.urgency);
	fake_sysregs->cnthp_cval_el2 = 1;
	for (uint32_t i = 0; i < 2 * SURE; i++, pass(PERIOD))
		assert_false(comes(NOT));
	assert_int_equal(fake_sysregs->pmr, GIC_PRIORITY_PRIVATE);
	assert_int_not_equal(core.held, 0);
	progress_settle();
	assert_int_equal(core.held, 0);
	assert_int_equal(fake_sysregs->pmr, gic_mask_of(core.urgency));
	assert_int_equal(fake_sysregs->cnthp_cval_el2, 1);
	assert_int_equal(core.reschedule, 0);
}

TEST(test_what_was_held_back_is_taken_before_the_way_out)
{
	progress_hold();
	waits = true;
	progress_settle();
	assert_int_equal(core.reschedule, CORE_AGAIN);
}

TEST(test_the_timer_comes_again_later)
{
	gic_mask_class(core.urgency);
	assert_false(comes(DUE));
	assert_int_equal(fake_sysregs->cnthp_cval_el2, timer_now() + PERIOD);
	assert_int_equal(fake_sysregs->pmr, GIC_PRIORITY_PRIVATE);
	assert_int_not_equal(core.held, 0);
	progress_settle();
	assert_int_equal(fake_sysregs->cnthp_cval_el2, 0);
}

/* ---- interrupts without a look ---- */

TEST(test_a_core_that_does_not_look_gets_nowhere)
{
	for (uint32_t i = 1; i < SURE; i++, pass(PERIOD))
		assert_false(comes(DUE));
	assert_true(comes(DUE));
}

TEST(test_leaving_alone_is_no_look)
{
	for (uint32_t i = 1; i < SURE; i++, pass(PERIOD)) {
		assert_false(comes(DUE));
		progress_settle();
	}
	assert_true(comes(DUE));
}

TEST(test_a_look_ends_the_row)
{
	for (uint32_t i = 0; i < 3 * SURE; i++, pass(PERIOD)) {
		assert_false(comes(DUE));
		progress_look();
		progress_settle();
	}
}

TEST(test_deadlines_close_together_count_once)
{
	for (uint32_t i = 0; i < 100; i++, pass(PERIOD / 100))
		assert_false(comes(DUE));
}

/* ---- looks without a way out ---- */

TEST(test_a_core_that_circles_gets_nowhere)
{
	looks(SURE - 1);
	assert_true(crashes(progress_look));
}

TEST(test_a_guest_ends_the_row)
{
	for (uint32_t i = 0; i < SURE; i++) {
		looks(SURE - 1);
		progress_settle();
	}
}

/* The interrupt that is taken then may hold nothing back itself. */
TEST(test_a_guest_after_another_interrupt_ends_the_row)
{
	for (uint32_t i = 0; i < 2 * SURE; i++, pass(PERIOD)) {
		progress_look();
		waits = true;
		progress_settle();
		assert_int_equal(core.reschedule, CORE_AGAIN);
		assert_int_not_equal(core.held, 0);
		core.reschedule = 0;
		waits = false;
		progress_settle();
		assert_int_equal(core.held, 0);
		assert_int_equal(core.reschedule, 0);
	}
}

TEST(test_interrupts_that_never_end_leave_the_row)
{
	waits = true;
	for (uint32_t i = 1; i < SURE; i++, pass(PERIOD)) {
		progress_look();
		progress_settle();
	}
	assert_true(crashes(progress_look));
}

TEST(test_a_look_has_the_way_back_settle)
{
	progress_look();
	assert_int_not_equal(core.held, 0);
}

TEST(test_sleep_ends_the_row)
{
	for (uint32_t i = 0; i < SURE; i++) {
		looks(SURE - 1);
		progress_sleep();
	}
}
