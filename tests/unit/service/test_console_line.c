/*
 * The operator's line as a person sees it: keys, history and completion, beside the output of
 * partitions.
 */
#include "operator.h"
#include <stdio.h>
#include <string.h>
#include <unit.h>

#define UP    "\x1b[A"
#define DOWN  "\x1b[B"
#define LEFT  "\x1b[D"
#define RIGHT "\x1b[C"

/* ---- the line ---- */

TEST(test_opens)
{
	operator_start();
	operator_prompt_is("");
	operator_cursor_is(0);
	assert_true(operator_row_says("[kumiki] commands: 'help' shows them; Ctrl-] 1 goes back"));
}

TEST(test_editing)
{
	operator_start();
	operator_type("shw linux");
	operator_type(LEFT LEFT LEFT LEFT LEFT LEFT LEFT "o");
	operator_prompt_is("show linux");
	operator_cursor_is(3);
	operator_type("\x7f\b");
	operator_prompt_is("sw linux");
	operator_cursor_is(1);
	operator_type("\x01ho\x1b[3~");
	operator_prompt_is("how linux");
	operator_type("\x05x\x17");
	operator_prompt_is("how");
	operator_cursor_is(4);
	operator_type("one two  \x17");
	operator_prompt_is("how one");
	operator_type(LEFT LEFT "\x15");
	operator_prompt_is("e");
	operator_cursor_is(0);
	operator_type(RIGHT "n\x1b[H\x1b[4~d");
	operator_prompt_is("en d");
	operator_type("\x03");
	operator_prompt_is("");
	assert_true(operator_row_says("[kumiki] kumiki> en d^C"));
}

/* No key makes the line longer than its room, or shorter than nothing. */
TEST(test_bounds)
{
	char line[EDITOR_LINE + 1];

	operator_start();
	memset(line, 'x', EDITOR_LINE);
	line[EDITOR_LINE] = 0;
	for (unsigned int i = 0; i < EDITOR_LINE + 20; i++)
		operator_type("x");
	operator_prompt_is(line);
	operator_type("\x01" LEFT "\x7f\b\x17\x15\x04" RIGHT DOWN UP);
	operator_prompt_is(line + 1);
	operator_type("\x05\x15\x7f\x04" RIGHT LEFT);
	operator_prompt_is("");
	operator_cursor_is(0);
}

TEST(test_unknown_keys)
{
	operator_start();
	operator_type("\x1b[5~\x1b[1;5C\x1bOP\x1b\x1b[A\x02\x07\xff\xc3\xa4"
	              "a\x1b");
	operator_prompt_is("a");
	operator_type("[Ab");
	operator_prompt_is("ab"); /* a sequence in two parts; nothing is in the history */
}

TEST(test_history)
{
	char line[16];

	operator_start();
	for (unsigned int i = 0; i < LINEEDIT_HISTORY + 2; i++) {
		snprintf(line, sizeof(line), "help %u\r", i);
		operator_type(line);
	}
	operator_type("draft" UP);
	operator_prompt_is("help 9");
	operator_type(UP UP UP UP UP UP UP UP UP UP);
	operator_prompt_is("help 2");
	operator_type(DOWN);
	operator_prompt_is("help 3");
	operator_type("\x7f"
	              "7\r");
	operator_type(UP UP);
	operator_prompt_is("help 9");
	operator_type(UP);
	operator_prompt_is("help 8");
	operator_type(DOWN DOWN DOWN DOWN);
	operator_prompt_is("");
	operator_type("\r\r\r" UP);
	operator_prompt_is("help 7"); /* blank lines aren't kept */
}

/* ---- completion ---- */

