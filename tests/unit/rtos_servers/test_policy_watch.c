/*
 * The supervisor's decisions about programs that run, but not as they should, as in
 * docs/rtos/programs.md.
 */
#include <servers/supervisor/policy.h>
#include <stdint.h>
#include <unit.h>
#include <unit/rtos_servers/policy_program.h>

/* CPU time counts only if the program used it on one call, and if two looks saw that call. */
TEST(test_computing_on_a_call)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	manifest.compute_ms = 20;
	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, 100);
	assert_int_equal(policy_next(&policy), 120);
	assert_int_equal(policy_time(&policy, 119), 0);
	assert_int_equal(policy_time(&policy, 120), POLICY_WEIGH);
	assert_int_equal(policy_weigh(&policy, 7, 500000, 120), 0);
	assert_int_equal(policy_next(&policy), 140);
	assert_int_equal(policy_weigh(&policy, 8, 900000, 140), 0); /* another call */
	assert_int_equal(policy_weigh(&policy, 0, 0, 160), 0);      /* the program waits */
	assert_int_equal(policy_weigh(&policy, 8, 919999, 9000), 0);
	assert_int_equal(policy_weigh(&policy, 8, 920000, 9020), POLICY_KILL | POLICY_BLAME);
	assert_int_equal(policy_ended(&policy, false, 9021), POLICY_START);
	policy_started(&policy, 9022);
	assert_int_equal(policy_weigh(&policy, 8, 50000, 9042), 0);
	assert_int_equal(policy_weigh(&policy, 8, 60000, 9062), 0);
}

/* Shows: rtos.starved. */
TEST(test_a_starved_program_is_spared)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy late, hog;

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
	assert_int_equal(policy_hogs(&hog), 0); /* the manifest sets no limit */
	manifest.busy_ms = 2000;
	manifest.busy_percent = 90;
	(void)policy_begin(&hog, &manifest, 0);
	assert_int_equal(policy_hogs(&hog), 0); /* the program doesn't run */
	policy_started(&hog, 0);
	assert_int_equal(policy_hogs(&hog), POLICY_KILL | POLICY_BLAME);
}

TEST(test_a_heartbeat_that_stays_out)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	manifest.heartbeat_ms = 50;
	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, 100);
	assert_int_equal(policy_next(&policy), 150);
	policy_heartbeat(&policy, 140);
	assert_int_equal(policy_time(&policy, 150), 0);
	assert_int_equal(policy_next(&policy), 190);
	assert_int_equal(policy_time(&policy, 190), POLICY_KILL | POLICY_BLAME);
	assert_int_equal(policy_time(&policy, 1000), 0); /* the program is already killed */
	assert_int_equal(policy_next(&policy), POLICY_NEVER);
	assert_int_equal(policy_ended(&policy, false, 191), POLICY_START);
}

/*
 * A call counts only if it was there at the last look. At a start the time begins anew, as calls
 * come again.
 */
TEST(test_a_call_that_is_not_answered)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

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

TEST(test_a_runaway_program)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

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
	                 POLICY_OPEN); /* the time before isn't known */
	assert_int_equal(policy_busy(&policy, 400000, 1400), 0);
	assert_int_equal(policy_busy(&policy, 480001, 1500), POLICY_KILL | POLICY_BLAME);
}

/* A program that takes calls is busy for its clients, at any use of the CPU. */
TEST(test_busy_for_its_clients)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;
	uint64_t call = 100;

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
	policy_works(&policy, call - 1, call); /* it took that call before the last look */
	assert_int_equal(policy_busy(&policy, 5000000, 5000), POLICY_KILL | POLICY_BLAME);
}

/*
 * The first probe comes soon after a start, and the next ones a period after the last one, for any
 * outcome.
 */
TEST(test_probes)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	manifest.probe_ms = 1000;
	(void)policy_begin(&policy, &manifest, 0);
	assert_int_equal(policy_next(&policy), POLICY_NEVER);
	policy_started(&policy, 100);
	assert_int_equal(policy_next(&policy), 120);
	assert_int_equal(policy_time(&policy, 119), 0);
	assert_int_equal(policy_time(&policy, 120), POLICY_ASK);
	assert_int_equal(policy_asked(&policy, 121), 0);
	assert_int_equal(policy_next(&policy), 1121);
	assert_int_equal(policy_time(&policy, 900000), POLICY_ASK); /* the program was suspended */
	assert_int_equal(policy_asked(&policy, 900000), 0);
	assert_int_equal(policy_time(&policy, 900001), 0);
	assert_int_equal(policy_damaged(&policy), POLICY_KILL); /* no call is blamed */
	assert_int_equal(policy_next(&policy), POLICY_NEVER);
	assert_int_equal(policy_ended(&policy, false, 900002), POLICY_START);
	policy_started(&policy, 900003);
	assert_int_equal(policy_next(&policy), 900023);
	assert_int_equal(policy_resume(&policy, 900500), POLICY_OPEN);
	assert_int_equal(policy_next(&policy), 900520);
}

/* A taken probe hides no runaway program, and calls before it count. */
TEST(test_probes_are_no_work)
{
	struct rtos_manifest_program manifest = keeps;
	struct policy policy;

	manifest.busy_ms = 100;
	manifest.busy_percent = 80;
	(void)policy_begin(&policy, &manifest, 0);
	policy_started(&policy, 0);
	policy_works(&policy, 0, 10);
	assert_int_equal(policy_busy(&policy, 0, 100), 0);
	policy_works(&policy, 12, 20); /* a client's call was taken before the probe */
	policy_works(&policy, 0, 21);  /* the probe was 20 */
	policy_works(&policy, 20, 22);
	assert_int_equal(policy_busy(&policy, 100000, 200), 0);
	policy_works(&policy, 20, 23);
	policy_works(&policy, 0, 24); /* the probe was 23 */
	policy_works(&policy, 23, 25);
	assert_int_equal(policy_busy(&policy, 200000, 300), POLICY_KILL | POLICY_BLAME);
}
