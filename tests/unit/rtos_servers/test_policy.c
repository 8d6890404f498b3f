/*
 * The supervisor's decisions as programs start, crash and end, in the cases of
 * docs/rtos/programs.md.
 *
 * Shows: rtos.restart.
 */
#include <servers/supervisor/policy.h>
#include <stdint.h>
#include <unit.h>
#include <unit/rtos_servers/policy_program.h>

TEST(test_a_program_starts_and_stays)
{
	struct policy policy;

	assert_int_equal(policy_begin(&policy, &keeps, 5), POLICY_START);
	policy_started(&policy, 6);
	assert_int_equal(policy_next(&policy), POLICY_NEVER);
	assert_int_equal(policy_time(&policy, 1000000), 0);
	assert_int_equal(policy.state, POLICY_RUNS);
}

/*
 * Crashes the program at once after its start. Returns how it is started again, and puts the delay
 * into *delay.
 */
static unsigned crash(struct policy *policy, uint64_t *now, uint64_t *delay)
{
	unsigned todo = policy_ended(policy, false, *now);

	*delay = 0;
	if (policy->state == POLICY_WAITS) {
		assert_int_equal(todo, 0);
		*delay = policy_next(policy) - *now;
		assert_int_equal(policy_time(policy, policy_next(policy) - 1), 0);
		*now = policy_next(policy);
		todo = policy_time(policy, *now);
	}
	if (todo & POLICY_START)
		policy_started(policy, *now);
	return todo;
}

/* Damaged text counts as a crash, but as no call's fault. */
TEST(test_damaged_text)
{
	struct policy policy;

	(void)policy_begin(&policy, &keeps, 0);
	assert_int_equal(policy_damaged(&policy), 0); /* the program has no process yet */
	policy_started(&policy, 0);
	assert_int_equal(policy_damaged(&policy), POLICY_KILL);
	assert_int_equal(policy_damaged(&policy), 0); /* the program is already ending */
	assert_false(policy_is_ordered(&policy));
	assert_int_equal(policy_resume(&policy, 1), POLICY_OPEN | POLICY_KILL);
	assert_int_equal(policy_ended(&policy, false, 1), POLICY_START);
	assert_int_equal(policy.restarts, 1);
	policy_started(&policy, 1);
	(void)policy_command(&policy, SUPERVISOR_DO_RESTART);
	assert_true(policy_is_ordered(&policy));
}

/* Shows: rtos.levels. */
TEST(test_crashes_go_through_the_levels)
{
	static const struct {
		unsigned todo;
		uint64_t delay;
	} steps[] = {
	    {POLICY_START, 0},
	    {POLICY_START, 10},
	    {POLICY_START, 20},
	    {POLICY_START | POLICY_WIPE, 0},
	    {POLICY_START | POLICY_WIPE, 10},
	    {POLICY_START | POLICY_WIPE, 20},
	    {POLICY_CLOSE, 0},
	};
	struct policy policy;
	uint64_t now = 0, delay;

	(void)policy_begin(&policy, &keeps, now);
	policy_started(&policy, now);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(crash(&policy, &now, &delay), steps[i].todo);
		assert_int_equal(delay, steps[i].delay);
	}
	assert_int_equal(policy.state, POLICY_GIVEN_UP);
	assert_int_equal(policy_demand(&policy), 0);
	assert_int_equal(policy_command(&policy, SUPERVISOR_DO_START), POLICY_OPEN | POLICY_START);
	policy_started(&policy, now);
	assert_int_equal(crash(&policy, &now, &delay), POLICY_START);
}

/* Shows: rtos.levels. */
TEST(test_the_delay_doubles_up_to_a_limit)
{
	static const uint64_t delays[] = {0, 10, 20, 40, 80, 100, 100, 100};
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;
	uint64_t now = 0, delay;

	manifest.limit = 1000;
	(void)policy_begin(&policy, &manifest, now);
	policy_started(&policy, now);
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		assert_int_equal(crash(&policy, &now, &delay), POLICY_START);
		assert_int_equal(delay, delays[i]);
	}
	for (int i = 0; i < 80; i++) /* enough crashes for a shift that is too far */
		(void)crash(&policy, &now, &delay);
	assert_int_equal(delay, 100);
}

TEST(test_a_program_that_ran_long_enough_is_forgiven)
{
	struct policy policy;
	uint64_t now = 0, delay;

	(void)policy_begin(&policy, &keeps, now);
	policy_started(&policy, now);
	for (int i = 0; i < 4; i++)
		(void)crash(&policy, &now, &delay);
	assert_int_equal(policy.level, 1);
	now += 10000;
	assert_int_equal(crash(&policy, &now, &delay), POLICY_START);
	assert_int_equal(policy.level, 0);
	assert_int_equal(delay, 0);
}

