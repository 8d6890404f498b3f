/*
 * The life of partitions in words: each change once, in order, behind the partition's own output.
 */
#include "fake_frame.h"
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static const char *const names[] = {"linux", "rt", NULL};

static struct life_status status;

static void start(void)
{
	fake_start(names);
	status = (struct life_status){0};
}

static void enter(enum life_state state)
{
	status.state = state;
	status.starts += state == LIFE_LOADING;
	fake_event(0, &status);
}

static void ends(enum stop_reason reason)
{
	(void)fake_report(0, reason);
	status.reason = reason;
	enter(LIFE_STOPPING);
}

static void runs(void)
{
	enter(LIFE_LOADING);
	enter(LIFE_RUNNING);
}

static void said(const char *text)
{
	fake_run(20);
	assert_string_equal(fake_sent(), text);
}

/*
 * Checks the last words, behind a crash's report. test_console_reports.c checks the report's words.
 */
static void said_last(const char *text)
{
	const char *sent;

	fake_run(50);
	sent = fake_sent();
	assert_true(strlen(sent) > strlen(text));
	assert_string_equal(sent + strlen(sent) - strlen(text), text);
}

TEST(test_the_beginning_is_silent)
{
	start();
	enter(LIFE_WAITING);
	enter(LIFE_LOADING);
	enter(LIFE_RUNNING);
	said("");
}

TEST(test_suspend_and_resume)
{
	start();
	enter(LIFE_LOADING);
	enter(LIFE_RUNNING);
	enter(LIFE_SUSPENDING);
	said("");
	enter(LIFE_SUSPENDED);
	said("[kumiki] linux is suspended\r\n");
	enter(LIFE_RUNNING);
	said("[kumiki] linux goes on\r\n");
	said("");
}

TEST(test_restarts_are_counted_and_timed)
{
	start();
	enter(LIFE_LOADING);
	enter(LIFE_RUNNING);
	ends(STOP_RESET);
	status.failed = 1;
	enter(LIFE_LOADING);
	said("[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux restarts (restart 1 of at most 5 in 60 s)\r\n");
	fake.now += 12 * (FAKE_HZ / 1000);
	fake.now -= 20 * (FAKE_HZ / 1000);
	enter(LIFE_RUNNING);
	said("[kumiki] linux runs again: start 2, 12 ms after its end\r\n");
	ends(STOP_FAULT);
	status.failed = 3;
	enter(LIFE_WAITING);
	fake_run(20);
	assert_non_null(strstr(
	    fake_sent(), "[kumiki] linux restarts in 200 ms (restart 3 of at most 5 in 60 s)\r\n"));
	enter(LIFE_LOADING);
	said("");
}

/*
 * The partition has the keys. At its end its prompt doesn't come back, as its next life would go on
 * behind it.
 */
TEST(test_a_new_life_begins_a_line)
{
	start();
	runs();
	fake_print(0, "up\n/ # ");
	said("[linux] up\r\n[linux] / # ");
	ends(STOP_RESET);
	runs();
	said("\r\n[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 2, 0 ms after its end\r\n");
	fake_print(0, "up\n");
	said("[linux] up\r\n");
}

/* A prompt that came back below news, or below another partition's words, ends, too. */
TEST(test_a_line_that_came_back_ends)
{
	start();
	runs();
	fake_print(0, "/ # ");
	said("[linux] / # ");
	ends(STOP_RESET);
	said("\r\x1b[K[kumiki] linux stopped: it asked for a reset\r\n[linux] / # ");
	fake_print(1, "tick\n");
	said("\r\x1b[K[rt] tick\r\n[linux] / # ");
	runs();
	said("\r\n[kumiki] linux runs again: start 2, 40 ms after its end\r\n");
	fake_print(0, "up\n");
	said("[linux] up\r\n");
}

/*
 * A partition crashes in the middle of a line. Its next life is there before the line is due, also
 * without the keys. A line that a life ended has no empty line behind it.
 */
