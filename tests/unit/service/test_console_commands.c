/* The operator's command line: its line as a person sees it, completion, history, commands. */
#include "fake_frame.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"linux", "linux-rt", "heart", NULL};
static struct terminal terminal;

#define UP    "\x1b[A"
#define DOWN  "\x1b[B"
#define LEFT  "\x1b[D"
#define RIGHT "\x1b[C"

static void show(void)
{
	const char *sent = fake_sent();

	terminal_put(&terminal, (const uint8_t *)sent, strlen(sent));
	assert_null(terminal.fault);
}

static void type(const char *keys)
{
	fake_type(keys, strlen(keys));
	fake_run(50);
	show();
}

static void start(void)
{
	fake_start(names);
	for (unsigned int i = 0; i < 3; i++) {
		fake_life(i, LIFE_LOADING);
		fake_life(i, LIFE_RUNNING);
	}
	terminal_start(&terminal, 160);
	type("\035c");
}

/* The row of the prompt, and where the cursor stands in it. */
static void prompt_is(const char *line)
{
	static const char before[] = "[kumiki] kumiki> ";
	const char *row = terminal_row(&terminal, terminal.row);
	char expected[128];

	snprintf(expected, sizeof(expected), "%s%s", before, line);
	for (size_t end = strlen(expected); expected[end - 1] == ' '; end--)
		expected[end - 1] = 0;
	assert_string_equal(row, expected);
}

static void cursor_is(unsigned int column)
{
	assert_int_equal(terminal.column, strlen("[kumiki] kumiki> ") + column);
}

/* Some row above the prompt says so. */
static bool row_says(const char *text)
{
	for (unsigned int row = terminal.row; row-- > 0;)
		if (strcmp(terminal_row(&terminal, row), text) == 0)
			return true;
	return false;
}

/* The last row above the prompt. */
static const char *answer(void)
{
	return terminal_row(&terminal, terminal.row - 1);
}

/* ---- the line ---- */

static void test_opens(void **state)
{
	(void)state;
	start();
	prompt_is("");
	cursor_is(0);
	assert_true(row_says("[kumiki] commands: 'help' shows them; Ctrl-] 1 goes back"));
}

static void test_editing(void **state)
{
	(void)state;
	start();
	type("shw linux");
	type(LEFT LEFT LEFT LEFT LEFT LEFT LEFT "o");
	prompt_is("show linux");
	cursor_is(3);
	type("\x7f\b");
	prompt_is("sw linux");
	cursor_is(1);
	type("\x01ho\x1b[3~");
	prompt_is("how linux");
	type("\x05x\x17");
	prompt_is("how");
	cursor_is(4);
	type("one two  \x17");
	prompt_is("how one");
	type(LEFT LEFT "\x15");
	prompt_is("e");
	cursor_is(0);
	type(RIGHT "n\x1b[H\x1b[4~d");
	prompt_is("en d");
	type("\x03");
	prompt_is("");
	assert_true(row_says("[kumiki] kumiki> en d^C"));
}

/* No key makes the line longer than its room, or shorter than nothing. */
static void test_bounds(void **state)
{
	char line[EDITOR_LINE + 1];

	(void)state;
	start();
	memset(line, 'x', EDITOR_LINE);
	line[EDITOR_LINE] = 0;
	for (unsigned int i = 0; i < EDITOR_LINE + 20; i++)
		type("x");
	prompt_is(line);
	type("\x01" LEFT "\x7f\b\x17\x15\x04" RIGHT DOWN UP);
	prompt_is(line + 1);
	type("\x05\x15\x7f\x04" RIGHT LEFT);
	prompt_is("");
	cursor_is(0);
}

static void test_unknown_keys(void **state)
{
	(void)state;
	start();
	type("\x1b[5~\x1b[1;5C\x1bOP\x1b\x1b[A\x02\x07\xff\xc3\xa4"
	     "a\x1b");
	prompt_is("a");
	type("[Ab");
	prompt_is("ab"); /* a sequence in two parts; nothing is in the history */
}

