/* Lines of what is typed (rtos/libc/terminal.h). */
#include <libc/terminal.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static struct terminal terminal;
static char shown[1024];
static size_t shown_length;

static void begin(void)
{
	memset(&terminal, 0, sizeof(terminal));
	shown_length = 0;
}

const struct unit_fixture unit_each = {begin, NULL};

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

TEST(test_line)
{
	assert_int_equal(type("ab\tc\rmore"), 5);
	expect_shown("ab\tc\n");
	expect_taken("ab\tc\n", TERMINAL_LINE);
	assert_false(terminal.whole);
}

TEST(test_taken_in_pieces)
{
	type("abc\n");
	expect_taken("ab", 2);
	assert_true(terminal.whole);
	expect_taken("c\n", 2);
	assert_false(terminal.whole);
	type("d\r");
	expect_taken("d\n", 9);
}

TEST(test_erasing)
{
	type("\x7fx\by\x7f\x7fok\r");
	expect_shown("x\b \by\b \bok\n");
	expect_taken("ok\n", 9);
}

TEST(test_erasing_the_line)
{
	type("ab\x15z\r");
	expect_shown("ab\b \b\b \bz\n");
	expect_taken("z\n", 9);
}

TEST(test_end_of_file)
{
	type("\x04");
	assert_true(terminal.whole);
	expect_taken("", 9);
	assert_false(terminal.whole);
	/* Behind something, it gives that without a line's end. */
	type("ab\x04");
	expect_taken("ab", 9);
	assert_false(terminal.whole);
}

TEST(test_control_characters_are_left_out)
{
	type("a\x01\x1b"
	     "b\r");
	expect_shown("ab\n");
	expect_taken("ab\n", 9);
}

/* Too long a line is cut; it still has its end. */
TEST(test_full)
{
	for (int i = 0; i < 2 * TERMINAL_LINE; i++)
		type("x");
	assert_int_equal(terminal.length, TERMINAL_LINE - 1);
	type("\r");
	assert_int_equal(terminal.length, TERMINAL_LINE);
	assert_int_equal(terminal.line[TERMINAL_LINE - 1], '\n');
}

/* Any keys at all: what is shown and taken stays within its bounds, and each line ends. */
TEST(test_random)
{
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
