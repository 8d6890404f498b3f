/* Lines of what is typed (rtos/libc/terminal.h). */
#include <libc/terminal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct terminal terminal;
static char shown[1024];
static size_t shown_length;

static int begin(void **state)
{
	(void)state;
	memset(&terminal, 0, sizeof(terminal));
	shown_length = 0;
	return 0;
}

/* The keys, until the line is whole; returns how many were taken. */
static size_t type(const char *keys)
{
	size_t at = 0;

	while (keys[at] != '\0' && !terminal.whole) {
		struct text echo = {.length = 0};

		terminal_key(&terminal, keys[at++], &echo);
		memcpy(shown + shown_length, echo.bytes, echo.length);
		shown_length += echo.length;
	}
	return at;
}

static void expect_shown(const char *text)
{
	assert_int_equal(shown_length, strlen(text));
	assert_memory_equal(shown, text, shown_length);
}

static void expect_taken(const char *text, size_t size)
{
	char taken[TERMINAL_LINE];

	assert_int_equal(terminal_take(&terminal, taken, size), strlen(text));
	assert_memory_equal(taken, text, strlen(text));
}

static void test_line(void **state)
{
	(void)state;
	assert_int_equal(type("ab\tc\rmore"), 5);
	expect_shown("ab\tc\n");
	expect_taken("ab\tc\n", TERMINAL_LINE);
	assert_false(terminal.whole);
}

static void test_taken_in_pieces(void **state)
{
	(void)state;
	type("abc\n");
	expect_taken("ab", 2);
	assert_true(terminal.whole);
	expect_taken("c\n", 2);
	assert_false(terminal.whole);
	type("d\r");
	expect_taken("d\n", 9);
}

static void test_erasing(void **state)
{
	(void)state;
	type("\x7fx\by\x7f\x7fok\r");
	expect_shown("x\b \by\b \bok\n");
	expect_taken("ok\n", 9);
}

static void test_erasing_the_line(void **state)
{
	(void)state;
	type("ab\x15z\r");
	expect_shown("ab\b \b\b \bz\n");
	expect_taken("z\n", 9);
}

static void test_end_of_file(void **state)
{
	(void)state;
	type("\x04");
	assert_true(terminal.whole);
	expect_taken("", 9);
	assert_false(terminal.whole);
	/* Behind something, it gives that without a line's end. */
	type("ab\x04");
	expect_taken("ab", 9);
	assert_false(terminal.whole);
}

static void test_control_characters_are_left_out(void **state)
{
	(void)state;
	type("a\x01\x1b"
	     "b\r");
	expect_shown("ab\n");
	expect_taken("ab\n", 9);
}

/* Too long a line is cut; it still has its end. */
static void test_full(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * TERMINAL_LINE; i++)
		type("x");
	assert_int_equal(terminal.length, TERMINAL_LINE - 1);
	type("\r");
	assert_int_equal(terminal.length, TERMINAL_LINE);
	assert_int_equal(terminal.line[TERMINAL_LINE - 1], '\n');
}

/* Any keys at all: what is shown and taken stays within its bounds, and each line ends. */
static void test_random(void **state)
{
	(void)state;
	srand(1);
	for (int i = 0; i < 100000; i++) {
		struct text echo = {.length = 0};
		char taken[7];

		terminal_key(&terminal, (char)(rand() % 256), &echo);
		assert_true(terminal.length <= TERMINAL_LINE);
		while (terminal.whole) {
			const size_t count = terminal_take(&terminal, taken, sizeof(taken));

			assert_true(count > 0 || !terminal.whole);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_line, begin),
	    cmocka_unit_test_setup(test_taken_in_pieces, begin),
	    cmocka_unit_test_setup(test_erasing, begin),
	    cmocka_unit_test_setup(test_erasing_the_line, begin),
	    cmocka_unit_test_setup(test_end_of_file, begin),
	    cmocka_unit_test_setup(test_control_characters_are_left_out, begin),
	    cmocka_unit_test_setup(test_full, begin),
	    cmocka_unit_test_setup(test_random, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
