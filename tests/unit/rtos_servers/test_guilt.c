/*
 * The blame for a server's crash. A sender whose calls end the server is refused for growing times,
 * and the server's restart limit counts none of these crashes. Crashes at calls of several senders
 * are the server's own fault.
 *
 * Shows: rtos.guilt.
 */
#include <servers/supervisor/guilt.h>
#include <stdint.h>
#include <unit.h>

#define MOST   5u
#define WINDOW 10000u
#define LIMIT  3u

static const struct rtos_manifest_program server = {.pages = 1,
                                                    .keep_pages = 1,
                                                    .delay_ms = 10,
                                                    .delay_most_ms = 100,
                                                    .limit = MOST,
                                                    .limit_s = WINDOW / 1000,
                                                    .levels = {RTOS_LEVEL_ANEW, RTOS_LEVEL_SLOW}};

static struct guilt_call call_of(uint32_t badge, uint64_t identity, uint8_t blame)
{
	return (struct guilt_call){.identity = identity,
	                           .word = 6,
	                           .badge = badge,
	                           .port = 1,
	                           .blame = blame,
	                           .limit = LIMIT};
}

/* The server crashes, at this call. */
static enum policy_cause crash_at(struct guilt *guilt, struct guilt_call call, uint64_t now,
                                  uint32_t *crashes)
{
	return guilt_crashed(guilt, &call, 1, MOST, WINDOW, now, crashes);
}

/* A call that ends three servers. */
static enum policy_cause deadly(struct guilt *guilt, uint32_t badge, uint64_t identity,
                                uint64_t now)
{
	enum policy_cause cause = POLICY_OWN;
	uint32_t crashes;

	for (uint8_t blame = 1; blame <= LIMIT; blame++) {
		cause = crash_at(guilt, call_of(badge, identity, blame), now, &crashes);
		assert_int_equal(crashes, blame - 1);
		if (blame < LIMIT)
			assert_int_equal(cause, POLICY_SUSPECTED);
	}
	return cause;
}

static const struct guilt_sender *refused(const struct guilt *guilt, uint32_t badge, uint64_t now)
{
	for (uint32_t i = 0; i < GUILT_SENDERS; i++) {
		const struct guilt_sender *sender = guilt_refused(guilt, i, now);

		if (sender != NULL && sender->badge == badge)
			return sender;
	}
	return NULL;
}

TEST(test_a_crash_without_a_call)
{
	struct guilt guilt = {.count = 0};
	uint32_t crashes;

	assert_int_equal(guilt_crashed(&guilt, NULL, 0, MOST, WINDOW, 5, &crashes), POLICY_OWN);
	assert_int_equal(crashes, 0);
	assert_null(refused(&guilt, 0, 5));
}

TEST(test_a_guilty_sender_is_refused)
{
	struct guilt guilt = {.count = 0};
	const struct guilt_sender *sender;

	assert_int_equal(deadly(&guilt, 7, 100, 50), POLICY_EXCUSED);
	sender = refused(&guilt, 7, 50);
	assert_non_null(sender);
	assert_int_equal(sender->word, 6);
	assert_int_equal(sender->port, 1);
	assert_int_equal(sender->until, 50 + GUILT_FIRST_MS);
	assert_null(refused(&guilt, 8, 50));
	assert_null(refused(&guilt, 7, 50 + GUILT_FIRST_MS));
}

/*
 * Each refusal is twice as long, up to a limit. After as long again without a crash all is
 * forgotten.
 */
TEST(test_refusals_grow_and_are_forgotten)
{
	struct guilt guilt = {.count = 0};
	uint64_t now = 0, identity = 0, time = 0;

	for (uint32_t i = 0; i < 300; i++) {
		const uint64_t wanted = (uint64_t)GUILT_FIRST_MS
		                        << (i < GUILT_DOUBLINGS ? i : GUILT_DOUBLINGS);

		assert_int_equal(deadly(&guilt, 7, ++identity, now), POLICY_EXCUSED);
		time = refused(&guilt, 7, now)->until - now;
		assert_int_equal(time, wanted);
		now += time; /* the sender calls as soon as it may */
	}
	now += time - 1;
	assert_int_equal(deadly(&guilt, 7, ++identity, now), POLICY_EXCUSED);
	assert_int_equal(refused(&guilt, 7, now)->until - now, time);
	now += 2 * time;
	assert_int_equal(deadly(&guilt, 7, ++identity, now), POLICY_EXCUSED);
	assert_int_equal(refused(&guilt, 7, now)->until - now, GUILT_FIRST_MS);
}

