/*
 * The page between the shell and the warden. One of them may crash, hang or write anything there,
 * and the other goes on. test_warden_power.c and others test the warden's work.
 */
#include "operator.h"
#include <kumiki/hold.h>
#include <stdio.h>
#include <string.h>
#include <unit.h>

static const char *const names[] = {"linux", "rt", NULL};

static void start(void)
{
	fake_start(names);
	fake.tables.header.cores.count = 3;
	fake.tables.cores[2] = (struct bundle_core){.holders = 3};
	fake.accounts.core[2].hold = HOLD_RECORD(0, 0, 0, 0);
	fake.accounts.core[0].hold = fake.accounts.core[1].hold = HOLD_FIXED;
	fake_warden_again();
	fake_run(10);
	operator_open();
}

const struct unit_fixture unit_each = {start, NULL};

static void type(const char *line)
{
	fake_type(line, strlen(line));
	fake_type("\r", 1);
	fake_run(50);
}

static bool said(const char *line)
{
	char whole[200];
	const char *sent = fake_sent();

	snprintf(whole, sizeof(whole), "[kumiki] %s\r\n", line);
	return strstr(sent, whole) != NULL;
}

/* ---- a warden that hangs ---- */

/* Shows: services.hang. */
TEST(test_a_warden_that_hangs)
{
	fake.warden_hangs = true;
	type("power powersave");
	fake_run(800);
	assert_true(fake.console.runs[LINE_PROMPT]);
	fake_run(300);
	assert_true(said("the warden doesn't answer"));
	operator_asks("list", 50,
	              " 1  linux             stopped     0       0         nothing yet");
	fake.warden_hangs = false; /* the request is carried out, and the operator isn't told */
	fake_run(50);
	assert_int_equal(fake.policy, POWER_POWERSAVE);
	assert_false(said("power: powersave"));
	operator_asks("power balanced", 50, "power: balanced");
}

/* Shows: services.hang. */
TEST(test_a_warden_that_hangs_after_it_has_heard)
{
	type("give 2 rt 2");
	fake.warden_hangs = true;
	fake_run(2800);
	assert_true(fake.console.runs[LINE_PROMPT]);
	fake_run(300);
	assert_true(said("the warden doesn't answer"));
}

/* ---- a new life ---- */

static void crash(void)
{
	fake.warden_info.failure = (struct service_report){.failures = 1, .pc = 8};
	fake_warden_again();
}

/* Shows: services.restart. */
TEST(test_a_warden_that_crashes_with_a_request)
{
	type("give 2 rt 5");
	assert_true(fake.console.runs[LINE_PROMPT]);
	crash();
	fake_run(50);
	assert_false(fake.console.runs[LINE_PROMPT]);
	assert_non_null(strstr((const char *)fake.sent, "the warden failed and was started again: "
	                                                "syndrome 0x0, address 0x0, pc 0x8\r\n"));
	assert_true(said("the warden failed meanwhile, and was started again: ask once more"));
	operator_asks("cores", 50, "core 2: linux; may be that of rt; asked for rt");
}

/* The warden crashes before it has heard the request. Its next life hears it. */
TEST(test_a_warden_that_crashes_before_a_request)
{
	fake.warden_hangs = true;
	type("power isolate");
	crash();
	fake.warden_hangs = false;
	fake_run(50);
	assert_true(said("power: isolate"));
}

/* Shows: services.restart. */
TEST(test_by_hand_outlives_the_warden)
{
	fake.tables.header.shift.by_load = 1;
	fake_warden_again();
	operator_asks("cores hand", 50, "no core moves by itself: 'cores auto' changes that");
	crash();
	operator_asks("cores", 50, "no core moves by itself: 'cores auto' changes that");
	operator_asks("cores auto", 50, "cores move by themselves: 'cores hand' stops that");
	crash();
	operator_asks("cores", 50, "cores move by themselves: 'cores hand' stops that");
}

/*
 * The crashed console's answer has no receiver. Its next life asks by another number.
 * Shows: services.restart.
 */
