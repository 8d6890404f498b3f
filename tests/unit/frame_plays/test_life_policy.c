/* A partition ends by itself: policies, limits, delays. */
#include "lives.h"
#include "seen.h"

#include <fake/gic.h>
#include <fake/machine.h>
#include <state/core.h>
#include <state/partition.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

/* ---- policies ---- */

/* It runs, and a crash leads to this. */
static void run_with(enum life_policy on_crash)
{
	struct bundle_life life = CORES_LIFE;

	life.on_crash = (uint8_t)on_crash;
	lives_begin_with(life, 0);
	lives_run_all();
}

/* Shows: life.policy. */
TEST(test_each_reason_has_its_policy)
{
	static const struct {
		enum life_policy on_crash;
		enum stop_reason reason;
		enum life_state state;
	} cases[] = {
	    {LIFE_DO_RESTART, STOP_OFF, LIFE_STOPPED},
	    {LIFE_DO_STOP, STOP_OFF, LIFE_STOPPED},
	    {LIFE_DO_HOLD, STOP_OFF, LIFE_STOPPED},
	    {LIFE_DO_RESTART, STOP_RESET, LIFE_LOADING},
	    {LIFE_DO_STOP, STOP_RESET, LIFE_LOADING},
	    {LIFE_DO_HOLD, STOP_RESET, LIFE_LOADING},
	    {LIFE_DO_RESTART, STOP_FAULT, LIFE_LOADING},
	    {LIFE_DO_STOP, STOP_FAULT, LIFE_STOPPED},
	    {LIFE_DO_HOLD, STOP_FAULT, LIFE_HELD},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run_with(cases[i].on_crash);
		lives_end_by(cases[i].reason);
		lives_expect(cases[i].state);
		assert_int_equal(seen_life(lives_partition)->reason, cases[i].reason);
		assert_int_equal(lives_partition->console->report.reason, cases[i].reason);
		assert_int_equal(lives_partition->console->report.sequence, 2);
		assert_int_equal(shared_memory->life[0].reason, cases[i].reason);
	}
}

/* It makes a call that isn't one. Then its image is looked at. */
static void loader_fails(void)
{
	cores_service(0, 99, 0);
	while (lives_partition->loader.check != 0)
		assert_true(cores_interrupt(0));
}

/* A loader that fails before its partition runs.
 * Shows: services.loader. */
