/* The rule of restarts: every reason under every policy, limits, and the delays. */
#include <lib/liferule.h>
#include <unit.h>

#define REASONS (STOP_FRAME + 1)

static bool is_crash(uint32_t reason)
{
	return reason == STOP_FAULT || reason == STOP_WATCHDOG || reason == STOP_PANIC ||
	       reason == STOP_DMA || reason == STOP_CRASH || reason == STOP_KEPT ||
	       reason == STOP_FRAME;
}

/* Whether the partition is restarted, for all wishes after a crash. */
static bool begins_anew(uint32_t reason)
{
	return reason == STOP_RESET || reason == STOP_DEADLINE;
}

TEST(test_each_reason_under_each_policy)
{
	for (uint32_t crash = LIFE_DO_RESTART; crash <= LIFE_DO_HOLD; crash++)
		for (uint32_t reason = 0; reason < REASONS; reason++) {
			struct bundle_life life = {
			    .on_crash = (uint8_t)crash, .limit = 1, .window = 60000};
			uint32_t want = is_crash(reason)      ? crash
			                : begins_anew(reason) ? LIFE_DO_RESTART
			                                      : LIFE_DO_STOP;

			assert_int_equal(liferule_next(&life, reason, 0), want);
			assert_false(liferule_at_limit(&life, reason, 0));
		}
}

/* Shows: life.limit. */
TEST(test_limits)
{
	for (uint32_t at_limit = LIFE_DO_STOP; at_limit <= LIFE_DO_OFF; at_limit++)
		for (uint32_t reason = 0; reason < STOP_FRAME; reason++) {
			struct bundle_life life = {
			    .on_crash = LIFE_DO_RESTART, .at_limit = (uint8_t)at_limit, .limit = 3};
			bool restarts = is_crash(reason) || begins_anew(reason);

			assert_int_equal(liferule_next(&life, reason, 2),
			                 restarts ? LIFE_DO_RESTART : LIFE_DO_STOP);
			assert_int_equal(liferule_next(&life, reason, 3),
			                 restarts ? at_limit : LIFE_DO_STOP);
			assert_int_equal(liferule_at_limit(&life, reason, 3), restarts);
		}
}

/* A partition whose restart fails in the frame isn't started a third time. */
TEST(test_the_frame_fails)
{
	const struct bundle_life life = {
	    .on_crash = LIFE_DO_RESTART, .at_limit = LIFE_DO_OFF, .limit = 3, .window = 60000};
	struct bundle_life shorter = life;

	shorter.window--;
	assert_int_equal(liferule_next(&shorter, STOP_FRAME, 0), LIFE_DO_STOP);
	assert_int_equal(liferule_next(&life, STOP_FRAME, 0), LIFE_DO_RESTART);
	for (uint32_t failed = 1; failed < 5; failed++)
		assert_int_equal(liferule_next(&life, STOP_FRAME, failed), LIFE_DO_STOP);
}

TEST(test_delays)
{
	static const uint64_t want[] = {0, 0, 100, 200, 400, 800};
	const struct bundle_life life = {.delay = 100}, at_once = {.delay = 0};
	const struct bundle_life longest = {.delay = BUNDLE_DELAY_MAX};

	for (uint32_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(liferule_delay(&life, i), want[i]);
	assert_int_equal(liferule_delay(&at_once, 10), 0);
	assert_int_equal(liferule_delay(&longest, ~0u), (uint64_t)BUNDLE_DELAY_MAX << 16);
}