static void test_history(void **state)
{
	char line[16];

	(void)state;
	start();
	for (unsigned int i = 0; i < EDITOR_HISTORY + 2; i++) {
		snprintf(line, sizeof(line), "help %u\r", i);
		type(line);
	}
	type("draft" UP);
	prompt_is("help 9");
	type(UP UP UP UP UP UP UP UP UP UP);
	prompt_is("help 2");
	type(DOWN);
	prompt_is("help 3");
	type("\x7f"
	     "7\r");
	type(UP UP);
	prompt_is("help 9");
	type(UP);
	prompt_is("help 8");
	type(DOWN DOWN DOWN DOWN);
	prompt_is("");
	type("\r\r\r" UP);
	prompt_is("help 7"); /* blank lines aren't kept */
}

/* ---- completion ---- */

static void test_completion(void **state)
{
	(void)state;
	start();
	type("li\t");
	prompt_is("list ");
	cursor_is(5);
	type("\x15sus\the\t");
	prompt_is("suspend heart ");
	type("\t\t");
	prompt_is("suspend heart ");
	type("\x15re\t");
	prompt_is("res"); /* restart, resume */
	type("\t");
	assert_string_equal(answer(), "[kumiki] restart  resume");
	prompt_is("res");
	type("t\tli\t");
	prompt_is("restart linux"); /* or linux-rt */
	type("-\t");
	prompt_is("restart linux-rt ");
	type("\x15help tr\t");
	prompt_is("help trace ");
	type("\x15list l\tzz\t");
	prompt_is("list lzz");
	type("\x15nonsense \t");
	prompt_is("nonsense ");
}

static void test_completion_amid_a_line(void **state)
{
	(void)state;
	start();
	type("sh linux\x01" RIGHT RIGHT "\t");
	prompt_is("show linux");
	cursor_is(4);
}

/* ---- commands ---- */

static void test_blank_and_unknown(void **state)
{
	(void)state;
	start();
	type("\r");
	prompt_is("");
	type("   \r");
	prompt_is("");
	type("lst\r");
	assert_string_equal(answer(), "[kumiki] there is no command 'lst'; did you mean 'list'?");
	type("frobnicate\r");
	assert_string_equal(
	    answer(), "[kumiki] there is no command 'frobnicate'; 'help' shows those there are");
	type("show linus\r");
	assert_string_equal(answer(),
	                    "[kumiki] there is no partition 'linus'; did you mean 'linux'?");
	type("stop qqqqqq\r");
	assert_string_equal(
	    answer(), "[kumiki] there is no partition 'qqqqqq'; 'list' shows those there are");
	type("help shw\r");
	assert_string_equal(answer(), "[kumiki] there is no command 'shw'; did you mean 'show'?");
	prompt_is("");
	assert_int_equal(fake.tellings, 0);
}

static void test_wrong_operands(void **state)
{
	static const char *const lines[] = {"show\r",           "list linux\r",
	                                    "stop linux now\r", "log linux x\r",
	                                    "log linux 3 4\r",  "start a b c d e\r"};

	(void)state;
	start();
	for (unsigned int i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		type(lines[i]);
		assert_non_null(strstr(answer(), "[kumiki] write it so: "));
		prompt_is("");
	}
	assert_int_equal(fake.tellings, 0);
}

static void test_list(void **state)
{
	(void)state;
	start();
	fake_life(2, LIFE_SUSPENDED);
	type("list\r");
	assert_true(
	    row_says("[kumiki]  #  name              state       starts  cores     last end"));
	assert_true(
	    row_says("[kumiki]  1  linux             running     1       0         nothing yet"));
	assert_true(
	    row_says("[kumiki]  3  heart             suspended   1       0         nothing yet"));
}

