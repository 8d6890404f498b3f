/* The keeper's picture: what it makes of the machine's documents. */
#include "fake_back.h"
#include <keeper/picture.h>
#include <stdio.h>
#include <string.h>

#include <unit.h>

static struct events events;
static struct picture picture;
static int64_t now;

static void start(void)
{
	fake_back_reset();
	now = 1000;
	events_start(&events);
	picture_start(&picture, NULL, &events, now);
	picture_turn(&picture, now);
	(void)back_turn(NULL, now);
}

static void end(void)
{
	picture_free(&picture);
	events_free(&events);
}

const struct unit_fixture unit_each = {start, end};

static void turn(int64_t milliseconds)
{
	now += milliseconds;
	picture_turn(&picture, now);
	(void)back_turn(NULL, now);
}

/* One system in this list. */
static void listed(const char *fields)
{
	static char list[512];

	snprintf(
	    list, sizeof(list),
	    "{\"document\":\"list\",\"system\":\"two\",\"time_us\":5,\"partitions\":[{\"name\":"
	    "\"rt\",\"number\":2,%s}]}",
	    fields);
	fake_back.list = list;
	picture_news(&picture);
	turn(0);
}

static void assert_wrong(const char *expected)
{
	char wanted[512];

	snprintf(wanted, sizeof(wanted), "\"wrong\":[%s]", expected);
	picture.changed = true;
	assert_non_null(strstr(picture_text(&picture), wanted));
}

TEST(test_the_state_has_the_documents)
{
	const char *text = picture_text(&picture);

	assert_non_null(strstr(
	    text, "\"acts\":[\"start\",\"stop\",\"suspend\",\"resume\",\"restart\",\"give\"]"));
	assert_non_null(strstr(text, "\"list\":{\"schema\":1,\"document\":\"list\""));
	assert_non_null(strstr(text, "\"cores\":{\"document\":\"cores\""));
	assert_wrong("");
	fake_back.may_act = false;
	turn(1000);
	assert_non_null(strstr(picture_text(&picture), "\"acts\":[]"));
	assert_null(strstr(picture_text(&picture), "untold"));
	fake_back.untold = "It can't tell.";
	turn(1000);
	assert_non_null(strstr(picture_text(&picture), "\"untold\":\"It can't tell.\""));
}

TEST(test_each_second_and_at_news)
{
	assert_int_equal(fake_back.lists, 1);
	turn(999);
	assert_int_equal(fake_back.lists, 1);
	turn(1);
	assert_int_equal(fake_back.lists, 2);
	picture_news(&picture);
	picture_news(&picture);
	turn(0);
	assert_int_equal(fake_back.lists, 3);
}

TEST(test_changes_are_events)
{
	assert_int_equal(events.next, 1); /* the first list tells nothing */
	listed("\"state\":\"running\",\"starts\":1,\"restarts_lately\":0");
	assert_int_equal(events.next, 1);
	listed("\"state\":\"running\",\"starts\":2,\"restarts_lately\":0,\"last_end\":\"restart\"");
	assert_int_equal(events.next, 2);
	assert_string_equal(
	    events_get(&events, 1)->data,
	    "{\"name\":\"rt\",\"number\":2,\"state\":\"running\",\"starts\":2,"
	    "\"restarts_lately\":0,\"last_end\":\"restart\",\"time_us\":5,\"ended\":"
	    "\"it was told to restart\"}");
	listed("\"state\":\"running\",\"starts\":2,\"restarts_lately\":1,\"last_end\":\"restart\"");
	assert_int_equal(events.next, 2);
}

