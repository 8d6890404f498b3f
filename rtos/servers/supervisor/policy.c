/* See policy.h. */
#include "policy.h"

#define POLICY_DOUBLINGS_MAX 27u  /* RTOS_MS_MAX, doubled so often, fits in 64 bits */
#define POLICY_ASK_MS        20u  /* milliseconds from a start to the first question */
#define POLICY_PAUSE_LEAST   100u /* milliseconds: no pause is shorter */

static uint64_t policy_window(const struct policy *policy)
{
	return policy->manifest->limit_s * 1000ULL;
}

/* The delay before a restart. The first restart on a level comes at once. */
static uint64_t policy_delay(const struct policy *policy)
{
	const struct rtos_manifest_program *manifest = policy->manifest;
	const uint32_t doublings = policy->restarts - 2;
	uint64_t delay;

	if (policy->restarts < 2)
		return 0;
	delay = (uint64_t)manifest->delay_ms
	        << (doublings < POLICY_DOUBLINGS_MAX ? doublings : POLICY_DOUBLINGS_MAX);
	return delay < manifest->delay_most_ms ? delay : manifest->delay_most_ms;
}

static uint8_t policy_level(const struct policy *policy)
{
	return policy->level == 0 ? RTOS_LEVEL_NONE : policy->manifest->levels[policy->level - 1];
}

static unsigned policy_start(struct policy *policy)
{
	policy->state = POLICY_STARTS;
	return policy->wipes ? POLICY_START | POLICY_WIPE : POLICY_START;
}

/* Forgets all earlier crashes. */
static void policy_forgive(struct policy *policy)
{
	policy->level = 0;
	policy->restarts = 0;
	policy->wipes = false;
}

static unsigned policy_rest(struct policy *policy)
{
	policy->state = POLICY_RESTS;
	return 0;
}

static unsigned policy_stop(struct policy *policy, enum policy_state state)
{
	policy->state = (uint8_t)state;
	return POLICY_CLOSE;
}

/* Whether the program is a slot, which rests until the loader starts a file in it
 * (docs/reference/rtos-servers.md). */
static bool policy_is_slot(const struct policy *policy)
{
	return policy->manifest->loader != 0;
}

/* ---- crashes ---- */

static uint32_t policy_less(uint32_t restarts, uint32_t crashes)
{
	return crashes < restarts ? restarts - crashes : 0;
}

/* The restarts that count towards the limit. Restarts after crashes by one suspected call don't
 * count, nor does the restart that comes now: the kernel will soon set a guilty call aside. An
 * accused server is at its limit. */
static uint32_t policy_restarts(const struct policy *policy)
{
	switch (policy->cause) {
	case POLICY_ACCUSED:
		return UINT32_MAX;
	case POLICY_SUSPECTED:
		return policy_less(policy->restarts, policy->crashes + 1);
	default:
		return policy->restarts;
	}
}

/* Counts a crash. At the limit the next level begins; no level follows RTOS_LEVEL_SLOW. */
static void policy_count(struct policy *policy, uint64_t now)
{
	if (policy->restarts == 0 || now - policy->window >= policy_window(policy)) {
		policy->restarts = 0;
		policy->window = now;
	}
	if (policy->cause == POLICY_EXCUSED) {
		policy->restarts = policy_less(policy->restarts, policy->crashes);
		return;
	}
	if (policy_restarts(policy) >= policy->manifest->limit &&
	    policy_level(policy) != RTOS_LEVEL_SLOW) {
		policy->level++;
		policy->restarts = 0;
		policy->window = now;
	}
	policy->restarts++;
}

/* Closes the program's ports until the next start, so that clients get an error: the program has
 * failed too often for them to wait. */
static unsigned policy_pause(struct policy *policy, uint64_t now)
{
	const uint64_t pause = policy->manifest->delay_most_ms;

	policy->due = now + (pause > POLICY_PAUSE_LEAST ? pause : POLICY_PAUSE_LEAST);
	return policy_stop(policy, POLICY_PAUSES);
}

/* Whether this level wipes the kept memory. RTOS_LEVEL_SLOW does if the level before it did. */
static bool policy_wipes(const struct policy *policy)
{
	return policy_level(policy) == RTOS_LEVEL_ANEW ||
	       (policy_level(policy) == RTOS_LEVEL_SLOW &&
	        policy->manifest->levels[0] == RTOS_LEVEL_ANEW);
}