TEST(test_a_quick_life_begins_a_line)
{
	start();
	fake.console.screen.focus = 1;
	runs();
	fake_print(0, "whole\nit writes to ");
	ends(STOP_RESET);
	runs();
	fake_run(1);
	fake_print(0, "up\n");
	said("[linux] whole\r\n[linux] it writes to \r\n"
	     "[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 2, 0 ms after its end\r\n"
	     "[linux] up\r\n");
	ends(STOP_RESET);
	runs();
	fake_print(0, "up\n");
	said("[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 3, 0 ms after its end\r\n"
	     "[linux] up\r\n");
}

/* Lives and words that the service finds together come in their order. */
TEST(test_news_come_in_their_order)
{
	start();
	runs();
	for (unsigned int life = 0; life < 3; life++) {
		fake_print(0, "up\nworks");
		ends(STOP_RESET);
		runs();
	}
	fake_print(0, "up\n");
	said("[linux] up\r\n[linux] works\r\n"
	     "[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 2, 0 ms after its end\r\n"
	     "[linux] up\r\n[linux] works\r\n"
	     "[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 3, 0 ms after its end\r\n"
	     "[linux] up\r\n[linux] works\r\n"
	     "[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 4, 0 ms after its end\r\n"
	     "[linux] up\r\n");
}

static void print_a_flood(void)
{
	char flood[CONSOLE_OUT_SIZE];

	memset(flood, '\n', sizeof(flood));
	fake_print_bytes(0, flood, sizeof(flood));
}

/* The UART stands still. News wait for room, and the line ends all the same. */
TEST(test_a_line_ends_when_there_is_room)
{
	start();
	runs();
	fake_print(0, "/ # ");
	said("[linux] / # ");
	fake.takes = 0;
	print_a_flood();
	ends(STOP_RESET);
	runs();
	fake_run(20);
	fake_print(0, "/ # ");
	said("");
	fake.takes = FAKE_FOREVER;
	fake_run(150);
	assert_non_null(strstr(fake_sent(), "linux stopped: it asked for a reset\r\n"));
	assert_true(fake.rest == SERVICE_FOREVER);
}

TEST(test_a_partition_at_its_limit)
{
	start();
	enter(LIFE_LOADING);
	enter(LIFE_RUNNING);
	status.failed = 5;
	ends(STOP_WATCHDOG);
	enter(LIFE_STOPPED);
	said_last("[kumiki] linux stopped: its watchdog wasn't served\r\n"
	          "[kumiki] linux isn't started again: it is at its limit, 5 in 60 s\r\n");
}

/*
 * The frame gives a partition up below its limit. A stop after a crash by the partition's
 * description is usual.
 */
TEST(test_given_up_by_the_frame)
{
	start();
	enter(LIFE_LOADING);
	enter(LIFE_RUNNING);
	status.failed = 1;
	ends(STOP_FRAME);
	enter(LIFE_STOPPED);
	said_last("[kumiki] linux stopped: the frame failed again and again at work for it\r\n"
	          "[kumiki] linux isn't started again: the frame might fail for it once more; "
	          "'start' starts it\r\n");
}

TEST(test_off_isnt_a_limit)
{
	start();
	enter(LIFE_LOADING);
	enter(LIFE_RUNNING);
	status.failed = 5;
	ends(STOP_OFF);
	enter(LIFE_STOPPED);
	said("[kumiki] linux stopped: it turned itself off\r\n");
}

TEST(test_held)
{
	start();
	fake.tables.partitions[0].life.on_crash = LIFE_DO_HOLD;
	enter(LIFE_LOADING);
	enter(LIFE_RUNNING);
	(void)fake_report(0, STOP_WATCHDOG);
	status.reason = STOP_WATCHDOG;
	enter(LIFE_HOLDING);
	enter(LIFE_HELD);
	said_last("[kumiki] linux stopped: its watchdog wasn't served\r\n"
	          "[kumiki] linux is held as it stood\r\n");
}