TEST(test_two_senders_accuse_the_server)
{
	struct guilt guilt = {.count = 0};

	assert_int_equal(deadly(&guilt, 7, 1, 0), POLICY_EXCUSED);
	assert_int_equal(deadly(&guilt, 8, 2, WINDOW - 1), POLICY_ACCUSED);
	assert_null(refused(&guilt, 7, WINDOW));
	assert_null(refused(&guilt, 8, WINDOW));
	/* A long time between the two senders excuses the server. */
	assert_int_equal(deadly(&guilt, 7, 3, 2 * WINDOW), POLICY_EXCUSED);
	assert_int_equal(deadly(&guilt, 8, 4, 3 * WINDOW), POLICY_EXCUSED);
}

TEST(test_too_many_calls_of_a_sender_accuse_the_server)
{
	struct guilt guilt = {.count = 0};

	for (uint64_t i = 1; i <= MOST; i++)
		assert_int_equal(deadly(&guilt, 7, i, i), POLICY_EXCUSED);
	assert_int_equal(deadly(&guilt, 7, 100, 100), POLICY_ACCUSED);
}

/* A call is no excuse if it may end more servers than the limit lets restart. */
TEST(test_a_high_limit_of_blame)
{
	struct guilt guilt = {.count = 0};
	struct guilt_call call = call_of(7, 1, 1);
	uint32_t crashes;

	call.limit = MOST + 1;
	assert_int_equal(crash_at(&guilt, call, 0, &crashes), POLICY_OWN);
}

/* Crashes of long ago don't count for a call. */
TEST(test_old_crashes)
{
	struct guilt guilt = {.count = 0};
	uint32_t crashes;

	(void)crash_at(&guilt, call_of(7, 1, 1), 0, &crashes);
	(void)crash_at(&guilt, call_of(7, 1, 2), WINDOW - 1, &crashes);
	assert_int_equal(crashes, 1);
	(void)crash_at(&guilt, call_of(7, 1, 3), 3 * WINDOW, &crashes);
	assert_int_equal(crashes, 0);
}

/* ---- with the policy ---- */

/* The server crashes; returns whether its kept memory is wiped. */
static bool crash_policy(struct policy *policy, struct guilt *guilt, const struct guilt_call *call,
                         uint64_t *now)
{
	uint32_t crashes;
	const enum policy_cause cause =
	    guilt_crashed(guilt, call, call != NULL, MOST, WINDOW, *now, &crashes);
	unsigned todo;

	policy_caused(policy, cause, crashes);
	todo = policy_ended(policy, false, *now);
	if (policy->state == POLICY_WAITS) {
		*now = policy_next(policy);
		todo = policy_time(policy, *now);
	}
	assert_true((todo & POLICY_START) != 0);
	policy_started(policy, *now);
	return (todo & POLICY_WIPE) != 0;
}

/* Deadly calls add no crash to the server's own ones, for any number of these. */
TEST(test_deadly_calls_never_wipe)
{
	for (uint32_t own = 0; own <= MOST; own++) {
		struct guilt guilt = {.count = 0};
		struct policy policy;
		uint64_t now = 0;

		(void)policy_begin(&policy, &server, now);
		policy_started(&policy, now);
		for (uint32_t i = 0; i < own; i++)
			assert_false(crash_policy(&policy, &guilt, NULL, &now));
		for (uint64_t identity = 1; identity <= MOST; identity++)
			for (uint8_t blame = 1; blame <= LIMIT; blame++) {
				const struct guilt_call call = call_of(7, identity, blame);

				assert_false(crash_policy(&policy, &guilt, &call, &now));
			}
		assert_int_equal(policy.level, 0);
		assert_int_equal(policy.restarts, own);
	}
}

/* A suspect that is never refused is no excuse in the end. */
TEST(test_a_suspect_alone_excuses_nothing)
{
	struct guilt guilt = {.count = 0};
	struct policy policy;
	uint64_t now = 0;
	bool wiped = false;

	(void)policy_begin(&policy, &server, now);
	policy_started(&policy, now);
	for (uint64_t identity = 1; identity <= MOST + 2; identity++) {
		const struct guilt_call call = call_of(7, identity, 1);

		assert_false(wiped);
		wiped = crash_policy(&policy, &guilt, &call, &now);
	}
	assert_true(wiped);
	assert_int_equal(policy.level, 1);
}

/* Two senders' calls: the state is wiped with the second one's last crash. */
TEST(test_an_accused_server_begins_anew)
{
	struct guilt guilt = {.count = 0};
	struct policy policy;
	uint64_t now = 0;

	(void)policy_begin(&policy, &server, now);
	policy_started(&policy, now);
	for (uint32_t badge = 7; badge <= 8; badge++)
		for (uint8_t blame = 1; blame <= LIMIT; blame++) {
			const struct guilt_call call = call_of(badge, badge, blame);

			assert_int_equal(crash_policy(&policy, &guilt, &call, &now),
			                 badge == 8 && blame == LIMIT);
		}
	assert_int_equal(policy.level, 1);
}
