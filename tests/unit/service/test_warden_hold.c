/*
 * `give` and `cores`: what they ask the frame for, what they say of that, and what they refuse by
 * themselves.
 *
 * Shows: cores.who-asks.
 */
#include "operator.h"
#include <kumiki/hold.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"linux", "rt", "other", NULL};

#define RECORD fake.accounts.core[1].hold

/* Core 1 is linux's at first, and may be that of rt; the others stay. */
static int start(void **state)
{
	(void)state;
	fake_start(names);
	fake.info.cores = fake.tables.header.cores.count = 3;
	fake.tables.cores[1].holders = 3;
	fake.tables.vcpus[0].cores = 1;
	fake.tables.vcpus[1].cores = 6;
	fake.tables.vcpus[2].cores = 4;
	RECORD = 0;
	fake_warden_again();
	operator_open();
	return 0;
}

static void passes(void)
{
	RECORD = (RECORD & ~0xffull) | HOLD_WANTED(RECORD);
}

/* The holder asks for it to stay. */
static void refuses(void)
{
	RECORD = ((RECORD + 0x10000) & ~0xff00ull) | HOLD_HOLDER(RECORD) << 8;
}

static void somebody_else_asks(void)
{
	RECORD = ((RECORD + 0x10000) & ~0xff00ull) | 2 << 8;
}

/* With what it withdraws, and not before. */
static void passes_at_last(void)
{
	if (fake.holds == 2)
		RECORD = 1;
}

static void test_it_is_given(void **state)
{
	(void)state;
	fake.on_hold = passes;
	operator_asks("give 1 rt", 50, "core 1 is held by rt");
	operator_asks("give 1 rt", 50, "core 1 is there already: held by rt");
	operator_asks("cores", 50, "core 1: rt; may be that of linux");
	operator_asks("give 1 linux", 50, "core 1 is held by linux");
	assert_int_equal(fake.holds, 2);
}

static void test_it_comes_after_a_while(void **state)
{
	(void)state;
	fake_type("give 1 rt\r", 10);
	fake_run(1000);
	assert_null(strstr(fake_sent(), "core 1 "));
	assert_int_equal(HOLD_WANTED(RECORD), 1);
	passes();
	fake_run(50);
	assert_non_null(strstr(fake_sent(), "core 1 is held by rt\r\n"));
	assert_int_equal(fake.holds, 1);
}

/* Nothing may come of it later. */
static void test_it_is_withdrawn_when_the_time_is_over(void **state)
{
	(void)state;
	fake_type("give 1 rt 2\r", 12);
	fake_run(1900);
	assert_null(strstr(fake_sent(), "core 1:"));
	assert_int_equal(fake.holds, 1);
	fake_run(200);
	assert_non_null(
	    strstr(fake_sent(), "linux keeps core 1: it didn't give it up in time\r\n"));
	assert_int_equal(HOLD_WANTED(RECORD), 0);
	assert_false(hold_is_asked(RECORD, fake.now));
}

static void test_what_came_at_the_last_moment_counts(void **state)
{
	(void)state;
	fake.on_hold = passes_at_last;
	operator_asks("give 1 rt 1", 1200, "core 1 is held by rt");
}

static void somebody_else_asks_at_last(void)
{
	if (fake.holds == 1)
		somebody_else_asks();
}

/* The time is over, but the last request is somebody else's by then: it isn't withdrawn. */
static void test_anothers_request_isnt_withdrawn(void **state)
{
	(void)state;
	fake.on_asking = somebody_else_asks_at_last;
	operator_asks("give 1 rt 1", 1200,
	              "linux keeps core 1 for now: somebody else has asked for it");
	assert_int_equal(HOLD_WANTED(RECORD), 2);
}

static void test_it_stays(void **state)
{
	(void)state;
	fake.on_hold = refuses;
	operator_asks("give 1 rt", 50, "linux keeps core 1: it refuses, or it was asked to");
	fake.on_hold = somebody_else_asks;
	operator_asks("give 1 rt", 50,
	              "linux keeps core 1 for now: somebody else has asked for it");
	fake.hold_refused = true;
	operator_asks("give 1 rt", 50, "core 1: the frame refuses");
}

static void test_nobody_is_a_holder(void **state)
{
	(void)state;
	fake.on_hold = passes;
	operator_asks("give 1 nobody", 50, "core 1 is held by nobody");
	operator_asks("cores", 50, "core 1: nobody; may be that of linux, rt");
	operator_asks("give 1 nobody", 50, "core 1 is there already: held by nobody");
	operator_asks("give 1 rt", 50, "core 1 is held by rt");
	operator_asks("give 2 nobody", 50, "nobody may not hold core 2, which never moves");
	fake.on_hold = refuses;
	operator_asks("give 1 nobody", 50, "rt keeps core 1: it refuses, or it was asked to");
}

/* A partition's cores are those that it holds. */
static void test_it_is_shown_with_who_holds_it(void **state)
{
	(void)state;
	fake.tables.vcpus[1].core = 1;
	operator_asks("show rt", 50, "  cores: ; vCPUs: 1; priority: 0; interrupts: 0");
	fake.on_hold = passes;
	operator_asks("give 1 rt", 50, "core 1 is held by rt");
	operator_asks("show rt", 50, "  cores: 1; vCPUs: 1; priority: 0; interrupts: 0");
}

static void test_what_is_wrong(void **state)
{
	static const char *const lines[] = {"give 1",      "give",         "give x rt",
	                                    "give 1 rt 0", "give 1 rt 31", "give 1 rt x"};

	(void)state;
	operator_asks("give 3 rt", 50, "there is no such core; the last one is 2");
	operator_asks("give 2 rt", 50, "rt may not hold core 2, which never moves");
	operator_asks("give 1 other", 50, "other may not hold core 1; allowed: linux, rt");
	operator_asks("give 1 rx", 50, "there is no partition 'rx'; did you mean 'rt'?");
	for (uint32_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		operator_asks(
		    lines[i], 50,
		    "write it so: give CORE NAME [SECONDS]: asks the core's holder to give it to "
		    "NAME, or to nobody, within 5 s or so many, up to 30");
	assert_int_equal(fake.holds, 0);
	operator_asks("cores", 50, "core 0: linux");
	operator_asks("cores", 50, "core 2: rt, other");
	operator_asks("cores auto", 50, "no core moves by itself: the description doesn't say so");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_it_is_given, start),
	    cmocka_unit_test_setup(test_it_comes_after_a_while, start),
	    cmocka_unit_test_setup(test_it_is_withdrawn_when_the_time_is_over, start),
	    cmocka_unit_test_setup(test_what_came_at_the_last_moment_counts, start),
	    cmocka_unit_test_setup(test_anothers_request_isnt_withdrawn, start),
	    cmocka_unit_test_setup(test_it_stays, start),
	    cmocka_unit_test_setup(test_nobody_is_a_holder, start),
	    cmocka_unit_test_setup(test_it_is_shown_with_who_holds_it, start),
	    cmocka_unit_test_setup(test_what_is_wrong, start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