TEST(test_a_failed_loader_is_a_crash)
{
	static const struct {
		enum life_policy on_crash;
		enum life_state state;
	} cases[] = {
	    {LIFE_DO_RESTART, LIFE_LOADING},
	    {LIFE_DO_STOP, LIFE_STOPPED},
	    {LIFE_DO_HOLD, LIFE_STOPPED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bundle_life life = CORES_LIFE;

		life.on_crash = (uint8_t)cases[i].on_crash;
		lives_begin_with(life, 0);
		cores_settle();
		loader_fails();
		assert_int_equal(cores_state(0), LIFE_STOPPING);
		lives_expect(cases[i].state);
		assert_int_equal(lives_partition->console->report.fault, REPORT_LOADER);
		assert_int_equal(seen_life(lives_partition)->reason, STOP_FAULT);
	}
	lives_begin();
	cores_settle();
	cores_service(0, 99, 0);
	lives_expect(LIFE_LOADING);
	assert_int_equal(seen_life(lives_partition)->starts, 2);
	lives_run_all();
	lives_expect_running(true);
}

/* A loader fails, and then the frame: the recovery takes the loader's work for not done. */
TEST(test_a_failed_loader_then_the_frame)
{
	lives_begin();
	cores_settle();
	loader_fails();
	assert_int_equal(cores_state(0), LIFE_STOPPING);
	lives_partition->life.step = LIFE_STEP_LOAD;
	lives_expect(LIFE_LOADING);
	lives_run_all();
	lives_expect_running(true);
}

/* A command that comes right then has its way, but the loader's report stays. */
TEST(test_a_failed_loader_then_a_command)
{
	lives_begin();
	cores_settle();
	loader_fails();
	lives_tell(LIFE_STOP);
	lives_expect(LIFE_STOPPED);
	assert_int_equal(lives_partition->console->report.fault, REPORT_LOADER);
	assert_int_equal(lives_partition->console->report.reason, STOP_FAULT);
}

/* ---- examinations ---- */

/* Its loader's findings: a reset by a panic is a crash; all other ends stay as they were. */
TEST(test_a_panic_is_a_crash)
{
	static const struct {
		enum life_policy on_crash;
		enum stop_reason reason, found;
		enum life_state state;
	} cases[] = {
	    {LIFE_DO_RESTART, STOP_RESET, STOP_PANIC, LIFE_LOADING},
	    {LIFE_DO_STOP, STOP_RESET, STOP_PANIC, LIFE_STOPPED},
	    {LIFE_DO_HOLD, STOP_RESET, STOP_PANIC, LIFE_HELD},
	    {LIFE_DO_RESTART, STOP_OFF, STOP_OFF, LIFE_STOPPED},
	    {LIFE_DO_HOLD, STOP_OFF, STOP_OFF, LIFE_STOPPED},
	    {LIFE_DO_RESTART, STOP_FAULT, STOP_FAULT, LIFE_LOADING},
	    {LIFE_DO_HOLD, STOP_FAULT, STOP_FAULT, LIFE_HELD},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run_with(cases[i].on_crash);
		cores_examination = LOADER_PANIC;
		lives_end_by(cases[i].reason);
		lives_expect(cases[i].state);
		assert_int_equal(seen_life(lives_partition)->reason, cases[i].found);
		assert_int_equal(lives_partition->console->report.reason, cases[i].reason);
		assert_int_equal(shared_memory->life[0].reason, cases[i].found);
	}
}

/* It ends on core 1, and its loader is at work. */
static void examine_on(enum life_policy on_crash, enum stop_reason reason)
{
	run_with(on_crash);
	lives_end_by(reason);
	cores_exchange();
	assert_true(cores_examines(0));
	assert_int_equal(cores_state(0), on_crash == LIFE_DO_HOLD ? LIFE_HOLDING : LIFE_STOPPING);
}

/* A command stays, whatever the loader finds, and nothing comes before it. */
TEST(test_a_command_overtakes_an_examination)
{
	static const struct {
		enum life_policy on_crash;
		enum life_command command;
		enum life_state state;
	} cases[] = {
	    {LIFE_DO_RESTART, LIFE_STOP, LIFE_STOPPED},
	    {LIFE_DO_STOP, LIFE_STOP, LIFE_STOPPED},
	    {LIFE_DO_HOLD, LIFE_STOP, LIFE_STOPPED},
	    {LIFE_DO_RESTART, LIFE_RESTART, LIFE_LOADING},
	    {LIFE_DO_STOP, LIFE_RESTART, LIFE_LOADING},
	    {LIFE_DO_HOLD, LIFE_RESTART, LIFE_LOADING},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		examine_on(cases[i].on_crash, STOP_RESET);
		lives_tell(cases[i].command);
		cores_exchange();
		assert_true(cores_examines(0));
		assert_int_equal(cores_state(0), LIFE_STOPPING);
		cores_examination = LOADER_PANIC;
		lives_expect(cases[i].state);
		assert_int_equal(lives_partition->console->report.sequence, 2);
	}
}

/* It is said, and everything goes on as if nothing had been found. */
TEST(test_an_examination_may_fail)
{
	struct examined *examined;

	for (int hold = 0; hold < 2; hold++) {
		examine_on(hold ? LIFE_DO_HOLD : LIFE_DO_STOP, STOP_RESET);
		examined = &lives_partition->console->examined;
		examined->size = 77;
		cores_service(0, 99, 0); /* no such call */
		lives_expect(LIFE_LOADING);
		assert_int_equal(examined->flags, EXAMINED_FAILED);
		assert_int_equal(examined->size, 0);
		assert_int_equal(examined->sequence, lives_partition->console->report.sequence);
		assert_int_equal(seen_life(lives_partition)->reason, STOP_RESET);
		assert_int_equal(lives_partition->console->report.reason, STOP_RESET);
	}
}

/* Once in each life: at the end of a hold it is already done. */
TEST(test_a_held_partition_is_not_examined_again)
{
	lives_reach(LIFE_HELD);
	lives_tell(LIFE_STOP);
	cores_exchange();
	assert_false(cores_examines(0));
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	lives_tell(LIFE_START);
	cores_load_all();
	lives_tell(LIFE_STOP);
	cores_exchange();
	assert_true(cores_examines(0));
}

/* Before its end, or its standstill, is said; the report of its death stays. */
TEST(test_devices_are_silenced_at_the_end)
{
	static const struct {
		enum life_policy on_crash;
		enum life_state before, after;
	} cases[] = {
	    {LIFE_DO_STOP, LIFE_STOPPING, LIFE_STOPPED},
	    {LIFE_DO_HOLD, LIFE_HOLDING, LIFE_HELD},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int fails = 0; fails < 2; fails++) {
			examine_on(cases[i].on_crash, STOP_FAULT);
			lives_partition->loader_info->devices = 1;
			cores_examine(0);
			cores_exchange();
			assert_true(cores_silences(0));
			assert_int_equal(lives_partition->loader_info->task, LOADER_SILENCE);
			assert_int_equal(cores_state(0), cases[i].before);
			if (fails)
				cores_service(0, 99, 0); /* no such call */
			lives_expect(cases[i].after);
			assert_false(cores_silences(0));
			assert_int_equal(seen_life(lives_partition)->reason, STOP_FAULT);
			assert_int_equal(lives_partition->console->report.sequence, 2);
		}
}

/* Its loader does it, with all else; unless the next life is to wait. */
TEST(test_devices_are_silenced_once_for_a_restart)
{
	examine_on(LIFE_DO_RESTART, STOP_FAULT);
	lives_partition->loader_info->devices = 1;
	cores_examine(0);
	cores_exchange();
	assert_false(cores_silences(0));
	assert_int_equal(cores_state(0), LIFE_LOADING);
	assert_int_equal(lives_partition->loader_info->task, LOADER_AGAIN);
	cores_load_all();
	lives_call(0, SYSTEM_RESET);
	cores_exchange();
	cores_examine(0);
	cores_exchange();
	assert_true(cores_silences(0));
	lives_expect(LIFE_WAITING);
}

/*
 * A held partition is for inspection: its end by command is reported as that, and keeps the crash's
 * report. Shows: life.hold.
 */
TEST(test_a_held_partition_keeps_its_report)
{
	lives_reach(LIFE_HELD);
	lives_tell(LIFE_STOP);
	lives_expect(LIFE_STOPPED);
	assert_int_equal(seen_life(lives_partition)->reason, STOP_COMMAND);
	assert_int_equal(lives_partition->console->report.reason, STOP_FAULT);
	assert_int_equal(lives_partition->console->report.sequence, 2);
}

/* It ends by itself; how long it waits for its restart. */
static uint64_t restart_after(enum stop_reason reason)
{
	uint64_t begun;

	lives_end_by(reason);
	cores_settle();
	assert_null(cores_breach_settled());
	if (cores_state(0) == LIFE_LOADING)
		return 0;
	assert_int_equal(cores_state(0), LIFE_WAITING);
	begun = lives_now;
	lives_pass(lives_partition->life.due - lives_now - 1);
	assert_int_equal(cores_state(0), LIFE_WAITING);
	lives_pass(1);
	assert_int_equal(cores_state(0), LIFE_LOADING);
	return lives_now - begun;
}

TEST(test_restarts_are_limited_and_grow_slower)
{
	lives_now = 1000000 * MILLISECOND; /* long after a window's time */
	lives_begin();
	fake_time(lives_now);
	for (uint32_t i = 0; i < 5; i++) {
		lives_run_all();
		assert_int_equal(restart_after(i % 2 ? STOP_FAULT : STOP_RESET),
		                 i == 0 ? 0 : (100 * MILLISECOND) << (i - 1));
		assert_int_equal(seen_life(lives_partition)->failed, i + 1);
	}
	lives_run_all();
	lives_end_by(STOP_RESET);
	lives_expect(LIFE_STOPPED);
	assert_int_equal(seen_life(lives_partition)->starts, 6);
}

TEST(test_without_delay_restarts_are_at_once)
{
	struct bundle_life life = CORES_LIFE;

	life.limit = 100;
	life.delay = 0;
	lives_begin_with(life, 0);
	for (uint32_t i = 0; i < 100; i++) {
		lives_run_all();
		assert_int_equal(restart_after(STOP_RESET), 0);
	}
	lives_run_all();
	lives_end_by(STOP_RESET);
	lives_expect(LIFE_STOPPED);
}

/* The longest delay that a description may say, as often as it may be doubled. */
TEST(test_delays_do_not_overflow)
{
	struct bundle_life life = {
	    .at_limit = LIFE_DO_STOP, .limit = ~0u, .window = ~0u, .delay = BUNDLE_DELAY_MAX};
	uint64_t last = 0;

	lives_now = 0;
	lives_begin_with(life, 0);
	for (uint32_t i = 0; i < 10; i++) {
		uint64_t delay;

		lives_run_all();
		delay = restart_after(STOP_RESET);
		assert_true(delay >= last);
		last = delay;
	}
	assert_int_equal(last, BUNDLE_DELAY_MAX * MILLISECOND << 8);
	lives_partition->life.status.failed = 1000;
	lives_run_all();
	lives_end_by(STOP_RESET);
	cores_settle();
	assert_int_equal(lives_partition->life.due - lives_now,
	                 BUNDLE_DELAY_MAX * MILLISECOND << 16);
}

TEST(test_the_count_begins_anew)
{
	lives_now = 0;
	for (uint32_t by_command = 0; by_command < 2; by_command++) {
		lives_begin();
		fake_time(lives_now);
		for (uint32_t i = 0; i < 12; i++) {
			lives_run_all();
			assert_int_equal(restart_after(STOP_RESET), 0);
			if (by_command) {
				lives_run_all();
				lives_tell(LIFE_RESTART);
				lives_expect(LIFE_LOADING);
				assert_int_equal(seen_life(lives_partition)->failed, 0);
			} else {
				lives_pass(60001 * MILLISECOND);
			}
		}
	}
}

TEST(test_a_limit_of_none_holds_for_ever)
{
	lives_now = 0;
	for (uint32_t i = 0; i < 3; i++) {
		lives_begin_with((struct bundle_life){.at_limit = LIFE_DO_STOP, .window = 60000},
		                 0);
		lives_run_all();
		lives_pass(i * 100000 * MILLISECOND);
		lives_end_by(STOP_FAULT);
		lives_expect(LIFE_STOPPED);
	}
}

TEST(test_at_the_limit_it_is_held)
{
	for (uint32_t i = 0; i < 2; i++) {
		lives_begin_with(
		    (struct bundle_life){.at_limit = LIFE_DO_HOLD, .limit = 1, .window = 1000}, 0);
		lives_run_all();
		assert_int_equal(restart_after(STOP_FAULT), 0);
		lives_run_all();
		lives_end_by(i == 0 ? STOP_FAULT : STOP_RESET);
		lives_expect(LIFE_HELD);
		assert_int_equal(lives_partition->vcpus[0].context.state, CONTEXT_BLOCKED);
		assert_int_equal(lives_partition->vcpus[1].context.state, CONTEXT_BLOCKED);
	}
}

TEST(test_at_the_limit_the_machine_is_switched_off)
{
	lives_begin_with((struct bundle_life){.at_limit = LIFE_DO_OFF}, 0);
	lives_run_all();
	lives_end_by(STOP_FAULT);
	cores_settle();
	assert_true(cores_are_off());
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	assert_int_equal(cores_state(1), LIFE_RUNNING);
}

TEST(test_it_is_switched_off_when_that_is_said)
{
	cores_begin(&(struct cores_plan){.cores = 3,
	                                 .partitions = 2,
	                                 .vcpus = {1, 1},
	                                 .console = true,
	                                 .console_core = 2,
	                                 .life = {{.at_limit = LIFE_DO_OFF}}});
	cores_load_all();
	cores_quiet(2);
	cores_settle();
	lives_call(0, SYSTEM_RESET);
	cores_settle();
	assert_false(cores_are_off());
	cores_on(2);
	assert_true(core.current->kind >= CONTEXT_CONSOLE);
	assert_int_equal(services_console->context.state, CONTEXT_READY);
	cores_quiet(2);
	assert_true(cores_are_off());
}

TEST(test_a_partition_that_cannot_restart_does_not)
{
	for (uint32_t i = 0; i < 3; i++) {
		lives_begin_with((struct bundle_life)CORES_LIFE, BUNDLE_NO_RESTART);
		lives_run_all();
		lives_tell(LIFE_RESTART);
		lives_expect_running(true);
		lives_tell(LIFE_SUSPEND);
		lives_expect(LIFE_SUSPENDED);
		lives_tell(LIFE_RESUME);
		lives_expect_running(true);
		if (i == 0)
			lives_tell(LIFE_STOP);
		else
			lives_end_by(i == 1 ? STOP_FAULT : STOP_RESET);
		lives_expect(LIFE_STOPPED);
		lives_tell(LIFE_START);
		lives_tell(LIFE_RESTART);
		lives_expect(LIFE_STOPPED);
		assert_int_equal(seen_life(lives_partition)->starts, 1);
	}
}
