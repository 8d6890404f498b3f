/* See lives.h. */
#include "lives.h"
#include "seen.h"

#include <run/blame.h>
#include <state/core.h>
#include <state/partition.h>
#include <stdlib.h>
#include <unit.h>

struct partition *lives_partition;
uint64_t lives_now;

void lives_begin_with(struct bundle_life life, uint32_t flags)
{
	cores_begin(&(struct cores_plan){
	    .cores = 4, .partitions = 2, .vcpus = {2, 1}, .flags = {flags}, .life = {life}});
	lives_partition = partition_at(0);
}

void lives_begin(void)
{
	lives_begin_with((struct bundle_life)CORES_LIFE, 0);
}

void lives_run_all(void)
{
	cores_load_all();
	cores_call(0, CPU_ON, 1, ENTRY, 0);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_RUNNING);
	assert_null(cores_breach_settled());
}

void lives_call(uint32_t number, uint32_t function)
{
	cores_call(number, function, 0, 0, 0);
}

void lives_fault(void)
{
	blame_fault(core.vcpu, REPORT_SERROR, 0xbe000000, 0x4321);
}

void lives_tell(enum life_command command)
{
	cores_tell(3, 0, command);
}

void lives_expect(enum life_state state)
{
	cores_settle();
	assert_int_equal(cores_state(0), state);
	assert_null(cores_breach_settled());
	/* The other one goes on, if it has begun. */
	assert_int_equal(seen_life(partition_at(1))->starts, 1);
	assert_in_range(cores_state(1), LIFE_LOADING, LIFE_RUNNING);
}

bool lives_runs(uint32_t number)
{
	cores_on(number);
	return !cores_sleeps(number) && core.current == &core.vcpu->context;
}

void lives_expect_running(bool both)
{
	lives_expect(LIFE_RUNNING);
	assert_true(lives_runs(0));
	assert_int_equal(lives_runs(1), both);
}

void lives_reach(enum life_state state)
{
	struct bundle_life life = CORES_LIFE;

	life.on_crash =
	    state == LIFE_HOLDING || state == LIFE_HELD ? LIFE_DO_HOLD : LIFE_DO_RESTART;
	lives_begin_with(life, 0);
	if (state == LIFE_LOADING)
		return;
	lives_run_all();
	if (state == LIFE_WAITING) {
		lives_call(0, SYSTEM_RESET);
		cores_load_all();
		lives_call(0, SYSTEM_RESET); /* the second waits for its time */
		cores_settle();
	}
	if (state == LIFE_HOLDING || state == LIFE_HELD)
		cores_do(0, lives_fault);
	else if (state == LIFE_SUSPENDING || state == LIFE_SUSPENDED)
		lives_tell(LIFE_SUSPEND);
	else if (state == LIFE_STOPPING || state == LIFE_STOPPED)
		lives_tell(LIFE_STOP);
	while (cores_interrupt(0))
		continue;
	if (state == LIFE_SUSPENDED || state == LIFE_HELD || state == LIFE_STOPPED)
		cores_settle();
	assert_int_equal(cores_state(0), state);
	assert_null(cores_breach());
}

void lives_end_by(enum stop_reason reason)
{
	if (reason == STOP_FAULT)
		cores_do(1, lives_fault);
	else
		lives_call(1, reason == STOP_OFF ? SYSTEM_OFF : SYSTEM_RESET);
}

void lives_pass(uint64_t ticks)
{
	lives_now += ticks;
	fake_time(lives_now);
	cores_settle();
}

void lives_suspend_for(uint64_t ticks)
{
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	lives_pass(ticks);
	lives_tell(LIFE_RESUME);
	lives_expect(LIFE_RUNNING);
	assert_true(lives_runs(0));
}
