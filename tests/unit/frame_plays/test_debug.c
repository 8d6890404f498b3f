/*
 * A partition of two vCPUs under a debugger: halted, looked at, let go on, stepped.
 */
#include "debugged.h"

#include <life/debug.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <word/debug.h>

/* ---- halting, going on ---- */

/* Shows: operator.gdb. */
TEST(test_attached_it_stands_and_nobody_else)
{
	struct debug_target target;

	debugged_attach();
	memcpy(&target, debugged_box()->data, sizeof(target));
	assert_int_equal(target.vcpus, 2);
	assert_int_equal(target.state, LIFE_RUNNING);
	assert_int_equal(debugged_box()->attached, 1);
	debugged_expect_stop(1, DEBUG_ASKED, 0);
	debugged_expect_runs(false, false);
	assert_int_equal(cores_state(0), LIFE_RUNNING); /* for everybody else */
	assert_int_equal(lives_partition->console->life.next, 3);
	debugged_go(BOTH, 0);
	debugged_expect_runs(true, true);
	assert_int_equal(debugged_box()->stops, 1);
	debugged_expect_op(DEBUG_HALT, DEBUG_OK);
	debugged_expect_stop(2, DEBUG_ASKED, 0);
	debugged_expect_runs(false, false);
}

TEST(test_a_hit_stops_all_of_it)
{
	debugged_attach();
	debugged_go(BOTH, 0);
	cores_do(1, debugged_trap);
	assert_false(lives_runs(1)); /* at once */
	cores_settle();
	debugged_expect_stop(2, DEBUG_HIT, 1);
	assert_int_equal(debugged_box()->stop.esr, BRK);
	assert_int_equal(debugged_box()->stop.far, 0x77);
	debugged_expect_runs(false, false);
}

TEST(test_of_two_hits_one_is_told)
{
	debugged_attach();
	debugged_go(BOTH, 0);
	cores_do(1, debugged_trap);
	cores_do(0, debugged_trap);
	cores_settle();
	debugged_expect_stop(2, DEBUG_HIT, 0);
	debugged_expect_runs(false, false);
	assert_null(cores_breach_settled());
}

/* What a core hits is its own until the home core has heard of it: nobody else's stop changes. */
TEST(test_a_hit_touches_nothing_of_the_home_cores)
{
	struct debug before;

	debugged_attach();
	debugged_go(BOTH, 0);
	before = lives_partition->debug;
	cores_do(1, debugged_trap);
	assert_false(lives_runs(1));
	assert_true(lives_runs(0)); /* it hasn't heard of it */
	before.holds = 2;
	assert_memory_equal(&lives_partition->debug, &before, sizeof(before));
	assert_int_equal(debugged_box()->stops, 1);
	cores_settle();
	debugged_expect_stop(2, DEBUG_HIT, 1);
	debugged_go(BOTH, 0);
	debugged_expect_op(DEBUG_HALT, DEBUG_OK);
	debugged_expect_stop(3, DEBUG_ASKED, 0); /* and not the former one again */
}

/* The home core hears of requests, of ends and of hits in some order, whichever came first. */
TEST(test_a_hit_crosses_a_request)
{
	static const enum debug_op ops[] = {DEBUG_HALT, DEBUG_DETACH};

	for (size_t i = 0; i < 2; i++) {
		debugged_attach();
		debugged_go(BOTH, 0);
		debugged_box()->request = (struct debug_request){.op = ops[i]};
		debugged_box()->asked++;
		cores_on(0);
		debug_look(lives_partition);
		cores_do(1, debugged_trap);
		cores_settle();
		assert_int_equal(debugged_box()->answered, debugged_box()->asked);
		assert_null(cores_breach_settled());
		debugged_expect_runs(i == 1, i == 1);
		if (i == 0)
			debugged_expect_stop(2, DEBUG_ASKED, 0); /* it will hit that again */
	}
}

/* A stop that the former life hit at its end doesn't hold the next life. */
TEST(test_a_hit_crosses_the_end)
{
	debugged_attach();
	debugged_go(BOTH, 0);
	lives_end_by(STOP_RESET);
	cores_on(0);
	while (lives_partition->debug.attached != 0)
		assert_true(cores_interrupt(0));
	cores_do(1, debugged_trap);
	cores_settle();
	cores_load_all();
	debugged_expect_stop(2, DEBUG_ENDED, 0);
	lives_expect(LIFE_RUNNING);
	assert_true(lives_runs(0));
	assert_int_equal(lives_partition->debug.holds, 0);
}