/* Restarts the program as its level says, or gives it up. */
static unsigned policy_crashed(struct policy *policy, uint64_t now)
{
	if (policy->manifest->flags & RTOS_PROGRAM_STOP_AFTER_CRASH)
		return policy_stop(policy, POLICY_STOPPED);
	policy_count(policy, now);
	if (policy->cause == POLICY_EXCUSED)
		return policy_start(policy);
	policy->wipes = policy_wipes(policy);
	if (policy_level(policy) == RTOS_LEVEL_REBOOT)
		return policy_stop(policy, POLICY_GIVEN_UP) | POLICY_REBOOT;
	if (policy_level(policy) == RTOS_LEVEL_STOP)
		return policy_stop(policy, POLICY_GIVEN_UP);
	if (policy_level(policy) == RTOS_LEVEL_SLOW)
		return policy_pause(policy, now);
	if (policy_delay(policy) == 0)
		return policy_start(policy);
	policy->state = POLICY_WAITS;
	policy->due = now + policy_delay(policy);
	return 0;
}

/* ---- ends ---- */

/* A program that left is started again if another program has one of its ports open, and rests
 * otherwise. */
static unsigned policy_left(struct policy *policy)
{
	return policy->users ? policy_start(policy) : policy_rest(policy);
}

static unsigned policy_exited(struct policy *policy)
{
	if (policy->manifest->flags & RTOS_PROGRAM_RESTART_AFTER_EXIT)
		return policy_start(policy);
	if (policy->manifest->flags & RTOS_PROGRAM_ON_DEMAND)
		return policy_left(policy);
	return policy_stop(policy, POLICY_STOPPED);
}

static unsigned policy_killed(struct policy *policy, uint64_t now)
{
	switch (policy->end) {
	case POLICY_TO_STOP:
		return policy_stop(policy, POLICY_STOPPED);
	case POLICY_TO_RESTART:
		return policy_start(policy);
	case POLICY_UNUSED:
		return policy_left(policy);
	default:
		return policy_crashed(policy, now);
	}
}

void policy_caused(struct policy *policy, enum policy_cause cause, uint32_t crashes)
{
	policy->cause = (uint8_t)cause;
	policy->crashes = crashes;
}

static unsigned policy_ends(struct policy *policy, bool well, uint64_t now)
{
	/* A program in POLICY_STARTS never ran: `started` is an earlier start's. */
	if (policy->state != POLICY_STARTS && now - policy->started >= policy_window(policy))
		policy_forgive(policy);
	if (policy_is_slot(policy))
		return policy_rest(policy);
	if (policy->state == POLICY_ENDS)
		return policy_killed(policy, now);
	return well ? policy_exited(policy) : policy_crashed(policy, now);
}

unsigned policy_ended(struct policy *policy, bool well, uint64_t now)
{
	const unsigned todo = policy_ends(policy, well, now);

	policy_caused(policy, POLICY_OWN, 0);
	return todo;
}

unsigned policy_back(struct policy *policy)
{
	policy_forgive(policy);
	return policy_start(policy);
}

static unsigned policy_kill(struct policy *policy, enum policy_end end)
{
	policy->state = POLICY_ENDS;
	policy->end = (uint8_t)end;
	return end == POLICY_HUNG ? POLICY_KILL | POLICY_BLAME : POLICY_KILL;
}

/* ---- events ---- */

unsigned policy_begin(struct policy *policy, const struct rtos_manifest_program *manifest,
                      uint64_t now)
{
	*policy = (struct policy){.manifest = manifest, .unused = now};
	if ((manifest->flags & RTOS_PROGRAM_ON_DEMAND) != 0 || policy_is_slot(policy))
		return policy_rest(policy);
	return policy_start(policy);
}

bool policy_load(struct policy *policy)
{
	if (!policy_is_slot(policy) || policy->state != POLICY_RESTS)
		return false;
	policy->state = POLICY_STARTS;
	return true;
}

/* Steps that had begun are done again, except a slot's start. The last heartbeat isn't known, so
 * all times begin now. */