/* The service says nothing of an end before its examination, and then all in this order. */
TEST(test_an_end_is_examined_first)
{
	start();
	enter(LIFE_LOADING);
	enter(LIFE_RUNNING);
	ends(STOP_RESET);
	fake.ring[0].examined.sequence = 0;
	said("");
	fake.ring[0].examined.sequence = fake.ring[0].report.sequence;
	status.failed = 1;
	enter(LIFE_LOADING);
	said("[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux restarts (restart 1 of at most 5 in 60 s)\r\n");
}

TEST(test_a_panic_restarts_with_its_report)
{
	start();
	enter(LIFE_LOADING);
	enter(LIFE_RUNNING);
	ends(STOP_RESET);
	fake.ring[0].examined.flags = EXAMINED_PANIC;
	status.reason = STOP_PANIC;
	status.failed = 1;
	enter(LIFE_LOADING);
	said_last("[kumiki] linux stopped: its kernel panicked\r\n"
	          "[kumiki] linux restarts (restart 1 of at most 5 in 60 s)\r\n");
}

TEST(test_a_partition_waits_for_others)
{
	start();
	fake.tables.partitions[0].life.after = 1u << 1;
	enter(LIFE_WAITING);
	said("[kumiki] linux starts when these run: rt\r\n");
	enter(LIFE_LOADING);
	enter(LIFE_RUNNING);
	said("[kumiki] linux runs: start 1\r\n");
}

TEST(test_stopped_before_the_first_run)
{
	start();
	enter(LIFE_WAITING);
	enter(LIFE_STOPPED);
	said("[kumiki] linux stopped before it ran\r\n");
	enter(LIFE_LOADING);
	enter(LIFE_STOPPED);
	said("[kumiki] linux stopped before it ran\r\n");
	enter(LIFE_LOADING);
	(void)fake_report(0, STOP_IMAGE);
	status.reason = STOP_IMAGE;
	enter(LIFE_STOPPED);
	said("[kumiki] linux is not started: its image  is damaged\r\n");
}

/* A flood goes on for ever. Output before the end goes first, later output doesn't. */
TEST(test_a_flood_doesnt_silence_an_end)
{
	start();
	fake.takes = 0;
	print_a_flood();
	enter(LIFE_LOADING);
	enter(LIFE_SUSPENDED);
	for (unsigned int turn = 0; turn < 200; turn++) {
		fake.takes = 2000;
		fake_run(1);
		print_a_flood();
	}
	assert_non_null(strstr(fake_sent(), "[kumiki] linux is suspended\r\n"));
}

/*
 * Two ends come before the service looks. The first one's report is gone.
 * Shows: life.each-end.
 */
TEST(test_ends_that_follow_each_other)
{
	start();
	runs();
	ends(STOP_RESET);
	runs();
	ends(STOP_OFF);
	enter(LIFE_STOPPED);
	said("[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 2, 0 ms after its end\r\n"
	     "[kumiki] linux stopped: it turned itself off\r\n");
	runs();
	ends(STOP_RESET);
	said("[kumiki] linux runs: start 3\r\n"
	     "[kumiki] linux stopped: it asked for a reset\r\n");
}

/* The second end's report is there; its event isn't yet. */
TEST(test_an_end_that_has_no_event_yet)
{
	start();
	runs();
	ends(STOP_RESET);
	runs();
	(void)fake_report(0, STOP_OFF);
	said("[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 2, 0 ms after its end\r\n"
	     "[kumiki] linux stopped: it turned itself off\r\n");
	status.reason = STOP_OFF;
	enter(LIFE_STOPPING);
	enter(LIFE_STOPPED);
	said("");
}