TEST(test_a_console_that_crashes_with_a_request)
{
	type("give 2 rt 5");
	fake_again();
	fake_run(50);
	operator_open();
	operator_asks("power isolate", 50, "power: isolate");
	assert_int_equal(fake.policy, POWER_ISOLATE);
}

/* Shows: services.restart. */
TEST(test_printed_text_outlives_the_console)
{
	fake.policy = POWER_POWERSAVE; /* set by a manager */
	fake.warden.events |= SERVICE_EVENT_POLICY;
	(void)warden_turn(&fake.warden, fake.now);
	fake_again();
	fake_run(50);
	assert_true(said("power: powersave, as a manager wants it"));
}

/* ---- random writes ---- */

TEST(test_a_warden_that_says_anything)
{
	fake.warden_hangs = true;
	memset(fake.box_page.said, 0x1b, sizeof(fake.box_page.said));
	fake.box_page.said_head += WARDEN_SAID_SIZE + 1;
	fake_run(10);
	assert_int_equal(fake.box_page.said_tail, fake.box_page.said_head);
	fake.box_page.said[fake.box_page.said_head++ % WARDEN_SAID_SIZE] = 0x1b;
	fake.box_page.said[fake.box_page.said_head++ % WARDEN_SAID_SIZE] = '\n';
	fake_run(10);
	assert_non_null(strchr(fake_sent(), '?'));
	type("power");
	fake.box_page.size = 0xffffffff;
	memset(fake.box_page.text, 0x1b, sizeof(fake.box_page.text));
	fake.box_page.answered = fake.box_page.asked;
	fake_run(50);
	assert_null(strchr(fake_sent(), 0x1b));
	assert_false(fake.console.runs[LINE_PROMPT]);
}

static uint32_t asks(uint32_t what, uint32_t core, uint32_t partition)
{
	struct warden_box *box = &fake.box_page;

	box->begun++;
	box->what = what;
	box->core = core;
	box->partition = partition;
	box->number = 0xffffffff;
	box->asked = box->begun;
	fake_run(10);
	return box->failed;
}

TEST(test_a_shell_that_asks_anything)
{
	assert_true(asks(77, 0, 0));
	assert_true(asks(WARDEN_GIVE, 0xffffffff, 0));
	assert_true(asks(WARDEN_GIVE, 2, 0xffffffff));
	assert_true(asks(WARDEN_GIVE, 2, 32));
	assert_true(asks(WARDEN_GIVE, 2, 7));
	assert_int_equal(fake.holds, 0);
	fake.box_page.said_tail += 5000; /* nothing is printed until the tail is right */
	fake.policy = POWER_POWERSAVE;
	fake.warden.events |= SERVICE_EVENT_POLICY;
	(void)warden_turn(&fake.warden, fake.now);
	fake_run(10);
	assert_int_equal(fake.box_page.said_tail, fake.box_page.said_head);
	assert_false(asks(WARDEN_POWER, 0, 0));
}

/* The writer was interrupted, so the request isn't whole yet. */
TEST(test_half_a_request)
{
	struct warden_box *box = &fake.box_page;

	box->begun += 2;
	box->asked += 1;
	box->what = WARDEN_POWER;
	box->number = POWER_ISOLATE;
	fake_run(10);
	assert_int_equal(fake.policy, POWER_PERFORMANCE);
	box->asked += 1;
	fake_run(10);
	assert_int_equal(fake.policy, POWER_ISOLATE);
}

/* ---- a warden without work ---- */

TEST(test_a_warden_that_has_nothing_to_do_sleeps)
{
	fake_run(3000);
	assert_true(warden_turn(&fake.warden, fake.now) == SERVICE_FOREVER);
	assert_int_equal(warden_awaits(&fake.warden), SERVICE_EVENT_ASKED | SERVICE_EVENT_POLICY);
	operator_asks("power powersave", 50, "power: powersave");
	assert_int_equal(warden_awaits(&fake.warden), ~0ULL);
}
