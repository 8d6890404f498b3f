/* A typed line: its words, its echo, rubbed-out characters, and the lines before it. */
#include <servers/shell/line.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>

struct echo {
	char bytes[4096];
	size_t length;
};

static void show(void *to, char character)
{
	struct echo *echo = to;

	assert_true(echo->length < sizeof(echo->bytes) - 1);
	echo->bytes[echo->length++] = character;
}

static void begin(struct line *line, struct echo *echo)
{
	line_begin(line, show, echo);
}

/*
 * Types all characters, and puts the echo into `echo` as a string. True: the last character made
 * the line whole.
 */
static bool type(struct line *line, const char *characters, struct echo *echo)
{
	bool whole = false;

	echo->length = 0;
	for (; *characters; characters++)
		whole = line_take(line, *characters);
	echo->bytes[echo->length] = '\0';
	return whole;
}

TEST(test_words)
{
	struct line line;
	struct echo echo;

	begin(&line, &echo);
	assert_false(type(&line, "  stop   the", &echo));
	assert_true(type(&line, " disk \r", &echo));
	assert_string_equal(echo.bytes, " disk \n");
	assert_int_equal(line.words, 3);
	assert_string_equal(line.word[0], "stop");
	assert_string_equal(line.word[1], "the");
	assert_string_equal(line.word[2], "disk");
	assert_false(type(&line, "\n", &echo)); /* this one belongs to the carriage return */
	assert_true(type(&line, "\n", &echo));
	assert_int_equal(line.words, 0);
}

TEST(test_rubbing_out)
{
	struct line line;
	struct echo echo;

	begin(&line, &echo);
	assert_true(type(&line, "\bpx\177s\r", &echo));
	assert_string_equal(echo.bytes, "px\b \bs\n");
	assert_string_equal(line.word[0], "ps");
	assert_true(type(&line, "abc\025help\r", &echo));
	assert_string_equal(line.word[0], "help");
	assert_int_equal(line.words, 1);
}

TEST(test_words_that_no_line_holds)
{
	struct line line;
	struct echo echo;

	begin(&line, &echo);
	assert_true(type(&line, "a\tb\001\002c\r", &echo));
	assert_string_equal(line.word[0], "cab");
	for (int i = 0; i < 3 * (int)LINEEDIT_MAX; i++)
		assert_false(type(&line, "x", &echo));
	assert_true(type(&line, "\r", &echo));
	assert_int_equal(strlen(line.word[0]), (int)LINEEDIT_MAX);
	for (int i = 0; i < (int)LINEEDIT_MAX; i++)
		assert_false(type(&line, i % 2 == 0 ? "x" : " ", &echo));
	assert_true(type(&line, "\r", &echo));
	assert_int_equal(line.words, (int)LINEEDIT_MAX / 2);
	assert_string_equal(line.word[(int)LINEEDIT_MAX / 2 - 1], "x");
}

TEST(test_the_lines_before)
{
	struct line line;
	struct echo echo;

	begin(&line, &echo);
	assert_true(type(&line, "first\r", &echo));
	assert_true(type(&line, "second one\r", &echo));
	assert_true(type(&line, "\033[A\033[A\r", &echo));
	assert_string_equal(line.word[0], "first");
	assert_true(type(&line, "\033[A\033[A\033[B\033[D\033[D\033[D\010\r", &echo));
	assert_int_equal(line.words, 1);
}

TEST(test_a_cancelled_line_has_no_words)
{
	struct line line;
	struct echo echo;

	begin(&line, &echo);
	assert_true(type(&line, "stop\003", &echo));
	assert_string_equal(echo.bytes, "stop^C\n");
	assert_int_equal(line.words, 0);
	assert_true(type(&line, "ps\r", &echo));
	assert_string_equal(line.word[0], "ps");
}