/* Only crashes wipe the state; other ends don't, though the program is still on that level. */
TEST(test_only_crashes_wipe)
{
	struct policy policy;
	uint64_t now = 0, delay;

	(void)policy_begin(&policy, &keeps, now);
	for (int i = 0; i < 4; i++)
		(void)crash(&policy, &now, &delay);
	assert_int_equal(policy_command(&policy, SUPERVISOR_DO_RESTART), POLICY_KILL);
	assert_int_equal(policy_ended(&policy, false, now), POLICY_START);
	policy_started(&policy, now);
	assert_int_equal(policy_ended(&policy, false, now), 0);
	assert_int_equal(policy_time(&policy, now + 10), POLICY_START | POLICY_WIPE);
	assert_int_equal(policy_resume(&policy, now), POLICY_OPEN | POLICY_START | POLICY_WIPE);
}

/* A crash each 4 seconds never comes to 4 in 10 seconds. */
TEST(test_rare_crashes_stay_on_the_first_level)
{
	struct policy policy;
	uint64_t now = 0, delay;

	(void)policy_begin(&policy, &keeps, now);
	policy_started(&policy, now);
	for (int i = 0; i < 100; i++) {
		now += 4000;
		assert_int_equal(crash(&policy, &now, &delay), POLICY_START);
	}
	assert_int_equal(policy.level, 0);
}

/* Shows: rtos.levels. */
TEST(test_reboot_is_the_last_level)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;
	uint64_t now = 0, delay;

	manifest.levels[0] = RTOS_LEVEL_REBOOT;
	manifest.levels[1] = RTOS_LEVEL_NONE;
	manifest.limit = 1;
	(void)policy_begin(&policy, &manifest, now);
	policy_started(&policy, now);
	assert_int_equal(crash(&policy, &now, &delay), POLICY_START);
	assert_int_equal(crash(&policy, &now, &delay), POLICY_CLOSE | POLICY_REBOOT);
}

/*
 * The program is restarted for ever, with a pause before each try. Its ports are closed meanwhile.
 * Shows: rtos.slow.
 */
TEST(test_slow_is_for_ever)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;
	uint64_t now = 0, delay;

	manifest.levels[1] = RTOS_LEVEL_SLOW;
	(void)policy_begin(&policy, &manifest, now);
	policy_started(&policy, now);
	for (int i = 0; i < 6; i++)
		(void)crash(&policy, &now, &delay);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(policy_ended(&policy, false, now), POLICY_CLOSE);
		assert_int_equal(policy.state, POLICY_PAUSES);
		assert_int_equal(policy_next(&policy), now + manifest.delay_most_ms);
		assert_int_equal(policy_resume(&policy, now), POLICY_CLOSE);
		assert_int_equal(policy_time(&policy, policy_next(&policy) - 1), 0);
		now = policy_next(&policy);
		assert_int_equal(policy_time(&policy, now),
		                 POLICY_OPEN | POLICY_START | POLICY_WIPE);
		policy_started(&policy, now);
	}
	now += 10000; /* the program ran for long enough */
	assert_int_equal(crash(&policy, &now, &delay), POLICY_START);
	assert_int_equal(policy.level, 0);
}

/*
 * A start that fails at once isn't repeated at once. A program without levels keeps its state.
 * Shows: rtos.slow.
 */
TEST(test_slow_has_a_pause)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	manifest.delay_ms = 0;
	manifest.delay_most_ms = 0;
	manifest.limit = 1;
	manifest.levels[0] = RTOS_LEVEL_SLOW;
	manifest.levels[1] = RTOS_LEVEL_NONE;
	(void)policy_begin(&policy, &manifest, 0);
	assert_int_equal(policy_ended(&policy, false, 0), POLICY_START);
	assert_int_equal(policy_ended(&policy, false, 0), POLICY_CLOSE);
	assert_int_equal(policy_next(&policy), 100);
	assert_int_equal(policy_time(&policy, 100), POLICY_OPEN | POLICY_START);
	assert_int_equal(policy_ended(&policy, false, 100), POLICY_CLOSE);
	assert_int_equal(policy_command(&policy, SUPERVISOR_DO_STOP), 0);
	assert_int_equal(policy.state, POLICY_STOPPED);
	assert_int_equal(policy_next(&policy), POLICY_NEVER);
	assert_int_equal(policy_command(&policy, SUPERVISOR_DO_START), POLICY_OPEN | POLICY_START);
}

TEST(test_a_failed_start_is_a_crash)
{
	struct policy policy;

	(void)policy_begin(&policy, &keeps, 0);
	assert_int_equal(policy_ended(&policy, false, 100000), POLICY_START);
	assert_int_equal(policy_ended(&policy, false, 100000), 0);
	assert_int_equal(policy.state, POLICY_WAITS);
	assert_int_equal(policy_next(&policy), 100010);
}

