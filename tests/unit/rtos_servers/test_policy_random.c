/*
 * The supervisor's decisions at random events for many seeds. The invariants are checked after
 * each.
 *
 * Shows: rtos.restart.
 */
#include <servers/supervisor/policy.h>
#include <stdint.h>
#include <unit.h>
#include <unit/rtos_servers/policy_program.h>

#define SEEDS  400
#define EVENTS 2000

struct play {
	struct policy policy;
	struct rtos_manifest_program manifest;
	uint64_t random, now;
	uint64_t used; /* the CPU time of its process */
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

/* Whether the program's ports are closed in this state. */
static bool play_is_closed(uint8_t state)
{
	return state == POLICY_STOPPED || state == POLICY_GIVEN_UP || state == POLICY_PAUSES;
}

/* Carries out the decisions, like the supervisor. Each must be possible just now. */
static void play_resume(struct play *play);

static void play_do(struct play *play, unsigned todo)
{
	/* The supervisor ends between its record of a decision and the deed. */
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

/*
 * The supervisor ends, and a successor goes on. Ports may be closed and kills done already. A
 * process that isn't recorded is taken back.
 */
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

/* Looks at the program, whose oldest call may be from before the last look. */
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
	/* No due step is left, and no program waits longer than the manifest says. */
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

TEST(test_random_events)
{
	uint32_t seen[POLICY_PAUSES + 1] = {0}, reboots = 0;

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
	/* Each step ends in any state but that of a start, which is over within its step. */
	for (int i = 0; i <= POLICY_PAUSES; i++)
		assert_true(i == POLICY_STARTS ? seen[i] == 0 : seen[i] > 100);
	assert_true(reboots > 0);
}