unsigned policy_resume(struct policy *policy, uint64_t now)
{
	policy->beat = now;
	policy->unused = now;
	policy->looked = now;
	policy->called = 0;
	policy->ask = now + POLICY_ASK_MS;
	policy->timed = now;
	policy->used = POLICY_NEVER;
	policy->works = false;
	policy->made = 0;
	policy->weighed = now;
	policy->weighs = 0;
	switch (policy->state) {
	case POLICY_STARTS:
		if (policy_is_slot(policy))
			return policy_rest(policy);
		return POLICY_OPEN | policy_start(policy);
	case POLICY_ENDS:
		return POLICY_OPEN | policy_kill(policy, (enum policy_end)policy->end);
	case POLICY_STOPPED:
	case POLICY_PAUSES:
		return POLICY_CLOSE;
	case POLICY_GIVEN_UP:
		return policy_level(policy) == RTOS_LEVEL_REBOOT ? POLICY_CLOSE | POLICY_REBOOT
		                                                 : POLICY_CLOSE;
	default:
		return POLICY_OPEN;
	}
}

unsigned policy_demand(struct policy *policy)
{
	return policy->state == POLICY_RESTS ? policy_start(policy) : 0;
}

void policy_users(struct policy *policy, uint32_t users, uint64_t now)
{
	policy->users = users;
	policy->unused = now;
}

void policy_started(struct policy *policy, uint64_t now)
{
	policy->state = POLICY_RUNS;
	policy->wipes = false;
	policy->started = now;
	policy->beat = now;
	policy->unused = now;
	policy->looked = now;
	policy->called = 0;
	policy->ask = now + POLICY_ASK_MS;
	policy->timed = now;
	policy->used = 0;
	policy->works = false;
	policy->made = 0;
	policy->weighed = now;
	policy->weighs = 0;
}

void policy_heartbeat(struct policy *policy, uint64_t now)
{
	policy->beat = now;
}

static unsigned policy_command_start(struct policy *policy)
{
	switch (policy->state) {
	case POLICY_STOPPED:
	case POLICY_GIVEN_UP:
	case POLICY_PAUSES:
		policy_forgive(policy);
		return POLICY_OPEN | policy_start(policy);
	case POLICY_RESTS:
	case POLICY_WAITS:
		return policy_start(policy);
	case POLICY_ENDS:
		if (policy->end == POLICY_TO_STOP || policy->end == POLICY_UNUSED)
			policy->end = POLICY_TO_RESTART;
		return 0;
	default:
		return 0;
	}
}

/* The program isn't in POLICY_STARTS here: while a process is made, the manager's call waits. */
static unsigned policy_command_end(struct policy *policy, enum policy_end end)
{
	if (policy->state == POLICY_RUNS)
		return policy_kill(policy, end);
	if (policy_is_slot(policy))
		return 0;
	if (policy->state == POLICY_ENDS)
		policy->end = (uint8_t)end;
	else if (end == POLICY_TO_RESTART)
		return policy_command_start(policy);
	else if (policy->state == POLICY_PAUSES)
		policy->state = POLICY_STOPPED; /* its ports are closed already */
	else if (policy->state == POLICY_RESTS || policy->state == POLICY_WAITS)
		return policy_stop(policy, POLICY_STOPPED);
	return 0;
}

unsigned policy_command(struct policy *policy, enum supervisor_command command)
{
	if (command == SUPERVISOR_DO_KILL && !policy_is_slot(policy))
		return policy->state == POLICY_RUNS ? POLICY_KILL : 0;
	if (command == SUPERVISOR_DO_START)
		return policy_is_slot(policy) ? 0 : policy_command_start(policy);
	return policy_command_end(policy, command == SUPERVISOR_DO_STOP ? POLICY_TO_STOP
	                                                                : POLICY_TO_RESTART);
}

unsigned policy_damaged(struct policy *policy)
{
	return policy->state == POLICY_RUNS ? policy_kill(policy, POLICY_DAMAGED) : 0;
}

bool policy_is_ordered(const struct policy *policy)
{
	return policy->state == POLICY_ENDS && policy->end != POLICY_HUNG &&
	       policy->end != POLICY_DAMAGED;
}

/* ---- time ---- */

static uint64_t policy_heartbeat_due(const struct policy *policy)
{
	return policy->manifest->heartbeat_ms ? policy->beat + policy->manifest->heartbeat_ms
	                                      : POLICY_NEVER;
}

static uint64_t policy_leave_due(const struct policy *policy)
{
	return policy->manifest->leave_ms && policy->users == 0
	           ? policy->unused + policy->manifest->leave_ms
	           : POLICY_NEVER;
}

static uint64_t policy_look_due(const struct policy *policy)
{
	return policy->manifest->answer_ms ? policy->looked + policy->manifest->answer_ms
	                                   : POLICY_NEVER;
}

