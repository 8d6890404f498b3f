/*
 * `give` and `cores`: their requests to the frame, the words about the outcome, and the commands'
 * own refusals.
 *
 * Shows: cores.who-asks.
 */
#include "operator.h"
#include <kumiki/hold.h>
#include <string.h>
#include <unit.h>

static const char *const names[] = {"linux", "rt", "other", NULL};

#define RECORD fake.accounts.core[1].hold

/* Core 1 is linux's at first, and may go to rt. The other cores stay. */
static void start(void)
{
	fake_start(names);
	fake.info.cores = fake.tables.header.cores.count = 3;
	fake.tables.cores[1].holders = 3;
	fake.tables.vcpus[0].cores = 1;
	fake.tables.vcpus[1].cores = 6;
	fake.tables.vcpus[2].cores = 4;
	RECORD = 0;
	fake_warden_again();
	operator_open();
}

const struct unit_fixture unit_each = {start, NULL};

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

/* The holder runs `kumikictl keep`. */
static void somebody_keeps_it(void)
{
	RECORD = HOLD_RECORD(HOLD_HOLDER(RECORD), HOLD_HOLDER(RECORD), HOLD_NUMBER(RECORD) + 1,
	                     (fake.now >> HOLD_TICK_SHIFT) + 10000);
}

static void somebody_else_asks(void)
{
	RECORD = ((RECORD + 0x10000) & ~0xff00ull) | 2 << 8;
}

/* The core passes to the partition just as the request is withdrawn. */
static void passes_at_last(void)
{
	if (fake.holds == 2)
		RECORD = 1;
}

TEST(test_a_core_is_given)
{
	fake.on_hold = passes;
	operator_asks("give 1 rt", 50, "core 1 is held by rt");
	operator_asks("give 1 rt", 50, "core 1 is there already: held by rt");
	operator_asks("cores", 50, "core 1: rt; may be that of linux");
	operator_asks("give 1 linux", 50, "core 1 is held by linux");
	assert_int_equal(fake.holds, 2);
}

TEST(test_a_core_comes_after_a_while)
{
	fake_type("give 1 rt\r", 10);
	fake_run(1000);
	assert_null(strstr(fake_sent(), "core 1 "));
	assert_int_equal(HOLD_WANTED(RECORD), 1);
	passes();
	fake_run(50);
	assert_non_null(strstr(fake_sent(), "core 1 is held by rt\r\n"));
	assert_int_equal(fake.holds, 1);
}

/* A running system has the core once its CPU there is on. */
TEST(test_the_cores_cpu_is_awaited)
{
	fake.on_hold = passes;
	fake.tables.vcpus[1].cores = 2;
	fake_life(1, LIFE_RUNNING);
	fake_type("give 1 rt 2\r", 12);
	fake_run(1000);
	assert_null(strstr(fake_sent(), "core 1 "));
	fake.accounts.vcpu[1].state = ACCOUNT_READY;
	fake_run(50);
	assert_non_null(strstr(fake_sent(), "core 1 is held by rt\r\n"));
	fake.accounts.vcpu[0].state = ACCOUNT_OFF;
	fake.tables.vcpus[0].cores = 2;
	fake_life(0, LIFE_RUNNING);
	operator_asks("give 1 linux 1", 1200,
	              "core 1 is held by linux, whose CPU there is still off");
	fake_life(1, LIFE_SUSPENDED);
	fake.accounts.vcpu[1].state = ACCOUNT_OFF;
	operator_asks("give 1 rt", 50, "core 1 is held by rt");
}

/* A withdrawn request has no later effect. */
TEST(test_a_late_request_is_withdrawn)
{
	fake_type("give 1 rt 2\r", 12);
	fake_run(1900);
	assert_null(strstr(fake_sent(), "core 1:"));
	assert_int_equal(fake.holds, 1);
	fake_run(200);
	assert_non_null(strstr(
	    fake_sent(),
	    "linux keeps core 1: it didn't give it up in time; see that it and its agent run\r\n"));
	assert_int_equal(HOLD_WANTED(RECORD), 0);
	assert_false(hold_is_asked(RECORD, fake.now));
}

