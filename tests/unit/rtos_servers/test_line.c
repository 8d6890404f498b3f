/* A typed line: its words, what is shown of it, and what is rubbed out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <servers/shell/line.h>
#include <string.h>

/* Types all of it; the echo as a string. True: the last character made it whole. */
static bool type(struct line *line, const char *characters, struct text *echo)
{
	bool whole = false;

	echo->length = 0;
	for (; *characters; characters++)
		whole = line_take(line, *characters, echo);
	assert_true(echo->length < TEXT_SIZE);
	echo->bytes[echo->length] = '\0';
	return whole;
}

static void test_words(void **state)
{
	struct line line = {.length = 0};
	struct text echo;

	(void)state;
	assert_false(type(&line, "  stop   the", &echo));
	assert_true(type(&line, " disk \r", &echo));
	assert_string_equal(echo.bytes, " disk \n");
	assert_int_equal(line.words, 3);
	assert_string_equal(line.word[0], "stop");
	assert_string_equal(line.word[1], "the");
	assert_string_equal(line.word[2], "disk");
	assert_true(type(&line, "\n", &echo));
	assert_int_equal(line.words, 0);
}

static void test_rubbing_out(void **state)
{
	struct line line = {.length = 0};
	struct text echo;

	(void)state;
	assert_true(type(&line, "\bpx\177s\r", &echo));
	assert_string_equal(echo.bytes, "px\b \bs\n");
	assert_string_equal(line.word[0], "ps");
	assert_true(type(&line, "abc\025help\r", &echo));
	assert_string_equal(line.word[0], "help");
	assert_int_equal(line.words, 1);
}

static void test_what_no_line_holds(void **state)
{
	struct line line = {.length = 0};
	struct text echo;

	(void)state;
	assert_true(type(&line, "a\tb\033[Ac\r", &echo));
	assert_string_equal(line.word[0], "ab[Ac");
	for (int i = 0; i < 3 * LINE_SIZE; i++)
		assert_false(type(&line, "x", &echo));
	assert_true(type(&line, "\r", &echo));
	assert_int_equal(strlen(line.word[0]), LINE_SIZE);
	for (int i = 0; i < LINE_SIZE; i++)
		assert_false(type(&line, i % 2 == 0 ? "x" : " ", &echo));
	assert_true(type(&line, "\r", &echo));
	assert_int_equal(line.words, LINE_SIZE / 2);
	assert_string_equal(line.word[LINE_SIZE / 2 - 1], "x");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_rubbing_out),
	    cmocka_unit_test(test_what_no_line_holds),
	};

	return cmocka_run_group_tests_name("a typed line", tests, NULL, NULL);
}
