/*
 * The black box in words: a partition's log, long ones in steps, and keys that are typed meanwhile.
 */
#include "operator.h"
#include <stdio.h>
#include <string.h>
#include <unit.h>

TEST(test_log)
{
	operator_start();
	fake_print(0, "one\ntwo\nthree\nfo");
	fake_run(CONSOLE_SILENCE_MS + 1);
	operator_type("log linux 2\r");
	assert_true(operator_row_says("[kumiki] console of linux: 16 characters ever"));
	assert_false(operator_row_says("[kumiki]   | two"));
	assert_true(operator_row_says("[kumiki]   | three"));
	assert_true(operator_row_says("[kumiki]   | fo"));
	assert_true(operator_row_says("[kumiki] events of linux: 2 ever"));
	assert_string_equal(operator_answer(), "[kumiki] no crash report");
}

/*
 * The records of a former start are told like those of the present one: all of them, and behind a
 * bar.
 */
TEST(test_log_of_a_former_start)
{
	struct blackbox *box = &fake.box[0];

	operator_start();
	while (box->former_size + 10 <= BLACKBOX_FORMER_SIZE)
		box->former_size += (uint32_t)snprintf(box->former + box->former_size, 11,
		                                       "line %04u\n", box->former_size / 10);
	operator_type("log linux 0\r");
	assert_true(operator_row_says("[kumiki] before the machine was reset:"));
	assert_true(operator_row_says("[kumiki]   | line 0000"));
	assert_string_equal(operator_answer(), "[kumiki]   | line 0817");
	/* The console's end is open, and hides nothing of the crash. */
	box->former_words = (uint32_t)snprintf(box->former + 13, 20, "it stopped: why\n");
	memcpy(box->former, "its end\033]0;x", 13);
	box->former_size = 13;
	operator_type("log linux 0\r");
	assert_true(operator_row_says("[kumiki]   | its end"));
	assert_true(operator_row_says("[kumiki] last crash before the machine was reset:"));
	assert_string_equal(operator_answer(), "[kumiki]   | it stopped: why");
	box->former_size = 0;
	memcpy(box->former, "it stopped", 10);
	box->former_words = 10;
	operator_type("log linux 0\r");
	assert_string_equal(operator_answer(), "[kumiki]   | it stopped");
}

/* A guest's output can't look like other words of the log. */
TEST(test_log_of_a_hostile_guest)
{
	static const char hostile[] =
	    "\x1b[2J\x1b[H\x1b]0;owned\x07\r[kumiki] kumiki> stop heart\r\n"
	    "\x9b[31m\xc2\x9b"
	    "2J\b\b\b\b[heart] x\x00y\x1bP+q\n[kumiki] linux is fine\n\xff\xfe\x1b[999D\v\f\x7f "
	    "end";

	operator_start();
	fake_print_bytes(0, hostile, sizeof(hostile) - 1);
	fake_run(CONSOLE_SILENCE_MS + 1);
	operator_show();
	unsigned int from = operator_terminal.row + 1;
	operator_type("log linux\r");
	for (unsigned int row = from; row <= operator_terminal.row; row++) {
		const char *text = terminal_row(&operator_terminal, row);
		assert_int_equal(strncmp(text, "[kumiki] ", 9), 0);
		if (strstr(text, "kumiki> stop") || strstr(text, "heart") || strstr(text, "fine"))
			assert_int_equal(strncmp(text, "[kumiki]   | ", 13), 0);
	}
	assert_true(operator_row_says("[kumiki]   | [kumiki? kumiki> stop heart"));
	operator_prompt_is("");
	assert_int_equal(fake.tellings, 0);
}

/*
 * All 64 KiB go through a ring of 8 KiB: nothing is lost, and partitions' output goes on meanwhile.
 */
TEST(test_long_log_goes_on_in_steps)
{
	char line[32];
	size_t shown = 0, others = 0;

	operator_start();
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(line, sizeof(line), "line %u\n", i);
		fake_print(0, line);
		if (i % 100 == 0) {
			fake_run(1);
			fake.sent_size = fake.sent_seen = 0;
		}
	}
	fake_run(50);
	fake.sent_size = fake.sent_seen = 0;
	fake_type("log linux all\r", 14);
	fake.takes = 100;
	fake_run(1);
	for (unsigned int turn = 0; turn < 4000 && !fake.console.editor.open; turn++) {
		fake.takes = 100;
		if (turn % 10 == 0)
			fake_print(1, "beat\n");
		fake_run(1);
	}
	fake.takes = FAKE_FOREVER;
	fake_run(50);
	const char *sent = fake_sent();
	for (const char *at = sent; (at = strstr(at, "| line ")) != NULL; at++)
		shown++;
	for (const char *at = sent; (at = strstr(at, "[linux-rt] beat\r\n")) != NULL; at++)
		others++;
	assert_true(shown > 6000);
	assert_non_null(strstr(sent, "| line 9999\r\n"));
	assert_true(others > 50);
	assert_null(strstr(sent, "characters lost"));
	assert_non_null(strstr(sent, "no crash report"));
}

