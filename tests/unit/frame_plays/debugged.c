/*
 * A partition under a debugger: requests by the console service, and their results.
 */
#include "debugged.h"

#include <life/debug.h>
#include <state/core.h>
#include <state/partition.h>
#include <stdlib.h>
#include <unit.h>

struct debug_box *debugged_box(void)
{
	return &lives_partition->console->debug;
}

void debugged_request(struct debug_request what)
{
	assert_int_equal(debugged_box()->asked, debugged_box()->answered);
	debugged_box()->request = what;
	debugged_box()->asked++;
	cores_tell(3, 0, (enum life_command)LIFE_LOOK);
	cores_settle();
}

void debugged_expect(struct debug_request what, enum debug_status status)
{
	debugged_request(what);
	assert_int_equal(debugged_box()->answered, debugged_box()->asked);
	assert_int_equal(debugged_box()->status, status);
	assert_null(cores_breach_settled());
}

void debugged_expect_op(enum debug_op op, enum debug_status status)
{
	debugged_expect((struct debug_request){.op = op}, status);
}

void debugged_go(uint32_t run, uint32_t step)
{
	debugged_expect((struct debug_request){.op = DEBUG_GO, .run = run, .step = step}, DEBUG_OK);
}

void debugged_expect_stop(uint32_t stops, enum debug_why why, uint32_t vcpu)
{
	assert_int_equal(debugged_box()->stops, stops);
	assert_int_equal(debugged_box()->stop.why, why);
	assert_int_equal(debugged_box()->stop.vcpu, vcpu);
}

void debugged_expect_runs(bool first, bool second)
{
	assert_int_equal(lives_runs(0), first);
	assert_int_equal(lives_runs(1), second);
	assert_true(lives_runs(2)); /* whatever happens to the other partition */
}

void debugged_trap(void)
{
	debug_trap(core.vcpu, BRK, 0x77);
}

void debugged_attach_with(struct bundle_life life, uint32_t flags)
{
	lives_now = 0;
	lives_begin_with(life, flags);
	lives_run_all();
	debugged_expect_op(DEBUG_ATTACH, DEBUG_OK);
}

void debugged_attach(void)
{
	debugged_attach_with((struct bundle_life)CORES_LIFE, 0);
}

/* The loader works for the debugger, and doesn't end that. */
void debugged_expect_loader(void)
{
	assert_int_not_equal(debugged_box()->answered, debugged_box()->asked);
	cores_on(0);
	assert_ptr_equal(core.current, &lives_partition->loader.context);
	assert_int_equal(lives_partition->loader_info->task, LOADER_DEBUG);
}
