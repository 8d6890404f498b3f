/*
 * The supervisor's decisions: the cases that docs/rtos/programs.md names, then random events for
 * many seeds, with what must always hold checked after each.
 *
 * Shows: rtos.restart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <servers/supervisor/policy.h>
#include <string.h>

#define SEEDS  400
#define EVENTS 2000

static const struct rtos_manifest_program keeps = {.pages = 1,
                                                   .keep_pages = 1,
                                                   .delay_ms = 10,
                                                   .delay_most_ms = 100,
                                                   .limit = 3,
                                                   .limit_s = 10,
                                                   .levels = {RTOS_LEVEL_ANEW, RTOS_LEVEL_STOP}};

/* ---- cases ---- */

static void test_it_starts_and_stays(void **state)
{
	struct policy policy;

	(void)state;
	assert_int_equal(policy_begin(&policy, &keeps, 5), POLICY_START);
	policy_started(&policy, 6);
	assert_int_equal(policy_next(&policy), POLICY_NEVER);
	assert_int_equal(policy_time(&policy, 1000000), 0);
	assert_int_equal(policy.state, POLICY_RUNS);
}

/* Crashes at once after each start: says after which delay it is started again, and how. */
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

/* It is a crash, but no call's fault. */
static void test_damaged_text(void **state)
{
	struct policy policy;

	(void)state;
	(void)policy_begin(&policy, &keeps, 0);
	assert_int_equal(policy_damaged(&policy), 0); /* it has no process yet */
	policy_started(&policy, 0);
	assert_int_equal(policy_damaged(&policy), POLICY_KILL);
	assert_int_equal(policy_damaged(&policy), 0); /* it ends already */
	assert_false(policy_is_ordered(&policy));
	assert_int_equal(policy_resume(&policy, 1), POLICY_OPEN | POLICY_KILL);
	assert_int_equal(policy_ended(&policy, false, 1), POLICY_START);
	assert_int_equal(policy.restarts, 1);
	policy_started(&policy, 1);
	(void)policy_command(&policy, SUPERVISOR_DO_RESTART);
	assert_true(policy_is_ordered(&policy));
}

/* Shows: rtos.levels. */
static void test_crashes_go_through_the_levels(void **state)
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

	(void)state;
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
static void test_the_delay_doubles_up_to_its_most(void **state)
{
	static const uint64_t delays[] = {0, 10, 20, 40, 80, 100, 100, 100};
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;
	uint64_t now = 0, delay;

	(void)state;
	manifest.limit = 1000;
	(void)policy_begin(&policy, &manifest, now);
	policy_started(&policy, now);
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		assert_int_equal(crash(&policy, &now, &delay), POLICY_START);
		assert_int_equal(delay, delays[i]);
	}
	for (int i = 0; i < 80; i++) /* no shift too far */
		(void)crash(&policy, &now, &delay);
	assert_int_equal(delay, 100);
}

