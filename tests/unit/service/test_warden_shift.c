/*
 * Cores that move of their own accord: the service's requests to the frame, and its words about
 * them.
 *
 * Shows: cores.by-load.
 */
#include "operator.h"
#include <kumiki/hold.h>
#include <lib/shift.h>
#include <stdio.h>
#include <string.h>
#include <unit.h>

static const char *const names[] = {"linux", "rt", NULL};

#define RECORD fake.accounts.core[1].hold

/*
 * Core 1 is linux's, beside a core that stays, and may go to rt, which works without end on a core
 * of its own.
 */
static void begin(const struct bundle_shift *plan)
{
	static const uint8_t cores[] = {0, 1, 2, 1};

	fake_start(names);
	fake.info.cores = 3;
	fake.info.vcpu_count = 4;
	fake.tables.header.vcpus.count = 4;
	fake.tables.header.cores.count = 3;
	fake.tables.partitions[0].vcpus = (struct bundle_range){0, 2};
	fake.tables.partitions[1].vcpus = (struct bundle_range){2, 2};
	fake.tables.cores[1].holders = 3;
	for (uint32_t i = 0; i < 4; i++)
		fake.tables.vcpus[i].core = fake.accounts.vcpu[i].core = cores[i];
	fake.tables.header.shift = *plan;
	fake.accounts.vcpu[2].state = ACCOUNT_RUNS;
	fake.accounts.vcpu[2].since = fake.now;
	RECORD = 0;
	fake_warden_again();
	operator_open();
}

static void by_load(void)
{
	begin(&(struct bundle_shift){.by_load = 1, .least = {1, 1}});
}

static void passes(void)
{
	RECORD = (RECORD & ~0xffull) | HOLD_WANTED(RECORD);
}

/* The holder asks for it to stay. */
static void refuses(void)
{
	RECORD = HOLD_RECORD(HOLD_HOLDER(RECORD), HOLD_HOLDER(RECORD), HOLD_NUMBER(RECORD) + 1,
	                     fake.now >> HOLD_TICK_SHIFT);
}

/* The core passes to the partition just as the request is withdrawn. */
static void passes_at_last(void)
{
	if (fake.holds == 2)
		RECORD = 1 << 8 | 1;
}

static void expect(uint32_t milliseconds, const char *line)
{
	char whole[160];
	const char *sent;

	fake_run(milliseconds);
	sent = fake_sent();
	snprintf(whole, sizeof(whole), "%s\r\n", line);
	if (!strstr(sent, whole))
		fail_msg("no line \"%s\" in:\n%s", line, sent);
}

static void types(const char *line, const char *answer)
{
	fake_type(line, strlen(line));
	fake_type("\r", 1);
	expect(50, answer);
}

TEST_WITH(test_a_core_goes_where_it_is_needed, by_load, NULL)
{
	fake_run(SHIFT_STAY_MS - 100);
	assert_int_equal(fake.holds, 0);
	fake_run(500);
	assert_int_equal(fake.holds, 1);
	assert_int_equal(HOLD_WANTED(RECORD), 1);
	passes();
	expect(50, "core 1 has gone to rt");
	fake_run(30000);
	assert_int_equal(fake.holds, 1);
}

/* Shows: cores.silent. */
TEST_WITH(test_a_silent_holder_keeps_the_core, by_load, NULL)
{
	fake_run(SHIFT_STAY_MS + 500);
	expect(SHIFT_WAIT_MS, "linux keeps core 1, which rt was to have: it didn't give it up in "
	                      "time; see that it and its agent run");
	assert_int_equal(HOLD_WANTED(RECORD), 0);
	assert_false(hold_is_asked(RECORD, fake.now));
	assert_int_equal(fake.holds, 2);
	fake_run(30000);
	assert_int_equal(fake.holds, 2);
}

TEST_WITH(test_a_core_that_goes_at_the_last_moment_counts, by_load, NULL)
{
	fake.on_hold = passes_at_last;
	fake_run(SHIFT_STAY_MS + 500);
	expect(SHIFT_WAIT_MS, "core 1 has gone to rt");
}

static void somebody_else_asks_at_last(void)
{
	if (fake.holds == 1)
		RECORD = ((RECORD + 0x10000) & ~0xff00ull) | HOLD_NOBODY << 8;
}