TEST(test_what_is_wrong)
{
	static const struct {
		const char *fields, *wrong;
	} cases[] = {
	    {"\"state\":\"stopped\",\"starts\":0,\"restarts_lately\":0", ""},
	    {"\"state\":\"stopped\",\"starts\":1,\"restarts_lately\":0,\"last_end\":\"command\"",
	     ""},
	    {"\"state\":\"stopped\",\"starts\":1,\"restarts_lately\":0,\"last_end\":\"off\"", ""},
	    {"\"state\":\"stopped\",\"starts\":1,\"restarts_lately\":0,\"last_end\":\"watchdog\"",
	     "{\"system\":\"rt\",\"text\":\"rt has stopped: its watchdog wasn't served\"}"},
	    {"\"state\":\"stopped\",\"starts\":4,\"restarts_lately\":3,\"last_end\":\"reset\"",
	     "{\"system\":\"rt\",\"text\":\"rt has stopped: it asked for a reset\"}"},
	    {"\"state\":\"held\",\"starts\":1,\"restarts_lately\":0,\"last_end\":\"fault\"",
	     "{\"system\":\"rt\",\"text\":\"rt is held as it stood: an error that could not be "
	     "given "
	     "back to it\"}"},
	    {"\"state\":\"held\",\"starts\":1,\"restarts_lately\":0",
	     "{\"system\":\"rt\",\"text\":\"rt is held as it stood: it crashed\"}"},
	    {"\"state\":\"running\",\"starts\":3,\"restarts_lately\":2,\"last_end\":\"panic\"",
	     "{\"system\":\"rt\",\"text\":\"rt was restarted lately, 2 times; last: its kernel "
	     "panicked\"}"},
	    {"\"state\":\"unknown\",\"starts\":1,\"restarts_lately\":0",
	     "{\"system\":\"rt\",\"text\":\"rt is in no known state\"}"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		listed(cases[i].fields);
		assert_wrong(cases[i].wrong);
	}
}

static void missed(int misses)
{
	static char accounts[256];

	snprintf(accounts, sizeof(accounts),
	         "{\"document\":\"accounts\",\"vcpus\":[{\"partition\":\"rt\",\"vcpu\":0,"
	         "\"misses\":%d}]}",
	         misses);
	fake_back.accounts = accounts;
	turn(1000);
}

/* Deadlines that were missed before the page was opened are none of the last minute's. */
TEST(test_missed_deadlines)
{
	missed(3);
	assert_wrong("");
	missed(4);
	assert_wrong("{\"system\":\"rt\",\"text\":\"rt.0 missed deadlines in the last minute, 4 so "
	             "far\"}");
	for (int i = 0; i < 60; i++)
		turn(1000);
	assert_wrong("");
}

TEST(test_a_silent_machine)
{
	fake_back.list = fake_back.accounts = fake_back.cores = NULL;
	for (int i = 0; i < 4; i++)
		turn(1000);
	assert_wrong("");
	turn(1000);
	assert_wrong("{\"text\":\"the machine hasn't answered for 5 seconds\"}");
	turn(1000);
	assert_non_null(strstr(picture_text(&picture), "answered for 6 seconds"));
	fake_back.heard = now; /* a busy link: no answer gets through, but the machine prints */
	turn(4999);
	assert_wrong("");
}

/* What isn't a document leaves the picture as it was. */
TEST(test_answers_without_sense)
{
	static const char *const texts[] = {
	    "",
	    "{",
	    "[]",
	    "1",
	    "{\"document\":\"top\",\"partitions\":[]}",
	    "{\"document\":\"list\",\"partitions\":1}",
	    "{\"document\":\"list\",\"document\":\"list\",\"partitions\":[]}",
	    "{\"document\":\"list\",\"partitions\":[]} more",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fake_back.list = fake_back.accounts = fake_back.cores = texts[i];
		turn(1000);
		assert_true(picture_has(&picture, "linux"));
		assert_false(picture_has(&picture, ""));
	}
}

/* Rows without their fields are no reason to fail. */
TEST(test_rows_without_sense)
{
	fake_back.list =
	    "{\"document\":\"list\",\"partitions\":[1,{},{\"name\":7},{\"name\":\"rt\","
	    "\"state\":[],\"last_end\":{}},null]}";
	fake_back.accounts = "{\"document\":\"accounts\",\"vcpus\":[null,{},{\"misses\":\"x\"}]}";
	for (int i = 0; i < 3; i++)
		turn(1000);
	assert_true(picture_has(&picture, "rt"));
	assert_non_null(picture_text(&picture));
}

/* Output is told four times a second at most. */
TEST(test_output)
{
	picture_printed(&picture, 0);
	picture_printed(&picture, 99);
	turn(250);
	assert_int_equal(events.printed[0], 1);
	picture_printed(&picture, 0);
	picture_printed(&picture, 0);
	turn(249);
	assert_int_equal(events.printed[0], 1);
	turn(1);
	assert_int_equal(events.printed[0], 2);
}