static void test_show(void **state)
{
	(void)state;
	fake_start(names);
	fake.tables.partitions[1].regions = (struct bundle_range){0, 10};
	fake.tables.partitions[1].life.after = 5;
	fake.tables.partitions[1].flags |= BUNDLE_MANUAL;
	fake.tables.partitions[1].priority = 7;
	for (unsigned int i = 0; i < 10; i++)
		fake.tables.regions[i] = (struct bundle_region){.ipa = 0x1000,
		                                                .pa = 0x1000 * i,
		                                                .size = 0x3000,
		                                                .kind = BUNDLE_DEVICE,
		                                                .label = "uart"};
	terminal_start(&terminal, 160);
	type("\035cshow linux-rt\r");
	assert_true(row_says("[kumiki] linux-rt: stopped"));
	assert_true(row_says("[kumiki]   cores: 0; vCPUs: 1; priority: 7; interrupts: 0"));
	assert_true(row_says("[kumiki]   on a crash: restart; at most 5 in 60 s, then: restart"));
	assert_true(row_says("[kumiki]   starts when it is told to"));
	assert_true(row_says("[kumiki]   starts after: linux, heart"));
	assert_true(row_says("[kumiki]   uart          12 KiB at 0x1000"));
	assert_true(row_says("[kumiki]   uart          12 KiB at 0x9000 as 0x1000"));
	prompt_is("");
}

static void test_help_is_whole(void **state)
{
	(void)state;
	start();
	type("help\r");
	assert_true(row_says("[kumiki] list: all partitions in a line each"));
	assert_true(row_says("[kumiki] help [COMMAND]: this"));
	assert_false(fake.console.command.size == COMMAND_TEXT);
	type("help log\r");
	assert_non_null(strstr(answer(), "log NAME [LINES | all]: "));
}

static void test_trace(void **state)
{
	(void)state;
	start();
	fake.trace[0].events[0] =
	    (struct trace_event){.head = (uint64_t)TRACE_EXIT << 56 | (uint64_t)2 << 48 |
	                                 ((fake.now - 625) & ((1ULL << 48) - 1)),
	                         .data = (uint64_t)0x5a000000 << 32 | 0x1234};
	fake.trace[0].next = 1;
	type("trace\r");
	assert_non_null(strstr(answer(), "exit      linux-rt.1      HVC, at ..0x1234"));
	type("trace heart\r");
	assert_string_equal(answer(), "[kumiki] heart hasn't ended yet; 'trace' alone shows what "
	                              "happens now");
	fake_life(2, LIFE_STOPPING);
	type("trace heart\r");
	assert_non_null(strstr(answer(), "exit      linux-rt.1      HVC, at ..0x1234"));
}

/* ---- the black box in words ---- */

static void test_log(void **state)
{
	(void)state;
	start();
	fake_print(0, "one\ntwo\nthree\nfo");
	fake_run(10);
	type("log linux 2\r");
	assert_true(row_says("[kumiki] console of linux: 16 characters ever"));
	assert_false(row_says("[kumiki]   | two"));
	assert_true(row_says("[kumiki]   | three"));
	assert_true(row_says("[kumiki]   | fo"));
	assert_true(row_says("[kumiki] events of linux: 2 ever"));
	assert_string_equal(answer(), "[kumiki] no crash report");
}

/* What a guest printed can't look like anything but what a guest printed. */
static void test_log_of_a_hostile_guest(void **state)
{
	static const char hostile[] =
	    "\x1b[2J\x1b[H\x1b]0;owned\x07\r[kumiki] kumiki> stop heart\r\n"
	    "\x9b[31m\xc2\x9b"
	    "2J\b\b\b\b[heart] x\x00y\x1bP+q\n[kumiki] linux is fine\n\xff\xfe\x1b[999D\v\f\x7f "
	    "end";

	(void)state;
	start();
	fake_print_bytes(0, hostile, sizeof(hostile) - 1);
	fake_run(10);
	show();
	unsigned int from = terminal.row + 1;
	type("log linux\r");
	for (unsigned int row = from; row <= terminal.row; row++) {
		const char *text = terminal_row(&terminal, row);
		assert_int_equal(strncmp(text, "[kumiki] ", 9), 0);
		if (strstr(text, "kumiki> stop") || strstr(text, "heart") || strstr(text, "fine"))
			assert_int_equal(strncmp(text, "[kumiki]   | ", 13), 0);
	}
	assert_true(row_says("[kumiki]   | [kumiki? kumiki> stop heart"));
	prompt_is("");
	assert_int_equal(fake.tellings, 0);
}