/* Output while the log is printed isn't in the log. Output that it writes over is left out. */
TEST(test_log_of_a_restless_partition)
{
	operator_start();
	for (unsigned int i = 0; i < BLACKBOX_EVENTS; i++) {
		fake_life(0, LIFE_LOADING);
		fake_run(1);
	}
	fake.sent_size = fake.sent_seen = 0;
	fake_type("log linux\r", 10);
	fake.takes = 60;
	fake_run(1);
	assert_false(fake.console.editor.open);
	for (unsigned int turn = 0; turn < 2000 && !fake.console.editor.open; turn++) {
		fake.takes = 60;
		for (unsigned int i = 0; i < LIFE_EVENTS / 2; i++)
			fake_life(0, turn % 2 == 0 ? LIFE_LOADING : LIFE_STOPPING);
		fake_run(1);
	}
	assert_true(fake.console.editor.open);
	fake.takes = FAKE_FOREVER;
	fake_run(50);
	const char *sent = fake_sent();
	assert_non_null(strstr(sent, "no crash report"));
	assert_null(strstr(sent, "0.000 s"));
}

/* Makes a crash with a long back trace, whose lines consist of this character. */
static void crash(char line)
{
	struct examined *examined = &fake.ring[0].examined;

	(void)fake_report(0, STOP_FAULT);
	examined->size = sizeof(examined->text);
	memset(examined->text, line, examined->size);
	for (size_t i = 39; i < examined->size; i += 40)
		examined->text[i] = '\n';
}

/* Pieces of two crash reports aren't told as one report. */
TEST(test_log_of_a_crash_in_a_crash)
{
	const char *sent, *end;

	operator_start();
	for (unsigned int i = 0; i < 1000; i++)
		fake_print(0, "a line of its console\n");
	crash('y');
	fake_run(50);
	fake.sent_size = fake.sent_seen = 0;
	fake_type("log linux all\r", 14);
	for (int i = 0; fake.shell.commands[LINE_PROMPT].crashes == 0; i++) {
		assert_true(i < 5000);
		fake.takes = 20;
		fake_run(1);
	}
	assert_false(fake.console.editor.open);
	crash('z');
	fake.takes = FAKE_FOREVER;
	fake_run(50);
	sent = strstr(fake_sent(), "last crash, of 1");
	end = strstr(sent, "it has crashed again meanwhile");
	assert_non_null(end);
	assert_non_null(memmem(sent, (size_t)(end - sent), "yyyy", 4));
	assert_null(memmem(sent, (size_t)(end - sent), "zzzz", 4));
	fake_type("log linux\r", 10);
	fake_run(50);
	sent = strstr(fake_sent(), "last crash, of 2");
	assert_non_null(strstr(sent, "zzzz"));
	assert_null(strstr(sent, "yyyy"));
	assert_null(strstr(sent, "meanwhile"));
}

TEST(test_a_long_answer_is_interrupted)
{
	operator_start();
	for (unsigned int i = 0; i < 500; i++)
		fake_print(0, "line\n");
	fake_run(50);
	fake.takes = 200;
	fake_type("log linux all\r", 14);
	fake_run(1);
	fake_type("typed ahead\x03list\r", 17);
	fake_run(1);
	fake.takes = FAKE_FOREVER;
	fake_run(50);
	operator_show();
	assert_true(operator_row_says("[kumiki] ^C"));
	assert_true(operator_row_says("[kumiki] kumiki> list"));
	assert_false(operator_row_says("[kumiki] no crash report"));
	operator_prompt_is("");
}

/* Output without room at a slow terminal isn't lost, and comes in its order. */
TEST(test_typed_ahead_of_long_answers)
{
	operator_start();
	for (unsigned int i = 0; i < 500; i++)
		fake_print(0, "line\n");
	fake_run(50);
	fake.takes = 20;
	fake_type("log linux all\rhelp\rhelp\rhelp\rhelp\rhelp\rhelp\rhelp\r", 49);
	fake_run(1);
	fake_type("list", 4);
	for (unsigned int i = 0; i < 1000; i++) {
		fake.takes = 20;
		fake_run(1);
	}
	fake_type("\r", 1);
	fake.takes = FAKE_FOREVER;
	fake_run(50);
	operator_show();
	assert_true(operator_row_says("[kumiki] kumiki> list"));
	operator_prompt_is("");
}