/* The second end is being examined: its report isn't whole, and the first end's report is gone. */
TEST(test_an_end_that_is_being_examined)
{
	start();
	runs();
	ends(STOP_RESET);
	runs();
	ends(STOP_OFF);
	fake.ring[0].examined.sequence -= 2;
	said("[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 2, 0 ms after its end\r\n");
	fake.ring[0].examined.sequence += 2;
	enter(LIFE_STOPPED);
	said("[kumiki] linux stopped: it turned itself off\r\n");
}

/* The second report is just being written. The service has already told the first one. */
TEST(test_an_end_that_is_being_written)
{
	start();
	runs();
	ends(STOP_RESET);
	runs();
	fake.ring[0].report.sequence++;
	said("[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 2, 0 ms after its end\r\n");
	fake.ring[0].report.sequence--;
	ends(STOP_OFF);
	enter(LIFE_STOPPED);
	said("[kumiki] linux stopped: it turned itself off\r\n");
}

/*
 * A partition that was told to stop before it ran has no report. It doesn't take the report of a
 * later end.
 */
TEST(test_an_end_without_a_report)
{
	start();
	enter(LIFE_LOADING);
	status.reason = STOP_COMMAND;
	enter(LIFE_STOPPED);
	runs();
	ends(STOP_RESET);
	runs();
	ends(STOP_OFF);
	said("[kumiki] linux stopped before it ran\r\n"
	     "[kumiki] linux runs: start 2\r\n"
	     "[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 3, 0 ms after its end\r\n"
	     "[kumiki] linux stopped: it turned itself off\r\n");
}

/*
 * A held partition that is told to stop has no second report.
 * Shows: life.each-end.
 */
TEST(test_a_held_end_has_one_report)
{
	start();
	runs();
	(void)fake_report(0, STOP_WATCHDOG);
	status.reason = STOP_WATCHDOG;
	enter(LIFE_HOLDING);
	enter(LIFE_HELD);
	said_last("[kumiki] linux is held as it stood\r\n");
	status.reason = STOP_COMMAND;
	enter(LIFE_STOPPING);
	enter(LIFE_STOPPED);
	runs();
	ends(STOP_RESET);
	runs();
	ends(STOP_OFF);
	said("[kumiki] linux runs: start 2\r\n"
	     "[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 3, 0 ms after its end\r\n"
	     "[kumiki] linux stopped: it turned itself off\r\n");
}

/*
 * More ends than the frame keeps: the service says their number, and later ends are told as ever.
 * Shows: life.each-end.
 */
TEST(test_more_ends_than_are_kept)
{
	start();
	for (unsigned int i = 0; i < 9; i++) {
		runs();
		ends(STOP_RESET);
	}
	runs();
	said("[kumiki] linux: 28 changes of its life came too fast to be told\r\n"
	     "[kumiki] linux stopped: it asked for a reset\r\n"
	     "[kumiki] linux runs again: start 10, 0 ms after its end\r\n");
	ends(STOP_OFF);
	said("[kumiki] linux stopped: it turned itself off\r\n");
}

/*
 * The words about the first end wait for the partition's own output. Two more ends come meanwhile,
 * the last of which is being examined.
 */
TEST(test_ends_behind_a_waiting_end)
{
	start();
	fake.takes = 0;
	print_a_flood();
	runs();
	ends(STOP_RESET);
	fake_run(1);
	runs();
	ends(STOP_OFF);
	runs();
	ends(STOP_RESTART);
	fake.ring[0].examined.sequence -= 2;
	fake.takes = FAKE_FOREVER;
	fake_run(150);
	said_last("\n[kumiki] linux stopped: it asked for a reset\r\n"
	          "[kumiki] linux runs again: start 2, 1 ms after its end\r\n"
	          "[kumiki] linux stopped: it turned itself off\r\n"
	          "[kumiki] linux runs again: start 3, 0 ms after its end\r\n");
	fake.ring[0].examined.sequence += 2;
	said("[kumiki] linux stopped: it was told to restart\r\n");
}
