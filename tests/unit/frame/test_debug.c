/*
 * A partition of two vCPUs under a debugger: halted, looked at, let go on, stepped; suspended,
 * crashed, restarted meanwhile; and left.
 */
#include "lives.h"

#include <frame/mail.h>
#include <frame/service.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BOTH 3u
#define BRK  0xf2004b75u

static struct debug_box *box(void)
{
	return &lives_partition->console->debug;
}

static void request(struct debug_request what)
{
	assert_int_equal(box()->asked, box()->answered);
	box()->request = what;
	box()->asked++;
	cores_tell(3, 0, (enum life_command)LIFE_LOOK);
	cores_settle();
}

static void expect(struct debug_request what, enum debug_status status)
{
	request(what);
	assert_int_equal(box()->answered, box()->asked);
	assert_int_equal(box()->status, status);
	assert_null(cores_breach_settled());
}

static void expect_op(enum debug_op op, enum debug_status status)
{
	expect((struct debug_request){.op = op}, status);
}

static void go(uint32_t run, uint32_t step)
{
	expect((struct debug_request){.op = DEBUG_GO, .run = run, .step = step}, DEBUG_OK);
}

static void expect_stop(uint32_t stops, enum debug_why why, uint32_t vcpu)
{
	assert_int_equal(box()->stops, stops);
	assert_int_equal(box()->stop.why, why);
	assert_int_equal(box()->stop.vcpu, vcpu);
}

static void expect_runs(bool first, bool second)
{
	assert_int_equal(lives_runs(0), first);
	assert_int_equal(lives_runs(1), second);
	assert_true(lives_runs(2)); /* whatever becomes of its neighbour */
}

static void trap(void)
{
	debug_trap(core.vcpu, BRK, 0x77);
}

static void attach_with(struct bundle_life life, uint32_t flags)
{
	lives_now = 0;
	lives_begin_with(life, flags);
	lives_run_all();
	expect_op(DEBUG_ATTACH, DEBUG_OK);
}

static void attach(void)
{
	attach_with((struct bundle_life)CORES_LIFE, 0);
}

/* The loader is at work for the debugger, and doesn't come to an end. */
static void expect_loader(void)
{
	assert_int_not_equal(box()->answered, box()->asked);
	cores_on(0);
	assert_ptr_equal(core.current, &lives_partition->loader);
	assert_int_equal(lives_partition->loader_info->task, LOADER_DEBUG);
}

/* ---- halting, going on ---- */

static void test_attached_it_stands_and_nobody_else(void **state)
{
	struct debug_target target;

	(void)state;
	attach();
	memcpy(&target, box()->data, sizeof(target));
	assert_int_equal(target.vcpus, 2);
	assert_int_equal(target.state, LIFE_RUNNING);
	assert_int_equal(box()->attached, 1);
	expect_stop(1, DEBUG_ASKED, 0);
	expect_runs(false, false);
	assert_int_equal(cores_state(0), LIFE_RUNNING); /* for everybody else */
	assert_int_equal(lives_partition->console->life.next, 3);
	go(BOTH, 0);
	expect_runs(true, true);
	assert_int_equal(box()->stops, 1);
	expect_op(DEBUG_HALT, DEBUG_OK);
	expect_stop(2, DEBUG_ASKED, 0);
	expect_runs(false, false);
}

static void test_a_hit_stops_all_of_it(void **state)
{
	(void)state;
	attach();
	go(BOTH, 0);
	cores_do(1, trap);
	assert_false(lives_runs(1)); /* at once */
	cores_settle();
	expect_stop(2, DEBUG_HIT, 1);
	assert_int_equal(box()->stop.esr, BRK);
	assert_int_equal(box()->stop.far, 0x77);
	expect_runs(false, false);
}

static void test_of_two_hits_one_is_told(void **state)
{
	(void)state;
	attach();
	go(BOTH, 0);
	cores_do(1, trap);
	cores_do(0, trap);
	cores_settle();
	expect_stop(2, DEBUG_HIT, 0);
	expect_runs(false, false);
	assert_null(cores_breach_settled());
}