/* The time is over, but the last request is another client's by then: it isn't withdrawn. */
TEST_WITH(test_anothers_request_isnt_withdrawn, by_load, NULL)
{
	fake.on_asking = somebody_else_asks_at_last;
	fake_run(SHIFT_STAY_MS + 500);
	expect(SHIFT_WAIT_MS, "linux keeps core 1, which rt was to have: somebody else has asked "
	                      "for it since; 'cores' says for whom");
	assert_int_equal(HOLD_WANTED(RECORD), HOLD_NOBODY);
}

/* Shows: cores.silent. */
TEST_WITH(test_a_refusing_holder_keeps_the_core, by_load, NULL)
{
	fake.on_hold = refuses;
	expect(SHIFT_STAY_MS + 500,
	       "linux keeps core 1, which rt was to have: it refuses; its agent says why");
	fake.hold_refused = true;
	expect(SHIFT_BARRED_MS + 500,
	       "linux keeps core 1, which rt was to have: it refuses; its agent says why");
}

TEST_WITH(test_a_core_without_a_holder, by_load, NULL)
{
	RECORD = HOLD_NOBODY << 8 | HOLD_NOBODY;
	shift_start(&fake.warden, fake.now);
	fake_run(SHIFT_STAY_MS + 500);
	assert_int_equal(HOLD_WANTED(RECORD), 1);
	passes();
	expect(50, "core 1 has gone to rt");
}

/* The core goes back once its new holder has no work. */
TEST_WITH(test_a_core_goes_back_to_no_holder, by_load, NULL)
{
	fake.tables.cores[1].holder = HOLD_NOBODY;
	RECORD = HOLD_NOBODY << 8 | HOLD_NOBODY;
	shift_start(&fake.warden, fake.now);
	fake_run(SHIFT_STAY_MS + 500);
	passes();
	expect(50, "core 1 has gone to rt");
	fake.accounts.vcpu[2].state = ACCOUNT_WAITS;
	fake.accounts.vcpu[2].ran = fake.now - fake.accounts.vcpu[2].since;
	fake_run(SHIFT_STAY_MS + 1500);
	assert_int_equal(HOLD_WANTED(RECORD), HOLD_NOBODY);
	passes();
	expect(50, "core 1 has gone to nobody");
}

TEST_WITH(test_by_hand, by_load, NULL)
{
	types("cores", "cores move by themselves: 'cores hand' stops that");
	types("cores hand", "no core moves by itself: 'cores auto' changes that");
	fake_run(60000);
	assert_int_equal(fake.holds, 0);
	types("cores auto", "cores move by themselves: 'cores hand' stops that");
	fake_run(2000);
	assert_int_equal(fake.holds, 1);
	types("cores now",
	      "write it so: cores [hand | auto | --json]: the holder of each core, and who may "
	      "hold it; whether cores move by themselves");
}

/*
 * The schedule's change comes in the second minute.
 * Shows: cores.by-time.
 */
TEST(test_by_the_time_of_the_day)
{
	static const struct bundle_shift plan = {
	    .changes = 1, .least = {1, 1}, .change = {{.minute = 1, .core = 1, .to = 1}}};

	begin(&plan);
	assert_int_equal(fake.holds, 0);
	fake.warden_info.clock_counter = fake.now;
	fake.warden_info.clock_seconds = 24 * 3600 + 30;
	shift_start(&fake.warden, fake.now);
	fake_run(29000);
	assert_int_equal(fake.holds, 0);
	fake_run(1500);
	assert_int_equal(fake.holds, 1);
	passes();
	expect(50, "core 1 has gone to rt");
}

TEST(test_the_least_is_kept)
{
	struct bundle_shift plan = {
	    .changes = 1, .least = {2, 1}, .change = {{.minute = 1, .core = 1, .to = 1}}};

	begin(&plan);
	fake.warden_info.clock_counter = fake.now;
	fake.warden_info.clock_seconds = 24 * 3600 + 30;
	shift_start(&fake.warden, fake.now);
	expect(31000, "linux keeps core 1, which rt was to have: it has only its "
	              "kumiki,least-cores; 'give' moves it all the same");
	assert_int_equal(fake.holds, 0);
}