/* All 64 KiB through a ring of 8: nothing is lost, and the others' output goes on meanwhile. */
static void test_long_log_goes_on_in_steps(void **state)
{
	char line[32];
	size_t shown = 0, others = 0;

	(void)state;
	start();
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

/* What happens while it is printed isn't in it, and what was written over by that is left out. */
static void test_log_of_a_restless_partition(void **state)
{
	(void)state;
	start();
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

/* An end with a long back trace, of lines of this character. */
static void crash(char line)
{
	struct examined *examined = &fake.ring[0].examined;

	(void)fake_report(0, STOP_FAULT);
	examined->size = sizeof(examined->text);
	memset(examined->text, line, examined->size);
	for (size_t i = 39; i < examined->size; i += 40)
		examined->text[i] = '\n';
}

/* The report of a crash in pieces of two is none. */
static void test_log_of_a_crash_in_a_crash(void **state)
{
	const char *sent, *end;

	(void)state;
	start();
	for (unsigned int i = 0; i < 1000; i++)
		fake_print(0, "a line of its console\n");
	crash('y');
	fake_run(50);
	fake.sent_size = fake.sent_seen = 0;
	fake_type("log linux all\r", 14);
	for (int i = 0; fake.console.command.crashes == 0; i++) {
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

static void test_a_long_answer_is_interrupted(void **state)
{
	(void)state;
	start();
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
	show();
	assert_true(row_says("[kumiki] ^C"));
	assert_true(row_says("[kumiki] kumiki> list"));
	assert_false(row_says("[kumiki] no crash report"));
	prompt_is("");
}

/* What a slow terminal leaves no room for isn't lost, and comes in its order. */
static void test_typed_ahead_of_long_answers(void **state)
{
	(void)state;
	start();
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
	show();
	assert_true(row_says("[kumiki] kumiki> list"));
	prompt_is("");
}

/* ---- a life, commanded ---- */

static void obeys(uint64_t partition, uint64_t command)
{
	static const enum life_state then[] = {LIFE_RUNNING, LIFE_STOPPED, LIFE_RUNNING,
	                                       LIFE_SUSPENDED, LIFE_RUNNING};

	if (command == LIFE_RESTART || (command == LIFE_START && fake.told[1] == LIFE_START))
		fake_life((unsigned int)partition, LIFE_LOADING);
	fake_life((unsigned int)partition, then[command]);
}

static void test_commands_reach_the_frame(void **state)
{
	static const struct {
		const char *line;
		enum life_command command;
	} lines[] = {{"suspend linux-rt\r", LIFE_SUSPEND},
	             {"resume linux-rt\r", LIFE_RESUME},
	             {"restart linux-rt\r", LIFE_RESTART},
	             {"stop linux-rt\r", LIFE_STOP},
	             {"start linux-rt\r", LIFE_START}};

	(void)state;
	start();
	fake.obeys = obeys;
	for (unsigned int i = 0; i < 5; i++) {
		type(lines[i].line);
		assert_int_equal(fake.tellings, i + 1);
		assert_int_equal(fake.told[0], 1);
		assert_int_equal(fake.told[1], lines[i].command);
		prompt_is("");
	}
}

static void test_what_doesnt_fit_isnt_told(void **state)
{
	(void)state;
	start();
	type("resume linux\r");
	assert_string_equal(answer(), "[kumiki] linux runs already");
	type("start linux\r");
	assert_string_equal(answer(), "[kumiki] linux runs already");
	fake_life(0, LIFE_STOPPED);
	type("stop linux\r");
	assert_string_equal(answer(), "[kumiki] linux is stopped already");
	type("suspend linux\r");
	assert_string_equal(answer(),
	                    "[kumiki] linux doesn't run: only what runs can be suspended");
	type("resume linux\r");
	assert_string_equal(answer(), "[kumiki] linux isn't suspended: there is nothing to resume");
	fake.tables.partitions[0].flags |= BUNDLE_NO_RESTART;
	type("start linux\r");
	assert_string_equal(answer(), "[kumiki] linux can't be started again: nobody knows how to "
	                              "silence one of its devices");
	fake_life(0, LIFE_HELD);
	type("start linux\r");
	assert_string_equal(answer(),
	                    "[kumiki] linux is held as it crashed: restart it, or stop it");
	assert_int_equal(fake.tellings, 0);
}

/* It was never started before, for its first start was broken off. */
static void test_what_never_ran_can_be_started(void **state)
{
	(void)state;
	start();
	fake.tables.partitions[0].flags |= BUNDLE_NO_RESTART;
	fake.box[0].events = 0;
	fake_event(0, &(struct life_status){LIFE_LOADING, STOP_NONE, 1, 0});
	fake_event(0, &(struct life_status){LIFE_STOPPED, STOP_COMMAND, 1, 0});
	type("start linux\r");
	assert_int_equal(fake.tellings, 1);
	assert_int_equal(fake.told[1], LIFE_START);
	fake_event(0, &(struct life_status){LIFE_RUNNING, STOP_COMMAND, 2, 0});
	fake_event(0, &(struct life_status){LIFE_STOPPED, STOP_OFF, 2, 0});
	fake_run(20);
	type("start linux\r");
	assert_int_equal(fake.tellings, 1);
}

/* The prompt comes back when the command was carried out, and says so when that takes too long. */
static void test_waits_for_what_comes_of_it(void **state)
{
	(void)state;
	start();
	type("stop linux\r");
	fake_life(0, LIFE_STOPPING);
	type("");
	assert_string_equal(terminal_row(&terminal, terminal.row), "");
	assert_false(fake.console.editor.open);
	fake_run(COMMAND_WAIT_MS + 1000);
	show();
	assert_string_equal(answer(),
	                    "[kumiki] linux is still stopping after 30 s; what comes of it "
	                    "will be said");
	prompt_is("");
	type("stop linux\r");
	fake_life(0, LIFE_STOPPED);
	type("");
	prompt_is("");
}

/* ---- beside the others ---- */

static void test_news_come_above_the_line(void **state)
{
	(void)state;
	start();
	type("show linux");
	type(LEFT LEFT);
	fake_life(2, LIFE_SUSPENDED);
	fake_run(20);
	show();
	assert_string_equal(answer(), "[kumiki] heart is suspended");
	prompt_is("show linux");
	cursor_is(8);
	fake_print(0, "a guest's line\n");
	fake_run(20);
	show();
	assert_string_equal(answer(), "[linux] a guest's line");
	prompt_is("show linux");
	cursor_is(8);
}

static void test_leaves(void **state)
{
	uint8_t keys[8];

	(void)state;
	start();
	type("half a li\035"
	     "1ls\r");
	assert_false(fake.console.editor.open);
	assert_int_equal(fake_keys(0, keys, sizeof(keys)), 3);
	fake_life(2, LIFE_SUSPENDED);
	type("");
	assert_string_equal(answer(), "[kumiki] heart is suspended");
	assert_string_equal(terminal_row(&terminal, terminal.row), "");
	type("\035c");
	prompt_is("");
	type("\035cx");
	prompt_is("x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_opens),
	    cmocka_unit_test(test_editing),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_unknown_keys),
	    cmocka_unit_test(test_history),
	    cmocka_unit_test(test_completion),
	    cmocka_unit_test(test_completion_amid_a_line),
	    cmocka_unit_test(test_blank_and_unknown),
	    cmocka_unit_test(test_wrong_operands),
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_show),
	    cmocka_unit_test(test_help_is_whole),
	    cmocka_unit_test(test_trace),
	    cmocka_unit_test(test_log),
	    cmocka_unit_test(test_log_of_a_hostile_guest),
	    cmocka_unit_test(test_long_log_goes_on_in_steps),
	    cmocka_unit_test(test_log_of_a_restless_partition),
	    cmocka_unit_test(test_log_of_a_crash_in_a_crash),
	    cmocka_unit_test(test_a_long_answer_is_interrupted),
	    cmocka_unit_test(test_typed_ahead_of_long_answers),
	    cmocka_unit_test(test_commands_reach_the_frame),
	    cmocka_unit_test(test_what_doesnt_fit_isnt_told),
	    cmocka_unit_test(test_what_never_ran_can_be_started),
	    cmocka_unit_test(test_waits_for_what_comes_of_it),
	    cmocka_unit_test(test_news_come_above_the_line),
	    cmocka_unit_test(test_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