TEST(test_a_core_that_came_at_the_last_moment_counts)
{
	fake.on_hold = passes_at_last;
	operator_asks("give 1 rt 1", 1200, "core 1 is held by rt");
}

static void somebody_else_asks_at_last(void)
{
	if (fake.holds == 1)
		somebody_else_asks();
}

/* The time is over, but the last request is another client's by then: it isn't withdrawn. */
TEST(test_anothers_request_isnt_withdrawn)
{
	fake.on_asking = somebody_else_asks_at_last;
	operator_asks(
	    "give 1 rt 1", 1200,
	    "linux keeps core 1: somebody else has asked for it since; 'cores' says for whom");
	assert_int_equal(HOLD_WANTED(RECORD), 2);
}

TEST(test_a_core_stays)
{
	fake.on_hold = refuses;
	operator_asks("give 1 rt", 50, "linux keeps core 1: it refuses; its agent says why");
	fake.on_hold = somebody_keeps_it;
	operator_asks("give 1 rt", 50,
	              "linux keeps core 1: somebody has asked that it stays; ask again later");
	fake.on_hold = somebody_else_asks;
	operator_asks(
	    "give 1 rt", 50,
	    "linux keeps core 1: somebody else has asked for it since; 'cores' says for whom");
	fake.hold_refused = true;
	operator_asks("give 1 rt", 50, "core 1: the frame refuses");
}

TEST(test_a_core_goes_to_no_holder)
{
	fake.on_hold = passes;
	operator_asks("give 1 nobody", 50, "core 1 is held by nobody");
	operator_asks("cores", 50, "core 1: nobody; may be that of linux, rt");
	operator_asks("give 1 nobody", 50, "core 1 is there already: held by nobody");
	operator_asks("give 1 rt", 50, "core 1 is held by rt");
	operator_asks(
	    "give 2 nobody", 50,
	    "nobody may not hold core 2, which never moves; 'cores' shows the cores that do");
	fake.on_hold = refuses;
	operator_asks("give 1 nobody", 50, "rt keeps core 1: it refuses; its agent says why");
}

/* A partition's cores are the ones that it holds. */
TEST(test_a_core_is_shown_with_its_holder)
{
	fake.tables.vcpus[1].core = 1;
	operator_asks("show rt", 50, "  cores: ; vCPUs: 1; priority: 0; interrupts: 0");
	fake.on_hold = passes;
	operator_asks("give 1 rt", 50, "core 1 is held by rt");
	operator_asks("show rt", 50, "  cores: 1; vCPUs: 1; priority: 0; interrupts: 0");
}

TEST(test_mistakes)
{
	static const char *const lines[] = {"give 1", "give", "give x rt"};

	operator_asks("give 3 rt", 50, "there is no such core; the last one is 2");
	operator_asks("give 2 rt", 50,
	              "rt may not hold core 2, which never moves; 'cores' shows the cores that do");
	operator_asks("give 1 other", 50, "other may not hold core 1; allowed: linux, rt");
	operator_asks("give 1 rx", 50, "there is no partition 'rx'; did you mean 'rt'?");
	for (uint32_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		operator_asks(
		    lines[i], 50,
		    "write it so: give CORE NAME [SECONDS]: asks the core's holder to give it to "
		    "NAME, or to nobody, within 5 s or so many, up to 30");
	operator_asks("give 1 rt 0", 50, "'0' is no time: write from 1 to 30 seconds");
	operator_asks("give 1 rt 99", 50, "'99' is no time: write from 1 to 30 seconds");
	operator_asks("give 1 rt x", 50, "'x' is no time: write from 1 to 30 seconds");
	assert_int_equal(fake.holds, 0);
	operator_asks("cores", 50, "core 0: linux");
	operator_asks("cores", 50, "core 2: rt, other");
	operator_asks("cores auto", 50,
	              "no core moves by itself: the description has no kumiki,cores-by-load");
}