/* What a core hits is its own until the home core has heard of it: nobody else's stop changes. */
static void test_a_hit_touches_nothing_of_the_home_cores(void **state)
{
	struct debug before;

	(void)state;
	attach();
	go(BOTH, 0);
	before = lives_partition->debug;
	cores_do(1, trap);
	assert_false(lives_runs(1));
	assert_true(lives_runs(0)); /* it hasn't heard of it */
	before.holds = 2;
	assert_memory_equal(&lives_partition->debug, &before, sizeof(before));
	assert_int_equal(box()->stops, 1);
	cores_settle();
	expect_stop(2, DEBUG_HIT, 1);
	go(BOTH, 0);
	expect_op(DEBUG_HALT, DEBUG_OK);
	expect_stop(3, DEBUG_ASKED, 0); /* and not the former one again */
}

/* The home core hears of requests, of ends and of hits in some order, whichever came first. */
static void test_a_hit_crosses_a_request(void **state)
{
	static const enum debug_op ops[] = {DEBUG_HALT, DEBUG_DETACH};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		attach();
		go(BOTH, 0);
		box()->request = (struct debug_request){.op = ops[i]};
		box()->asked++;
		cores_on(0);
		debug_look(lives_partition);
		cores_do(1, trap);
		cores_settle();
		assert_int_equal(box()->answered, box()->asked);
		assert_null(cores_breach_settled());
		expect_runs(i == 1, i == 1);
		if (i == 0)
			expect_stop(2, DEBUG_ASKED, 0); /* it will hit that again */
	}
}

/* Its next life isn't held by what the former one hit as it ended. */
static void test_a_hit_crosses_the_end(void **state)
{
	(void)state;
	attach();
	go(BOTH, 0);
	lives_end_by(STOP_RESET);
	cores_on(0);
	while (lives_partition->debug.attached != 0)
		assert_true(cores_interrupt(0));
	cores_do(1, trap);
	cores_settle();
	cores_load_all();
	expect_stop(2, DEBUG_ENDED, 0);
	lives_expect(LIFE_RUNNING);
	assert_true(lives_runs(0));
	assert_int_equal(lives_partition->debug.holds, 0);
}

static void test_one_steps_while_the_other_stands(void **state)
{
	(void)state;
	attach();
	go(0, 2);
	expect_runs(false, true);
	assert_true(lives_partition->vcpus[1].debug.stepping);
	cores_do(1, trap);
	cores_settle();
	expect_stop(2, DEBUG_HIT, 1);
	assert_false(lives_partition->vcpus[1].debug.stepping);
	go(1, 2);
	expect_runs(true, true);
	assert_false(lives_partition->vcpus[0].debug.stepping);
}

/* A CPU_ON by the one that runs waits until the other may run, too. */
static void test_cpu_on_waits(void **state)
{
	(void)state;
	lives_begin();
	cores_load_all();
	expect_op(DEBUG_ATTACH, DEBUG_OK);
	go(1, 0);
	cores_call(0, CPU_ON, 1, ENTRY, 0);
	cores_settle();
	expect_runs(true, false);
	cores_do(0, trap);
	cores_settle();
	go(BOTH, 0);
	expect_runs(true, true);
}

static void test_nonsense_is_refused(void **state)
{
	(void)state;
	lives_begin();
	lives_run_all();
	for (uint32_t op = 0; op <= DEBUG_OPS; op++)
		if (op != DEBUG_ATTACH)
			expect_op((enum debug_op)op, DEBUG_REFUSED);
	expect_op(DEBUG_ATTACH, DEBUG_OK);
	expect((struct debug_request){.op = DEBUG_READ_REGISTERS, .vcpu = 2}, DEBUG_REFUSED);
	expect((struct debug_request){.op = DEBUG_READ_REGISTERS, .vcpu = ~0u}, DEBUG_REFUSED);
	expect((struct debug_request){.op = DEBUG_GO, .run = 0xfffffffc}, DEBUG_REFUSED);
	expect((struct debug_request){.op = ~0u}, DEBUG_REFUSED);
	go(BOTH, 0);
	for (uint32_t op = DEBUG_GO; op < DEBUG_OPS; op++)
		expect_op((enum debug_op)op, DEBUG_REFUSED); /* it runs */
	expect_runs(true, true);
}

static void test_what_does_not_live_is_not_debugged(void **state)
{
	static const enum life_state states[] = {LIFE_WAITING, LIFE_STOPPED};

	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		lives_reach(states[i]);
		expect_op(DEBUG_ATTACH, DEBUG_REFUSED);
		assert_int_equal(box()->attached, 0);
	}
}

