/*
 * A partition of two vCPUs under a debugger: suspended by others, crashed, restarted meanwhile; and
 * left.
 *
 * Shows: operator.gdb-dies.
 */
#include "debugged.h"

#include <stdlib.h>
#include <unit.h>
#include <word/debug.h>

TEST(test_operator_and_debugger_hold_it_apart)
{
	debugged_attach();
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	lives_tell(LIFE_RESUME);
	lives_expect(LIFE_RUNNING);
	debugged_expect_runs(false, false);
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	debugged_go(BOTH, 0);
	debugged_expect_runs(false, false);
	lives_tell(LIFE_RESUME);
	lives_expect(LIFE_RUNNING);
	debugged_expect_runs(true, true);
}

TEST(test_halted_time_is_hidden_once)
{
	debugged_attach_with((struct bundle_life)CORES_LIFE, BUNDLE_HIDE_TIME);
	lives_pass(100);
	lives_tell(LIFE_SUSPEND);
	lives_pass(10);
	lives_tell(LIFE_RESUME);
	lives_pass(1000);
	debugged_go(0, 1);
	assert_int_equal(lives_partition->life.hidden, 1110);
	lives_pass(10000);
	cores_do(0, debugged_trap);
	cores_settle();
	lives_pass(5);
	lives_tell(LIFE_SUSPEND);
	lives_pass(6);
	debugged_go(BOTH, 0);
	lives_pass(7);
	assert_int_equal(lives_partition->life.hidden, 1110);
	lives_tell(LIFE_RESUME);
	lives_expect(LIFE_RUNNING);
	assert_int_equal(lives_partition->life.hidden, 1128);
	cores_on(1);
	assert_int_equal(fake_sysregs->cntvoff_el2, 1128);
}

/* While it runs under a debugger; nothing has been done about it yet. */
static void crash_that_is_held(void)
{
	struct bundle_life life = CORES_LIFE;

	life.on_crash = LIFE_DO_HOLD;
	debugged_attach_with(life, 0);
	debugged_go(BOTH, 0);
	lives_end_by(STOP_FAULT);
}

TEST(test_a_crash_that_is_held_is_a_stop)
{
	crash_that_is_held();
	lives_expect(LIFE_HELD);
	debugged_expect_stop(2, DEBUG_HELD, 1);
	debugged_expect((struct debug_request){.op = DEBUG_GO, .run = BOTH}, DEBUG_REFUSED);
	debugged_expect((struct debug_request){.op = DEBUG_READ_REGISTERS, .vcpu = 1}, DEBUG_OK);
	debugged_expect_op(DEBUG_DETACH, DEBUG_OK);
	lives_expect(LIFE_HELD);
	debugged_expect_op(DEBUG_ATTACH, DEBUG_OK);
	debugged_expect_stop(3, DEBUG_HELD, 1);
	lives_tell(LIFE_RESTART);
	cores_load_all();
	debugged_expect_stop(4, DEBUG_ENDED, 0);
	lives_expect(LIFE_RUNNING);
	assert_true(lives_runs(0));
}

TEST(test_an_end_is_the_sessions)
{
	debugged_attach();
	debugged_box()->breaks = 1;
	debugged_go(BOTH, 0);
	lives_end_by(STOP_RESET);
	cores_load_all();
	debugged_expect_stop(2, DEBUG_ENDED, 0);
	assert_int_equal(debugged_box()->breaks, 0);
	lives_expect(LIFE_RUNNING);
	assert_int_equal(lives_partition->vcpus[0].debug.on, 0);
	debugged_expect_op(DEBUG_GO, DEBUG_REFUSED);
	cores_do(0, debugged_trap); /* of the moment in which it ended */
	cores_settle();
	assert_true(lives_runs(0));
	cores_settle();
	assert_false(debug_holds(lives_partition));
}

/* ---- the end of a session ---- */

TEST(test_detached_it_goes_on)
{
	debugged_attach();
	debugged_expect_op(DEBUG_DETACH, DEBUG_OK);
	debugged_expect_runs(true, true);
	assert_int_equal(debugged_box()->stops, 1);
	debugged_expect_op(DEBUG_ATTACH, DEBUG_OK);
	debugged_go(BOTH, 0);
	debugged_expect_op(DEBUG_DETACH, DEBUG_OK); /* while it runs */
	debugged_expect_runs(true, true);
	assert_int_equal(debugged_box()->stops, 2);
	assert_int_equal(lives_partition->vcpus[1].debug.on, 0);
}

TEST(test_breakpoints_go_before_it_does)
{
	debugged_attach();
	debugged_box()->breaks = 2;
	debugged_go(BOTH, 0);
	debugged_box()->break_at[7].at = 0x1234; /* nowhere */
	debugged_expect_op(DEBUG_DETACH, DEBUG_OK);
	assert_int_equal(debugged_box()->breaks, 0);
	assert_int_equal(debugged_box()->break_at[7].at, 0);
	assert_int_equal(debugged_box()->attached, 0);
	debugged_expect_runs(true, true);
}

/* Detaching while it crashes waits until it is held. */
TEST(test_detached_amid_a_crash)
{
	crash_that_is_held();
	cores_exchange(); /* it is being examined */
	assert_int_equal(cores_state(0), LIFE_HOLDING);
	debugged_box()->request.op = DEBUG_DETACH;
	debugged_box()->asked++;
	cores_tell(3, 0, (enum life_command)LIFE_LOOK);
	cores_exchange();
	assert_int_not_equal(debugged_box()->answered, debugged_box()->asked);
	cores_settle();
	assert_int_equal(debugged_box()->answered, debugged_box()->asked);
	assert_int_equal(debugged_box()->attached, 0);
	lives_expect(LIFE_HELD);
}
