/*
 * The CPU time that a runaway program can take before the supervisor ends it. The supervisor looks
 * once in each period of kumiki,busy-at-most. From any moment of a period, the program takes less
 * than a period and its share of one. A program within its share is never ended.
 *
 * Shows: rtos.share.
 */
#include <servers/supervisor/policy.h>
#include <stdint.h>
#include <unit.h>

#define STARTED 1000u

/*
 * Looks at the program when the policy wants to, until it is ended or so many periods have passed.
 * The program uses its share at the beginning of each period, and from `begins` on all the time.
 * Returns its CPU time from `begins` on, in microseconds.
 */
static uint64_t play(uint16_t period, uint16_t percent, uint64_t begins, uint32_t periods,
                     bool *ended)
{
	const struct rtos_manifest_program manifest = {.busy_ms = period, .busy_percent = percent};
	const uint64_t share = (uint64_t)period * percent * 10;
	struct policy policy;
	uint64_t used = 0, away = 0;

	*ended = false;
	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, STARTED);
	for (uint64_t ms = 0; ms < (uint64_t)period * periods; ms++) {
		const uint64_t in_period = ms % period * 1000;

		if (ms >= begins)
			away += 1000;
		else if (in_period < share)
			used += share - in_period < 1000 ? share - in_period : 1000;
		if (policy_time(&policy, STARTED + ms + 1) != POLICY_BUSY)
			continue;
		*ended = policy_busy(&policy, used + away, STARTED + ms + 1) != 0;
		if (*ended)
			return away;
	}
	return away;
}

TEST(test_bound)
{
	static const uint16_t periods[] = {1, 7, 40, 250};
	bool ended;

	for (uint32_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++)
		for (uint16_t percent = 1; percent < 100; percent += 14)
			for (uint64_t begins = 0; begins < 3u * periods[i]; begins++) {
				const uint64_t away = play(periods[i], percent, begins, 8, &ended);

				assert_true(ended);
				assert_true(away <= (uint64_t)periods[i] * (1000 + percent * 10u));
			}
}

TEST(test_its_share)
{
	bool ended;

	for (uint16_t percent = 1; percent <= 100; percent++) {
		(void)play(50, percent, UINT64_MAX, 200, &ended);
		assert_false(ended);
	}
}