static void test_who_ran_long_enough_is_forgiven(void **state)
{
	struct policy policy;
	uint64_t now = 0, delay;

	(void)state;
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

/* Nothing else does, though it is on that level still. */
static void test_only_crashes_wipe(void **state)
{
	struct policy policy;
	uint64_t now = 0, delay;

	(void)state;
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
static void test_rare_crashes_stay_on_the_first_level(void **state)
{
	struct policy policy;
	uint64_t now = 0, delay;

	(void)state;
	(void)policy_begin(&policy, &keeps, now);
	policy_started(&policy, now);
	for (int i = 0; i < 100; i++) {
		now += 4000;
		assert_int_equal(crash(&policy, &now, &delay), POLICY_START);
	}
	assert_int_equal(policy.level, 0);
}

/* Shows: rtos.levels. */
static void test_reboot_is_the_last_level(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;
	uint64_t now = 0, delay;

	(void)state;
	manifest.levels[0] = RTOS_LEVEL_REBOOT;
	manifest.levels[1] = RTOS_LEVEL_NONE;
	manifest.limit = 1;
	(void)policy_begin(&policy, &manifest, now);
	policy_started(&policy, now);
	assert_int_equal(crash(&policy, &now, &delay), POLICY_START);
	assert_int_equal(crash(&policy, &now, &delay), POLICY_CLOSE | POLICY_REBOOT);
}

/* For ever, with a pause before each try, and its ports closed meanwhile. Shows: rtos.slow. */
static void test_slow_is_for_ever(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;
	uint64_t now = 0, delay;

	(void)state;
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
	now += 10000; /* it ran for long enough */
	assert_int_equal(crash(&policy, &now, &delay), POLICY_START);
	assert_int_equal(policy.level, 0);
}

/* A start that fails at once isn't repeated at once; and a program without levels keeps its state.
 * Shows: rtos.slow. */
static void test_slow_has_a_pause(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	(void)state;
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

/* Only the time that it computed on one call, and only if it did so at two looks. */
static void test_computing_on_a_call(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	(void)state;
	manifest.compute_ms = 20;
	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, 100);
	assert_int_equal(policy_next(&policy), 120);
	assert_int_equal(policy_time(&policy, 119), 0);
	assert_int_equal(policy_time(&policy, 120), POLICY_WEIGH);
	assert_int_equal(policy_weigh(&policy, 7, 500000, 120), 0);
	assert_int_equal(policy_next(&policy), 140);
	assert_int_equal(policy_weigh(&policy, 8, 900000, 140), 0); /* another one */
	assert_int_equal(policy_weigh(&policy, 0, 0, 160), 0);      /* it waits */
	assert_int_equal(policy_weigh(&policy, 8, 919999, 9000), 0);
	assert_int_equal(policy_weigh(&policy, 8, 920000, 9020), POLICY_KILL | POLICY_BLAME);
	assert_int_equal(policy_ended(&policy, false, 9021), POLICY_START);
	policy_started(&policy, 9022);
	assert_int_equal(policy_weigh(&policy, 8, 50000, 9042), 0);
	assert_int_equal(policy_weigh(&policy, 8, 60000, 9062), 0);
}

/* Shows: rtos.starved. */
static void test_a_starved_one_is_spared(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy late, hog;

	(void)state;
	manifest.heartbeat_ms = 50;
	(void)policy_begin(&late, &manifest, 0);
	policy_started(&late, 100);
	assert_false(policy_is_late(&late, 149));
	assert_true(policy_is_late(&late, 150));
	policy_spare(&late, 150);
	assert_int_equal(policy_time(&late, 150), 0);
	assert_int_equal(policy_next(&late), 200);
	(void)policy_begin(&hog, &keeps, 0);
	policy_started(&hog, 0);
	assert_int_equal(policy_hogs(&hog), 0); /* nothing limits it */
	manifest.busy_ms = 2000;
	manifest.busy_percent = 90;
	(void)policy_begin(&hog, &manifest, 0);
	assert_int_equal(policy_hogs(&hog), 0); /* it doesn't run */
	policy_started(&hog, 0);
	assert_int_equal(policy_hogs(&hog), POLICY_KILL | POLICY_BLAME);
}

static void test_a_failed_start_is_a_crash(void **state)
{
	struct policy policy;

	(void)state;
	(void)policy_begin(&policy, &keeps, 0);
	assert_int_equal(policy_ended(&policy, false, 100000), POLICY_START);
	assert_int_equal(policy_ended(&policy, false, 100000), 0);
	assert_int_equal(policy.state, POLICY_WAITS);
	assert_int_equal(policy_next(&policy), 100010);
}

static void test_a_heartbeat_that_stays_out(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	(void)state;
	manifest.heartbeat_ms = 50;
	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, 100);
	assert_int_equal(policy_next(&policy), 150);
	policy_heartbeat(&policy, 140);
	assert_int_equal(policy_time(&policy, 150), 0);
	assert_int_equal(policy_next(&policy), 190);
	assert_int_equal(policy_time(&policy, 190), POLICY_KILL | POLICY_BLAME);
	assert_int_equal(policy_time(&policy, 1000), 0); /* it is killed already */
	assert_int_equal(policy_next(&policy), POLICY_NEVER);
	assert_int_equal(policy_ended(&policy, false, 191), POLICY_START);
}

/* Only one that was there at the last look already; a start begins anew, as calls come again. */
static void test_a_call_that_is_not_answered(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	(void)state;
	manifest.answer_ms = 20;
	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, 100);
	assert_int_equal(policy_next(&policy), 120);
	assert_int_equal(policy_time(&policy, 119), 0);
	assert_int_equal(policy_time(&policy, 120), POLICY_LOOK);
	assert_int_equal(policy_look(&policy, 7, 12, 120), 0);
	assert_int_equal(policy_time(&policy, 140), POLICY_LOOK);
	assert_int_equal(policy_look(&policy, 12, 30, 140), 0);
	assert_int_equal(policy_look(&policy, 0, 40, 160), 0);
	assert_int_equal(policy_look(&policy, 39, 50, 180), POLICY_KILL | POLICY_BLAME);
	assert_int_equal(policy_ended(&policy, false, 181), POLICY_START);
	policy_started(&policy, 182);
	assert_int_equal(policy_look(&policy, 39, 50, 202), 0);
	assert_int_equal(policy_look(&policy, 39, 50, 222), POLICY_KILL | POLICY_BLAME);
}