/* The loader has something else to do before it says so. */
static void test_what_is_laid_out_is_not_debugged(void **state)
{
	(void)state;
	lives_reach(LIFE_LOADING);
	request((struct debug_request){.op = DEBUG_ATTACH});
	assert_int_not_equal(box()->answered, box()->asked);
	cores_load_all();
	assert_int_equal(box()->answered, box()->asked);
	assert_int_equal(box()->status, DEBUG_REFUSED);
	lives_expect(LIFE_RUNNING);
	assert_true(lives_runs(0));
}

/* ---- registers ---- */

static void test_registers_are_read_and_written(void **state)
{
	struct debug_registers registers;

	(void)state;
	attach();
	lives_partition->vcpus[1].context.x[7] = 77;
	expect((struct debug_request){.op = DEBUG_READ_REGISTERS, .vcpu = 1}, DEBUG_OK);
	assert_int_equal(box()->size, sizeof(registers));
	memcpy(&registers, box()->data, sizeof(registers));
	assert_int_equal(registers.general.x[7], 77);
	registers.general.x[7] = 78;
	memcpy(box()->data, &registers, sizeof(registers));
	expect((struct debug_request){.op = DEBUG_WRITE_REGISTERS, .vcpu = 1}, DEBUG_OK);
	assert_int_equal(lives_partition->vcpus[1].context.x[7], 78);
	go(BOTH, 0);
	lives_call(1, CPU_OFF);
	expect_op(DEBUG_HALT, DEBUG_OK);
	expect((struct debug_request){.op = DEBUG_READ_REGISTERS, .vcpu = 1}, DEBUG_OK);
	memcpy(&registers, box()->data, sizeof(registers));
	assert_int_equal(registers.general.off, 1);
	expect((struct debug_request){.op = DEBUG_WRITE_REGISTERS, .vcpu = 1}, DEBUG_REFUSED);
	expect_runs(false, false);
}

/* Suspended, crashed, it has registers, too; and what is transferred isn't again as it goes on. */
static void test_registers_of_one_that_is_suspended(void **state)
{
	struct debug_registers registers;

	(void)state;
	attach();
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	expect((struct debug_request){.op = DEBUG_READ_REGISTERS, .vcpu = 0}, DEBUG_OK);
	memcpy(&registers, box()->data, sizeof(registers));
	registers.general.x[1] = 5;
	memcpy(box()->data, &registers, sizeof(registers));
	expect((struct debug_request){.op = DEBUG_WRITE_REGISTERS, .vcpu = 0}, DEBUG_OK);
	lives_partition->vcpus[0].context.x[1]++;
	go(BOTH, 0);
	lives_tell(LIFE_RESUME);
	lives_expect(LIFE_RUNNING);
	expect_runs(true, true);
	assert_int_equal(lives_partition->vcpus[0].context.x[1], 6);
}

/* Nothing that a register could do beyond EL1 and EL0 gets into one. */
static void test_hardware_is_masked(void **state)
{
	(void)state;
	attach();
	memset(box()->data, 0xff, sizeof(struct debug_hardware));
	expect_op(DEBUG_HARDWARE, DEBUG_OK);
	for (uint32_t i = 0; i < DEBUG_BREAKPOINTS; i++) {
		assert_int_equal(box()->hardware.breakpoint[i].value, ~0ull);
		assert_int_equal(box()->hardware.breakpoint[i].control, 0x1e7);
	}
	for (uint32_t i = 0; i < DEBUG_WATCHPOINTS; i++)
		assert_int_equal(box()->hardware.watchpoint[i].control, 0x1f001fff);
}

/* ---- memory ---- */

static void test_memory_is_the_loaders(void **state)
{
	(void)state;
	attach();
	expect((struct debug_request){.op = DEBUG_READ, .size = 1}, DEBUG_NOWHERE);
	cores_debugs = false;
	request((struct debug_request){.op = DEBUG_WRITE, .size = 1});
	expect_loader();
	cores_debugs = true;
	cores_service(0, 99, 0); /* it fails by itself */
	cores_settle();
	assert_int_equal(box()->answered, box()->asked);
	assert_int_equal(box()->status, DEBUG_FAILED);
	assert_int_equal(cores_state(0), LIFE_RUNNING);
	go(BOTH, 0);
	expect_runs(true, true);
}