TEST(test_completion)
{
	operator_start();
	operator_type("li\t");
	operator_prompt_is("list ");
	operator_cursor_is(5);
	operator_type("\x15sus\the\t");
	operator_prompt_is("suspend heart ");
	operator_type("\t\t");
	operator_prompt_is("suspend heart ");
	operator_type("\x15re\t");
	operator_prompt_is("res"); /* fits restart and resume */
	operator_type("\t");
	assert_string_equal(operator_answer(), "[kumiki] restart  resume");
	operator_prompt_is("res");
	operator_type("t\tli\t");
	operator_prompt_is("restart linux"); /* fits linux-rt, too */
	operator_type("-\t");
	operator_prompt_is("restart linux-rt ");
	operator_type("\x15help tr\t");
	operator_prompt_is("help trace ");
	operator_type("\x15list l\tzz\t");
	operator_prompt_is("list lzz");
	operator_type("\x15nonsense \t");
	operator_prompt_is("nonsense ");
}

/*
 * --json is completed only for commands whose help has it. A person who has typed no part of it
 * isn't offered it.
 */
TEST(test_completion_of_json)
{
	char typed[64], shown[64];

	operator_start();
	for (unsigned int i = 0; i < OPERATOR_COMMANDS; i++) {
		const struct operator_word *word = &operator_words[i];
		const char *name = word->json == 2 ? " heart" : "";
		bool has = strstr(word->help, OPERATOR_JSON "]") != NULL;

		assert_int_equal(word->json != 0, has);
		snprintf(typed, sizeof(typed), "\x15%s%s -\t", word->name, name);
		snprintf(shown, sizeof(shown), "%s%s %s", word->name, name, has ? "--json " : "-");
		operator_type(typed);
		operator_prompt_is(shown);
	}
	operator_type("\x15list \t");
	operator_prompt_is("list ");
	operator_type("x\t");
	operator_prompt_is("list x");
	operator_type("\x15log heart all --j\t");
	operator_prompt_is("log heart all --json ");
	operator_type("\x15show -\t"); /* a partition's place */
	operator_prompt_is("show -");
}

TEST(test_completion_amid_a_line)
{
	operator_start();
	operator_type("sh linux\x01" RIGHT RIGHT "\t");
	operator_prompt_is("show linux");
	operator_cursor_is(4);
}

/* ---- beside partitions' output ---- */

TEST(test_news_come_above_the_line)
{
	operator_start();
	operator_type("show linux");
	operator_type(LEFT LEFT);
	fake_life(2, LIFE_SUSPENDED);
	fake_run(20);
	operator_show();
	assert_string_equal(operator_answer(), "[kumiki] heart is suspended");
	operator_prompt_is("show linux");
	operator_cursor_is(8);
	fake_print(0, "a guest's line\n");
	fake_run(20);
	operator_show();
	assert_string_equal(operator_answer(), "[linux] a guest's line");
	operator_prompt_is("show linux");
	operator_cursor_is(8);
}

TEST(test_leaves)
{
	uint8_t keys[8];

	operator_start();
	operator_type("half a li\035"
	              "1ls\r");
	assert_false(fake.console.editor.open);
	assert_int_equal(fake_keys(0, keys, sizeof(keys)), 3);
	fake_life(2, LIFE_SUSPENDED);
	operator_type("");
	assert_string_equal(operator_answer(), "[kumiki] heart is suspended");
	assert_string_equal(terminal_row(&operator_terminal, operator_terminal.row), "");
	operator_type("\035c");
	operator_prompt_is("");
	operator_type("\035cx");
	operator_prompt_is("x");
}

/* A prompt that wasn't shown before the keys went elsewhere isn't shown at all. */
TEST(test_leaves_before_the_prompt)
{
	operator_start();
	fake_type("show linux\r", 11);
	fake_run(1);
	assert_true(fake.console.editor.open);
	operator_type("\035"
	              "1");
	assert_string_equal(terminal_row(&operator_terminal, operator_terminal.row), "");
	fake_life(2, LIFE_SUSPENDED);
	operator_type("");
	assert_string_equal(operator_answer(), "[kumiki] heart is suspended");
	operator_type("\035c");
	operator_prompt_is("");
}