static void test_a_run_away(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	(void)state;
	manifest.busy_ms = 100;
	manifest.busy_percent = 80;
	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, 1000);
	assert_int_equal(policy_next(&policy), 1100);
	assert_int_equal(policy_time(&policy, 1099), 0);
	assert_int_equal(policy_time(&policy, 1100), POLICY_BUSY);
	assert_int_equal(policy_busy(&policy, 80000, 1100), 0);
	assert_int_equal(policy_busy(&policy, 160000, 1200), 0);
	assert_int_equal(policy_resume(&policy, 1300),
	                 POLICY_OPEN); /* what was before isn't known */
	assert_int_equal(policy_busy(&policy, 400000, 1400), 0);
	assert_int_equal(policy_busy(&policy, 480001, 1500), POLICY_KILL | POLICY_BLAME);
}

/* A program that takes calls is busy for its clients, however busy it is. */
static void test_busy_for_its_clients(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;
	uint64_t call = 100;

	(void)state;
	manifest.busy_ms = 100;
	manifest.busy_percent = 80;
	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, 0);
	policy_works(&policy, 0, call);
	assert_int_equal(policy_busy(&policy, 0, 100), 0);
	for (uint64_t now = 200; now < 5000; now += 100) {
		policy_works(&policy, call + now % 300, call + 1000);
		call += 1000;
		assert_int_equal(policy_busy(&policy, now * 1000, now), 0);
	}
	policy_works(&policy, call - 1, call); /* it took that before the last look */
	assert_int_equal(policy_busy(&policy, 5000000, 5000), POLICY_KILL | POLICY_BLAME);
}

/* Soon after a start, then each period after the last question, whatever came of that. */
static void test_probes(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	(void)state;
	manifest.probe_ms = 1000;
	(void)policy_begin(&policy, &manifest, 0);
	assert_int_equal(policy_next(&policy), POLICY_NEVER);
	policy_started(&policy, 100);
	assert_int_equal(policy_next(&policy), 120);
	assert_int_equal(policy_time(&policy, 119), 0);
	assert_int_equal(policy_time(&policy, 120), POLICY_ASK);
	assert_int_equal(policy_asked(&policy, 121), 0);
	assert_int_equal(policy_next(&policy), 1121);
	assert_int_equal(policy_time(&policy, 900000), POLICY_ASK); /* it was suspended */
	assert_int_equal(policy_asked(&policy, 900000), 0);
	assert_int_equal(policy_time(&policy, 900001), 0);
	assert_int_equal(policy_damaged(&policy), POLICY_KILL); /* nobody is blamed */
	assert_int_equal(policy_next(&policy), POLICY_NEVER);
	assert_int_equal(policy_ended(&policy, false, 900002), POLICY_START);
	policy_started(&policy, 900003);
	assert_int_equal(policy_next(&policy), 900023);
	assert_int_equal(policy_resume(&policy, 900500), POLICY_OPEN);
	assert_int_equal(policy_next(&policy), 900520);
}