static void test_the_loader_leaves_for_an_end(void **state)
{
	(void)state;
	attach();
	cores_debugs = false;
	request((struct debug_request){.op = DEBUG_READ, .size = 1});
	expect_loader();
	box()->begun = box()->asked; /* it had got so far */
	cores_debugs = true;
	lives_tell(LIFE_STOP);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	assert_int_equal(box()->answered, box()->asked);
	assert_int_equal(box()->status, DEBUG_OVER);
	expect_stop(2, DEBUG_ENDED, 0);
	assert_null(cores_breach_settled());
}

/* Examining a crash goes before; what was begun with fails. */
static void test_the_loader_leaves_for_a_crash(void **state)
{
	struct bundle_life life = CORES_LIFE;

	(void)state;
	life.on_crash = LIFE_DO_HOLD;
	attach_with(life, 0);
	go(2, 0);
	cores_debugs = false;
	request((struct debug_request){.op = DEBUG_READ, .size = 1});
	expect_loader();
	box()->begun = box()->asked;
	lives_end_by(STOP_FAULT);
	lives_expect(LIFE_HELD);
	cores_debugs = true;
	cores_settle();
	assert_int_equal(box()->answered, box()->asked);
	assert_int_equal(box()->status, DEBUG_FAILED);
	expect_stop(2, DEBUG_HELD, 1);
}

/* What the loader orders comes too late for a life that has ended, and is for nobody else. */
static void test_an_order_comes_too_late(void **state)
{
	uint64_t order = DEBUG_ORDER_FOLLOW | DEBUG_ORDER_ATTACHED | ~0ull << DEBUG_ORDER_HOLDS;

	(void)state;
	attach();
	lives_tell(LIFE_STOP);
	cores_on(0);
	while (cores_state(0) != LIFE_STOPPING)
		assert_true(cores_interrupt(0));
	debug_looked(lives_partition, order);
	assert_int_equal(lives_partition->debug.attached, 0);
	assert_false(debug_holds(lives_partition));
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	expect_stop(2, DEBUG_ENDED, 0);
	assert_null(cores_breach_settled());
}

/* ---- what others do meanwhile ---- */

static void test_operator_and_debugger_hold_it_apart(void **state)
{
	(void)state;
	attach();
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	lives_tell(LIFE_RESUME);
	lives_expect(LIFE_RUNNING);
	expect_runs(false, false);
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	go(BOTH, 0);
	expect_runs(false, false);
	lives_tell(LIFE_RESUME);
	lives_expect(LIFE_RUNNING);
	expect_runs(true, true);
}

static void test_halted_time_is_hidden_once(void **state)
{
	(void)state;
	attach_with((struct bundle_life)CORES_LIFE, BUNDLE_HIDE_TIME);
	lives_pass(100);
	lives_tell(LIFE_SUSPEND);
	lives_pass(10);
	lives_tell(LIFE_RESUME);
	lives_pass(1000);
	go(0, 1);
	assert_int_equal(lives_partition->life.hidden, 1110);
	lives_pass(10000);
	cores_do(0, trap);
	cores_settle();
	lives_pass(5);
	lives_tell(LIFE_SUSPEND);
	lives_pass(6);
	go(BOTH, 0);
	lives_pass(7);
	assert_int_equal(lives_partition->life.hidden, 1110);
	lives_tell(LIFE_RESUME);
	lives_expect(LIFE_RUNNING);
	assert_int_equal(lives_partition->life.hidden, 1128);
	cores_on(1);
	assert_int_equal(fake_sysregs->cntvoff_el2, 1128);
}

static void test_a_crash_that_is_held_is_a_stop(void **state)
{
	struct bundle_life life = CORES_LIFE;

	(void)state;
	life.on_crash = LIFE_DO_HOLD;
	attach_with(life, 0);
	go(BOTH, 0);
	lives_end_by(STOP_FAULT);
	lives_expect(LIFE_HELD);
	expect_stop(2, DEBUG_HELD, 1);
	expect((struct debug_request){.op = DEBUG_GO, .run = BOTH}, DEBUG_REFUSED);
	expect((struct debug_request){.op = DEBUG_READ_REGISTERS, .vcpu = 1}, DEBUG_OK);
	expect_op(DEBUG_DETACH, DEBUG_OK);
	lives_expect(LIFE_HELD);
	expect_op(DEBUG_ATTACH, DEBUG_OK);
	expect_stop(3, DEBUG_HELD, 1);
	lives_tell(LIFE_RESTART);
	cores_load_all();
	expect_stop(4, DEBUG_ENDED, 0);
	lives_expect(LIFE_RUNNING);
	assert_true(lives_runs(0));
}