TEST(test_one_steps_while_the_other_stands)
{
	debugged_attach();
	debugged_go(0, 2);
	debugged_expect_runs(false, true);
	assert_true(lives_partition->vcpus[1].debug.stepping);
	cores_do(1, debugged_trap);
	cores_settle();
	debugged_expect_stop(2, DEBUG_HIT, 1);
	assert_false(lives_partition->vcpus[1].debug.stepping);
	debugged_go(1, 2);
	debugged_expect_runs(true, true);
	assert_false(lives_partition->vcpus[0].debug.stepping);
}

/* A CPU_ON by the one that runs waits until the other may run, too. */
TEST(test_cpu_on_waits)
{
	lives_begin();
	cores_load_all();
	debugged_expect_op(DEBUG_ATTACH, DEBUG_OK);
	debugged_go(1, 0);
	cores_call(0, CPU_ON, 1, ENTRY, 0);
	cores_settle();
	debugged_expect_runs(true, false);
	cores_do(0, debugged_trap);
	cores_settle();
	debugged_go(BOTH, 0);
	debugged_expect_runs(true, true);
}

TEST(test_nonsense_is_refused)
{
	lives_begin();
	lives_run_all();
	for (uint32_t op = 0; op <= DEBUG_OPS; op++)
		if (op != DEBUG_ATTACH)
			debugged_expect_op((enum debug_op)op, DEBUG_REFUSED);
	debugged_expect_op(DEBUG_ATTACH, DEBUG_OK);
	debugged_expect((struct debug_request){.op = DEBUG_READ_REGISTERS, .vcpu = 2},
	                DEBUG_REFUSED);
	debugged_expect((struct debug_request){.op = DEBUG_READ_REGISTERS, .vcpu = ~0u},
	                DEBUG_REFUSED);
	debugged_expect((struct debug_request){.op = DEBUG_GO, .run = 0xfffffffc}, DEBUG_REFUSED);
	debugged_expect((struct debug_request){.op = ~0u}, DEBUG_REFUSED);
	debugged_go(BOTH, 0);
	for (uint32_t op = DEBUG_GO; op < DEBUG_OPS; op++)
		debugged_expect_op((enum debug_op)op, DEBUG_REFUSED); /* it runs */
	debugged_expect_runs(true, true);
}

TEST(test_a_dead_partition_is_not_debugged)
{
	static const enum life_state states[] = {LIFE_WAITING, LIFE_STOPPED};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		lives_reach(states[i]);
		debugged_expect_op(DEBUG_ATTACH, DEBUG_REFUSED);
		assert_int_equal(debugged_box()->attached, 0);
	}
}

/* The loader has something else to do before it says so. */
TEST(test_a_loading_partition_is_not_debugged)
{
	lives_reach(LIFE_LOADING);
	debugged_request((struct debug_request){.op = DEBUG_ATTACH});
	assert_int_not_equal(debugged_box()->answered, debugged_box()->asked);
	cores_load_all();
	assert_int_equal(debugged_box()->answered, debugged_box()->asked);
	assert_int_equal(debugged_box()->status, DEBUG_REFUSED);
	lives_expect(LIFE_RUNNING);
	assert_true(lives_runs(0));
}

/* ---- registers ---- */

TEST(test_registers_are_read_and_written)
{
	struct debug_registers registers;

	debugged_attach();
	lives_partition->vcpus[1].context.x[7] = 77;
	debugged_expect((struct debug_request){.op = DEBUG_READ_REGISTERS, .vcpu = 1}, DEBUG_OK);
	assert_int_equal(debugged_box()->size, sizeof(registers));
	memcpy(&registers, debugged_box()->data, sizeof(registers));
	assert_int_equal(registers.general.x[7], 77);
	registers.general.x[7] = 78;
	memcpy(debugged_box()->data, &registers, sizeof(registers));
	debugged_expect((struct debug_request){.op = DEBUG_WRITE_REGISTERS, .vcpu = 1}, DEBUG_OK);
	assert_int_equal(lives_partition->vcpus[1].context.x[7], 78);
	debugged_go(BOTH, 0);
	lives_call(1, CPU_OFF);
	debugged_expect_op(DEBUG_HALT, DEBUG_OK);
	debugged_expect((struct debug_request){.op = DEBUG_READ_REGISTERS, .vcpu = 1}, DEBUG_OK);
	memcpy(&registers, debugged_box()->data, sizeof(registers));
	assert_int_equal(registers.general.off, 1);
	debugged_expect((struct debug_request){.op = DEBUG_WRITE_REGISTERS, .vcpu = 1},
	                DEBUG_REFUSED);
	debugged_expect_runs(false, false);
}

/*
 * A suspended or crashed partition has registers, too. A transfer isn't repeated when it goes on.
 */