/* Shows: rtos.on-demand. */
TEST(test_on_demand_and_leaving)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	manifest.flags = RTOS_PROGRAM_ON_DEMAND;
	manifest.leave_ms = 1000;
	assert_int_equal(policy_begin(&policy, &manifest, 0), 0);
	assert_int_equal(policy_demand(&policy), POLICY_START);
	assert_int_equal(policy_demand(&policy), 0);
	policy_users(&policy, 1, 5);
	policy_started(&policy, 10);
	assert_int_equal(policy_next(&policy), POLICY_NEVER);
	policy_users(&policy, 0, 20);
	assert_int_equal(policy_next(&policy), 1020);
	assert_int_equal(policy_time(&policy, 1020), POLICY_KILL);
	assert_int_equal(policy_ended(&policy, false, 1021), 0);
	assert_int_equal(policy.state, POLICY_RESTS);
	/* A client came while the program left. */
	assert_int_equal(policy_demand(&policy), POLICY_START);
	policy_started(&policy, 1030);
	assert_int_equal(policy_time(&policy, 2030), POLICY_KILL);
	policy_users(&policy, 1, 2031);
	assert_int_equal(policy_ended(&policy, false, 2032), POLICY_START);
}

TEST(test_exits)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, 0);
	assert_int_equal(policy_ended(&policy, true, 1), POLICY_CLOSE);
	assert_int_equal(policy.state, POLICY_STOPPED);
	manifest.flags = RTOS_PROGRAM_RESTART_AFTER_EXIT;
	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, 0);
	assert_int_equal(policy_ended(&policy, true, 1), POLICY_START);
	manifest.flags = RTOS_PROGRAM_STOP_AFTER_CRASH;
	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, 0);
	assert_int_equal(policy_ended(&policy, false, 1), POLICY_CLOSE);
}

/* Only a loader starts a program in a slot. After any end of it the slot is free again. */
TEST(test_a_slot)
{
	struct rtos_manifest_program slot = keeps;
	struct policy policy, other;

	slot.loader = 4;
	slot.heartbeat_ms = 100;
	assert_int_equal(policy_begin(&policy, &slot, 0), 0);
	for (int i = SUPERVISOR_DO_START; i <= SUPERVISOR_DO_RESTART; i++)
		assert_int_equal(policy_command(&policy, (enum supervisor_command)i), 0);
	for (uint64_t now = 10; now < 100; now += 10) {
		assert_true(policy_load(&policy));
		assert_false(policy_load(&policy));
		policy_started(&policy, now);
		assert_false(policy_load(&policy));
		assert_int_equal(policy_ended(&policy, now % 20 == 0, now), 0);
		assert_int_equal(policy.state, POLICY_RESTS);
	}
	assert_true(policy_load(&policy));
	assert_int_equal(policy_resume(&policy, 200), 0); /* its begun parts are taken back */
	assert_true(policy_load(&policy));
	policy_started(&policy, 200);
	assert_int_equal(policy_command(&policy, SUPERVISOR_DO_START), 0);
	assert_int_equal(policy_command(&policy, SUPERVISOR_DO_RESTART), POLICY_KILL);
	assert_int_equal(policy_ended(&policy, false, 210), 0);
	assert_true(policy_load(&policy));
	policy_started(&policy, 300);
	assert_int_equal(policy_time(&policy, 400) & POLICY_KILL, POLICY_KILL);
	assert_int_equal(policy_ended(&policy, false, 410), 0);
	assert_int_equal(policy.state, POLICY_RESTS);
	(void)policy_begin(&other, &keeps, 0);
	policy_started(&other, 0);
	(void)policy_ended(&other, true, 5);
	assert_false(policy_load(&other));
}

TEST(test_managers)
{
	struct policy policy;

	(void)policy_begin(&policy, &keeps, 0);
	policy_started(&policy, 0);
	for (int i = 0; i < 20; i++) { /* orders count on no level */
		assert_int_equal(policy_command(&policy, SUPERVISOR_DO_RESTART), POLICY_KILL);
		assert_int_equal(policy_ended(&policy, false, 1), POLICY_START);
		policy_started(&policy, 1);
	}
	assert_int_equal(policy_command(&policy, SUPERVISOR_DO_STOP), POLICY_KILL);
	assert_int_equal(policy_ended(&policy, false, 2), POLICY_CLOSE);
	assert_int_equal(policy_demand(&policy), 0);
	assert_int_equal(policy_command(&policy, SUPERVISOR_DO_RESTART),
	                 POLICY_OPEN | POLICY_START);
	policy_started(&policy, 3);
	assert_int_equal(policy_command(&policy, SUPERVISOR_DO_STOP), POLICY_KILL);
	assert_int_equal(policy_command(&policy, SUPERVISOR_DO_START), 0); /* the stop is undone */
	assert_int_equal(policy_ended(&policy, false, 4), POLICY_START);
}