static void test_an_end_is_the_sessions(void **state)
{
	(void)state;
	attach();
	box()->breaks = 1;
	go(BOTH, 0);
	lives_end_by(STOP_RESET);
	cores_load_all();
	expect_stop(2, DEBUG_ENDED, 0);
	assert_int_equal(box()->breaks, 0);
	lives_expect(LIFE_RUNNING);
	assert_int_equal(lives_partition->vcpus[0].debug.on, 0);
	expect_op(DEBUG_GO, DEBUG_REFUSED);
	cores_do(0, trap); /* of the moment in which it ended */
	cores_settle();
	assert_true(lives_runs(0));
	cores_settle();
	assert_false(debug_holds(lives_partition));
}

/* ---- the end of a session ---- */

static void test_detached_it_goes_on(void **state)
{
	(void)state;
	attach();
	expect_op(DEBUG_DETACH, DEBUG_OK);
	expect_runs(true, true);
	assert_int_equal(box()->stops, 1);
	expect_op(DEBUG_ATTACH, DEBUG_OK);
	go(BOTH, 0);
	expect_op(DEBUG_DETACH, DEBUG_OK); /* while it runs */
	expect_runs(true, true);
	assert_int_equal(box()->stops, 2);
	assert_int_equal(lives_partition->vcpus[1].debug.on, 0);
}

static void test_breakpoints_go_before_it_does(void **state)
{
	(void)state;
	attach();
	box()->breaks = 2;
	go(BOTH, 0);
	box()->break_at[7].at = 0x1234; /* nowhere */
	expect_op(DEBUG_DETACH, DEBUG_OK);
	assert_int_equal(box()->breaks, 0);
	assert_int_equal(box()->break_at[7].at, 0);
	assert_int_equal(box()->attached, 0);
	expect_runs(true, true);
}

/* Detaching while it crashes waits until it is held. */
static void test_detached_amid_a_crash(void **state)
{
	struct bundle_life life = CORES_LIFE;

	(void)state;
	life.on_crash = LIFE_DO_HOLD;
	attach_with(life, 0);
	go(BOTH, 0);
	lives_end_by(STOP_FAULT);
	cores_exchange(); /* it is being examined */
	assert_int_equal(cores_state(0), LIFE_HOLDING);
	box()->request.op = DEBUG_DETACH;
	box()->asked++;
	cores_tell(3, 0, (enum life_command)LIFE_LOOK);
	cores_exchange();
	assert_int_not_equal(box()->answered, box()->asked);
	cores_settle();
	assert_int_equal(box()->answered, box()->asked);
	assert_int_equal(box()->attached, 0);
	lives_expect(LIFE_HELD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_attached_it_stands_and_nobody_else),
	    cmocka_unit_test(test_a_hit_stops_all_of_it),
	    cmocka_unit_test(test_of_two_hits_one_is_told),
	    cmocka_unit_test(test_a_hit_touches_nothing_of_the_home_cores),
	    cmocka_unit_test(test_a_hit_crosses_a_request),
	    cmocka_unit_test(test_a_hit_crosses_the_end),
	    cmocka_unit_test(test_one_steps_while_the_other_stands),
	    cmocka_unit_test(test_cpu_on_waits),
	    cmocka_unit_test(test_nonsense_is_refused),
	    cmocka_unit_test(test_what_does_not_live_is_not_debugged),
	    cmocka_unit_test(test_what_is_laid_out_is_not_debugged),
	    cmocka_unit_test(test_registers_are_read_and_written),
	    cmocka_unit_test(test_registers_of_one_that_is_suspended),
	    cmocka_unit_test(test_hardware_is_masked),
	    cmocka_unit_test(test_memory_is_the_loaders),
	    cmocka_unit_test(test_the_loader_leaves_for_an_end),
	    cmocka_unit_test(test_the_loader_leaves_for_a_crash),
	    cmocka_unit_test(test_an_order_comes_too_late),
	    cmocka_unit_test(test_operator_and_debugger_hold_it_apart),
	    cmocka_unit_test(test_halted_time_is_hidden_once),
	    cmocka_unit_test(test_a_crash_that_is_held_is_a_stop),
	    cmocka_unit_test(test_an_end_is_the_sessions),
	    cmocka_unit_test(test_detached_it_goes_on),
	    cmocka_unit_test(test_breakpoints_go_before_it_does),
	    cmocka_unit_test(test_detached_amid_a_crash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