/* A probe that is taken hides no run-away, and calls before it count. */
static void test_probes_are_no_work(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	(void)state;
	manifest.busy_ms = 100;
	manifest.busy_percent = 80;
	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, 0);
	policy_works(&policy, 0, 10);
	assert_int_equal(policy_busy(&policy, 0, 100), 0);
	policy_works(&policy, 12, 20); /* before a probe: a client's call was taken */
	policy_works(&policy, 0, 21);  /* the probe was 20 */
	policy_works(&policy, 20, 22);
	assert_int_equal(policy_busy(&policy, 100000, 200), 0);
	policy_works(&policy, 20, 23);
	policy_works(&policy, 0, 24); /* the probe was 23 */
	policy_works(&policy, 23, 25);
	assert_int_equal(policy_busy(&policy, 200000, 300), POLICY_KILL | POLICY_BLAME);
}

/* Shows: rtos.on-demand. */
static void test_on_demand_and_leaving(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	(void)state;
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
	/* Somebody came while it left. */
	assert_int_equal(policy_demand(&policy), POLICY_START);
	policy_started(&policy, 1030);
	assert_int_equal(policy_time(&policy, 2030), POLICY_KILL);
	policy_users(&policy, 1, 2031);
	assert_int_equal(policy_ended(&policy, false, 2032), POLICY_START);
}

static void test_exits(void **state)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	(void)state;
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