static uint64_t policy_weigh_due(const struct policy *policy)
{
	return policy->manifest->compute_ms ? policy->weighed + policy->manifest->compute_ms
	                                    : POLICY_NEVER;
}

static uint64_t policy_busy_due(const struct policy *policy)
{
	return policy->manifest->busy_ms ? policy->timed + policy->manifest->busy_ms : POLICY_NEVER;
}

static uint64_t policy_ask_due(const struct policy *policy)
{
	return policy->manifest->probe_ms ? policy->ask : POLICY_NEVER;
}

unsigned policy_time(struct policy *policy, uint64_t now)
{
	if (policy->state == POLICY_WAITS && now >= policy->due)
		return policy_start(policy);
	if (policy->state == POLICY_PAUSES && now >= policy->due)
		return POLICY_OPEN | policy_start(policy);
	if (policy->state != POLICY_RUNS)
		return 0;
	if (now >= policy_heartbeat_due(policy))
		return policy_kill(policy, POLICY_HUNG);
	if (now >= policy_leave_due(policy))
		return policy_kill(policy, POLICY_UNUSED);
	if (now >= policy_look_due(policy))
		return POLICY_LOOK;
	if (now >= policy_weigh_due(policy))
		return POLICY_WEIGH;
	if (now >= policy_busy_due(policy))
		return POLICY_BUSY;
	return now >= policy_ask_due(policy) ? POLICY_ASK : 0;
}

unsigned policy_asked(struct policy *policy, uint64_t now)
{
	policy->ask = now + policy->manifest->probe_ms;
	return 0;
}

void policy_works(struct policy *policy, uint64_t taken, uint64_t next)
{
	policy->works |= policy->made != 0 && taken >= policy->made;
	policy->made = next;
}

unsigned policy_busy(struct policy *policy, uint64_t used, uint64_t now)
{
	const uint64_t most = (now - policy->timed) * 1000 * policy->manifest->busy_percent / 100;

	if (policy->used != POLICY_NEVER && used - policy->used > most && !policy->works)
		return policy_kill(policy, POLICY_HUNG);
	policy->timed = now;
	policy->used = used;
	policy->works = false;
	return 0;
}

/* CPU time before the first look at the call isn't known, and counts as nothing. */
unsigned policy_weigh(struct policy *policy, uint64_t identity, uint64_t used, uint64_t now)
{
	const uint64_t most = policy->manifest->compute_ms * 1000ULL;

	if (identity != 0 && identity == policy->weighs && used - policy->computed >= most)
		return policy_kill(policy, POLICY_HUNG);
	if (identity != 0 && identity != policy->weighs) {
		policy->weighs = identity;
		policy->computed = used;
	}
	policy->weighed = now;
	return 0;
}

bool policy_is_late(const struct policy *policy, uint64_t now)
{
	return policy->state == POLICY_RUNS && now >= policy_heartbeat_due(policy);
}

bool policy_is_unanswered(const struct policy *policy, uint64_t oldest)
{
	return oldest != 0 && oldest < policy->called;
}

void policy_spare(struct policy *policy, uint64_t now)
{
	policy->beat = now;
	policy->looked = now;
}

unsigned policy_hogs(struct policy *policy)
{
	return policy->manifest->busy_ms != 0 && policy->state == POLICY_RUNS
	           ? policy_kill(policy, POLICY_HUNG)
	           : 0;
}

/* A call that was there at the last look has waited for at least the time between two looks. */
unsigned policy_look(struct policy *policy, uint64_t oldest, uint64_t next, uint64_t now)
{
	if (policy_is_unanswered(policy, oldest))
		return policy_kill(policy, POLICY_HUNG);
	policy->looked = now;
	policy->called = next;
	return 0;
}

uint64_t policy_next(const struct policy *policy)
{
	uint64_t next, leave, look, busy, weigh, ask;

	if (policy->state == POLICY_WAITS || policy->state == POLICY_PAUSES)
		return policy->due;
	if (policy->state != POLICY_RUNS)
		return POLICY_NEVER;
	next = policy_heartbeat_due(policy);
	leave = policy_leave_due(policy);
	look = policy_look_due(policy);
	busy = policy_busy_due(policy);
	weigh = policy_weigh_due(policy);
	ask = policy_ask_due(policy);
	next = ask < next ? ask : next;
	next = weigh < next ? weigh : next;
	next = leave < next ? leave : next;
	next = busy < next ? busy : next;
	return look < next ? look : next;
}