TEST(test_registers_of_one_that_is_suspended)
{
	struct debug_registers registers;

	debugged_attach();
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	debugged_expect((struct debug_request){.op = DEBUG_READ_REGISTERS, .vcpu = 0}, DEBUG_OK);
	memcpy(&registers, debugged_box()->data, sizeof(registers));
	registers.general.x[1] = 5;
	memcpy(debugged_box()->data, &registers, sizeof(registers));
	debugged_expect((struct debug_request){.op = DEBUG_WRITE_REGISTERS, .vcpu = 0}, DEBUG_OK);
	lives_partition->vcpus[0].context.x[1]++;
	debugged_go(BOTH, 0);
	lives_tell(LIFE_RESUME);
	lives_expect(LIFE_RUNNING);
	debugged_expect_runs(true, true);
	assert_int_equal(lives_partition->vcpus[0].context.x[1], 6);
}

/* Nothing that a register could do beyond EL1 and EL0 gets into one. */
TEST(test_hardware_is_masked)
{
	debugged_attach();
	memset(debugged_box()->data, 0xff, sizeof(struct debug_hardware));
	debugged_expect_op(DEBUG_HARDWARE, DEBUG_OK);
	for (uint32_t i = 0; i < DEBUG_BREAKPOINTS; i++) {
		assert_int_equal(debugged_box()->hardware.breakpoint[i].value, ~0ull);
		assert_int_equal(debugged_box()->hardware.breakpoint[i].control, 0x1e7);
	}
	for (uint32_t i = 0; i < DEBUG_WATCHPOINTS; i++)
		assert_int_equal(debugged_box()->hardware.watchpoint[i].control, 0x1f001fff);
}

/* ---- memory ---- */

TEST(test_memory_is_the_loaders)
{
	debugged_attach();
	debugged_expect((struct debug_request){.op = DEBUG_READ, .size = 1}, DEBUG_NOWHERE);
	cores_debugs = false;
	debugged_request((struct debug_request){.op = DEBUG_WRITE, .size = 1});
	debugged_expect_loader();
	cores_debugs = true;
	cores_service(0, 99, 0); /* it fails by itself */
	cores_settle();
	assert_int_equal(debugged_box()->answered, debugged_box()->asked);
	assert_int_equal(debugged_box()->status, DEBUG_FAILED);
	assert_int_equal(cores_state(0), LIFE_RUNNING);
	debugged_go(BOTH, 0);
	debugged_expect_runs(true, true);
}

TEST(test_the_loader_leaves_for_an_end)
{
	debugged_attach();
	cores_debugs = false;
	debugged_request((struct debug_request){.op = DEBUG_READ, .size = 1});
	debugged_expect_loader();
	debugged_box()->begun = debugged_box()->asked; /* it had got so far */
	cores_debugs = true;
	lives_tell(LIFE_STOP);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	assert_int_equal(debugged_box()->answered, debugged_box()->asked);
	assert_int_equal(debugged_box()->status, DEBUG_OVER);
	debugged_expect_stop(2, DEBUG_ENDED, 0);
	assert_null(cores_breach_settled());
}

/* The examination of a crash goes first; a begun transfer fails. */
TEST(test_the_loader_leaves_for_a_crash)
{
	struct bundle_life life = CORES_LIFE;

	life.on_crash = LIFE_DO_HOLD;
	debugged_attach_with(life, 0);
	debugged_go(2, 0);
	cores_debugs = false;
	debugged_request((struct debug_request){.op = DEBUG_READ, .size = 1});
	debugged_expect_loader();
	debugged_box()->begun = debugged_box()->asked;
	lives_end_by(STOP_FAULT);
	lives_expect(LIFE_HELD);
	cores_debugs = true;
	cores_settle();
	assert_int_equal(debugged_box()->answered, debugged_box()->asked);
	assert_int_equal(debugged_box()->status, DEBUG_FAILED);
	debugged_expect_stop(2, DEBUG_HELD, 1);
}

/* A loader's order comes too late for a life that has ended, and reaches no other. */
TEST(test_an_order_comes_too_late)
{
	uint64_t order = DEBUG_ORDER_FOLLOW | DEBUG_ORDER_ATTACHED | ~0ull << DEBUG_ORDER_HOLDS;

	debugged_attach();
	lives_tell(LIFE_STOP);
	cores_on(0);
	while (cores_state(0) != LIFE_STOPPING)
		assert_true(cores_interrupt(0));
	debug_looked(lives_partition, order);
	assert_int_equal(lives_partition->debug.attached, 0);
	assert_false(debug_holds(lives_partition));
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	debugged_expect_stop(2, DEBUG_ENDED, 0);
	assert_null(cores_breach_settled());
}