/* Nothing but a loader starts what is in it, and however that ends, it is free again. */
static void test_a_slot(void **state)
{
	struct rtos_manifest_program slot = keeps;
	struct policy policy, other;

	(void)state;
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
	assert_int_equal(policy_resume(&policy, 200), 0); /* what was begun of it is taken back */
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

static void test_managers(void **state)
{
	struct policy policy;

	(void)state;
	(void)policy_begin(&policy, &keeps, 0);
	policy_started(&policy, 0);
	for (int i = 0; i < 20; i++) { /* counted on no level */
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
	assert_int_equal(policy_command(&policy, SUPERVISOR_DO_START), 0); /* changed one's mind */
	assert_int_equal(policy_ended(&policy, false, 4), POLICY_START);
}

/* ---- at random ---- */

struct play {
	struct policy policy;
	struct rtos_manifest_program manifest;
	uint64_t random, now;
	uint64_t used; /* CPU time of its process */
	bool process, killed, closed, rebooted;
};

static uint32_t play_random(struct play *play, uint32_t below)
{
	play->random = play->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(play->random >> 33) % below;
}

static void play_manifest(struct play *play)
{
	struct rtos_manifest_program *manifest = &play->manifest;

	*manifest = keeps;
	manifest->flags = (uint8_t)play_random(play, 8);
	manifest->limit = 1 + play_random(play, 4);
	manifest->limit_s = 1 + play_random(play, 3);
	manifest->delay_ms = play_random(play, 50);
	manifest->delay_most_ms = manifest->delay_ms + play_random(play, 500);
	manifest->busy_percent = 60;
	manifest->busy_ms = play_random(play, 2) ? 1 + play_random(play, 300) : 0;
	manifest->answer_ms = play_random(play, 2) ? 1 + play_random(play, 300) : 0;
	manifest->compute_ms = play_random(play, 2) ? 1 + play_random(play, 300) : 0;
	manifest->heartbeat_ms = play_random(play, 2) ? 1 + play_random(play, 300) : 0;
	if (manifest->flags & RTOS_PROGRAM_ON_DEMAND)
		manifest->leave_ms = play_random(play, 2) ? 1 + play_random(play, 800) : 0;
	if (play_random(play, 2)) {
		manifest->levels[0] = RTOS_LEVEL_REBOOT;
		manifest->levels[1] = RTOS_LEVEL_NONE;
	} else if (play_random(play, 2)) {
		manifest->levels[1] = RTOS_LEVEL_SLOW;
	}
}

/* Its ports are closed. */
static bool play_is_closed(uint8_t state)
{
	return state == POLICY_STOPPED || state == POLICY_GIVEN_UP || state == POLICY_PAUSES;
}

/* Carries out what was decided, as the supervisor would; each thing must be possible just now. */
static void play_resume(struct play *play);

static void play_do(struct play *play, unsigned todo)
{
	/* It ends between recording what was decided and doing it. */
	if (todo != 0 && play_random(play, 16) == 0) {
		play_resume(play);
		return;
	}
	if (todo & POLICY_OPEN) {
		assert_true(play->closed);
		play->closed = false;
	}
	if (todo & POLICY_CLOSE) {
		assert_false(play->closed || play->process);
		play->closed = true;
	}
	if (todo & POLICY_KILL) {
		assert_true(play->process && !play->killed);
		play->killed = true;
	}
	if (todo & POLICY_START) {
		assert_false(play->process || play->closed);
		assert_true(
		    (todo & POLICY_WIPE) == 0 ||
		    (play->policy.level >= 1 && play->manifest.levels[0] == RTOS_LEVEL_ANEW));
		play->process = true;
		play->killed = false;
		play->used = 0;
		policy_started(&play->policy, play->now);
	}
	assert_true((todo & POLICY_WIPE) == 0 || (todo & POLICY_START) != 0);
	assert_true((todo & POLICY_BLAME) == 0 || (todo & POLICY_KILL) != 0);
	play->rebooted |= (todo & POLICY_REBOOT) != 0;
}

/* The supervisor ends, and a successor goes on. Ports and kills may have been seen to already; a
 * process that isn't recorded is taken back. */
static void play_resume(struct play *play)
{
	struct policy *policy = &play->policy;
	const uint8_t before = policy->state;
	unsigned todo = policy_resume(policy, play->now);
	const bool closed = play_is_closed(before);

	assert_int_equal(todo & (POLICY_OPEN | POLICY_CLOSE), closed ? POLICY_CLOSE : POLICY_OPEN);
	assert_int_equal((todo & POLICY_KILL) != 0, before == POLICY_ENDS);
	assert_int_equal((todo & POLICY_START) != 0, before == POLICY_STARTS);
	play->closed = closed;
	if (todo & POLICY_KILL)
		play->killed = true;
	play_do(play, todo & ~(unsigned)(POLICY_OPEN | POLICY_CLOSE | POLICY_KILL | POLICY_BLAME));
}

static void play_end(struct play *play)
{
	const bool well = !play->killed && play_random(play, 4) == 0;

	if (!play->process)
		return;
	play->process = false;
	policy_caused(&play->policy, (enum policy_cause)play_random(play, POLICY_ACCUSED + 1),
	              play_random(play, 3));
	play_do(play, policy_ended(&play->policy, well, play->now));
}

/* Its oldest call may be from before the last look. */
static unsigned play_look(struct play *play)
{
	const uint64_t called = play->policy.called, oldest = play_random(play, 100);
	const unsigned todo =
	    policy_look(&play->policy, oldest, 50 + play_random(play, 50), play->now);

	assert_int_equal((todo & POLICY_KILL) != 0, oldest != 0 && oldest < called);
	return todo;
}

static unsigned play_busy(struct play *play)
{
	const uint64_t used = play->policy.used, timed = play->policy.timed;
	const uint64_t now_used = play->used += play_random(play, 400000);
	const unsigned todo = policy_busy(&play->policy, now_used, play->now);

	assert_int_equal((todo & POLICY_KILL) != 0,
	                 used != POLICY_NEVER && now_used - used > (play->now - timed) * 600);
	return todo;
}

static unsigned play_weigh(struct play *play)
{
	const uint64_t weighs = play->policy.weighs, computed = play->policy.computed;
	const uint64_t call = play_random(play, 3);
	const uint64_t used = play->used += play_random(play, 400000);
	const unsigned todo = policy_weigh(&play->policy, call, used, play->now);

	assert_int_equal((todo & POLICY_KILL) != 0,
	                 call != 0 && call == weighs &&
	                     used - computed >= play->manifest.compute_ms * 1000ULL);
	return todo;
}

static void play_time(struct play *play)
{
	unsigned todo = policy_time(&play->policy, play->now);

	while (todo == POLICY_LOOK || todo == POLICY_BUSY || todo == POLICY_WEIGH) {
		todo = todo == POLICY_LOOK   ? play_look(play)
		       : todo == POLICY_BUSY ? play_busy(play)
		                             : play_weigh(play);
		if (todo == 0)
			todo = policy_time(&play->policy, play->now);
	}
	play_do(play, todo);
}

static void play_event(struct play *play)
{
	switch (play_random(play, 9)) {
	case 0:
	case 1:
		play_end(play);
		break;
	case 2:
		play_do(play, policy_demand(&play->policy));
		break;
	case 3:
		policy_users(&play->policy, play_random(play, 3), play->now);
		break;
	case 4:
		if (play_random(play, 6) == 0)
			play_do(play,
			        policy_command(&play->policy,
			                       (enum supervisor_command)play_random(play, 3)));
		break;
	case 5:
		if (play->process)
			policy_heartbeat(&play->policy, play->now);
		break;
	case 6:
		if (play_random(play, 8) == 0)
			play_resume(play);
		break;
	default:
		play->now += play_random(play, 400);
		break;
	}
	play_time(play);
}

static void play_check(const struct play *play)
{
	const struct policy *policy = &play->policy;
	const struct rtos_manifest_program *manifest = &play->manifest;

	assert_int_equal(play->process,
	                 policy->state == POLICY_RUNS || policy->state == POLICY_ENDS);
	assert_int_equal(play->killed && play->process, policy->state == POLICY_ENDS);
	assert_int_equal(play->closed, play_is_closed(policy->state));
	/* Nothing that is due is left undone, and nobody waits longer than the manifest says. */
	assert_true(policy_next(policy) > play->now);
	if (policy->state == POLICY_WAITS)
		assert_true(policy_next(policy) <= play->now + manifest->delay_most_ms);
	if (policy->state == POLICY_PAUSES)
		assert_true(policy_next(policy) <= play->now + 100 + manifest->delay_most_ms);
	if (policy->state == POLICY_RUNS && manifest->heartbeat_ms)
		assert_true(policy_next(policy) <= play->now + manifest->heartbeat_ms);
	if (policy->state == POLICY_GIVEN_UP)
		assert_true(policy->level >= 1);
	if (policy->state == POLICY_RESTS)
		assert_true((manifest->flags & RTOS_PROGRAM_ON_DEMAND) != 0);
}

static void test_random_events(void **state)
{
	uint32_t seen[POLICY_PAUSES + 1] = {0}, reboots = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct play play = {.random = seed};

		play_manifest(&play);
		play_do(&play, policy_begin(&play.policy, &play.manifest, play.now));
		for (int i = 0; i < EVENTS; i++) {
			play_event(&play);
			play_check(&play);
			seen[play.policy.state]++;
		}
		reboots += play.rebooted;
		assert_true(!play.rebooted || play.manifest.levels[0] == RTOS_LEVEL_REBOOT);
	}
	/* The play comes everywhere (it never stops to look while one starts). */
	for (int i = 0; i <= POLICY_PAUSES; i++)
		assert_true(i == POLICY_STARTS ? seen[i] == 0 : seen[i] > 100);
	assert_true(reboots > 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_it_starts_and_stays),
	    cmocka_unit_test(test_damaged_text),
	    cmocka_unit_test(test_crashes_go_through_the_levels),
	    cmocka_unit_test(test_the_delay_doubles_up_to_its_most),
	    cmocka_unit_test(test_who_ran_long_enough_is_forgiven),
	    cmocka_unit_test(test_only_crashes_wipe),
	    cmocka_unit_test(test_rare_crashes_stay_on_the_first_level),
	    cmocka_unit_test(test_reboot_is_the_last_level),
	    cmocka_unit_test(test_slow_is_for_ever),
	    cmocka_unit_test(test_slow_has_a_pause),
	    cmocka_unit_test(test_computing_on_a_call),
	    cmocka_unit_test(test_a_starved_one_is_spared),
	    cmocka_unit_test(test_a_failed_start_is_a_crash),
	    cmocka_unit_test(test_a_heartbeat_that_stays_out),
	    cmocka_unit_test(test_a_call_that_is_not_answered),
	    cmocka_unit_test(test_a_run_away),
	    cmocka_unit_test(test_busy_for_its_clients),
	    cmocka_unit_test(test_probes),
	    cmocka_unit_test(test_probes_are_no_work),
	    cmocka_unit_test(test_on_demand_and_leaving),
	    cmocka_unit_test(test_exits),
	    cmocka_unit_test(test_a_slot),
	    cmocka_unit_test(test_managers),
	    cmocka_unit_test(test_random_events),
	};

	return cmocka_run_group_tests_name("the supervisor's policy", tests, NULL, NULL);
}
