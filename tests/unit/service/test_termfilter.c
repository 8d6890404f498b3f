/*
 * The filter and the line behind it: characters that pass, characters that don't, and forgeries,
 * which fail.
 */
#include "terminal.h"
#include <lib/termline.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static const char *const names[] = {"linux", "rt", "kumiki"};
static const struct termline_names reserved = {names, 3};

struct screen {
	struct termfilter filter;
	struct termline line;
	struct terminal terminal;
	char text[65536]; /* the bytes sent */
	size_t size;
	bool escapes;
};

static struct screen screen;

static void screen_start(bool escapes)
{
	memset(&screen, 0, sizeof(screen));
	terminal_start(&screen.terminal, TERMINAL_COLUMNS);
	screen.line.names = &reserved;
	screen.line.own = "rt";
	screen.line.indent = 5;
	screen.escapes = escapes;
	terminal_put(&screen.terminal, (const uint8_t *)"[rt] ", 5);
}

static void screen_send(const uint8_t *bytes, size_t size)
{
	terminal_put(&screen.terminal, bytes, size);
	if (screen.size + size < sizeof(screen.text)) {
		memcpy(screen.text + screen.size, bytes, size);
		screen.size += size;
	}
}

static void screen_new_line(void)
{
	terminal_put(&screen.terminal, (const uint8_t *)"\r\n[rt] ", 7);
	termline_clear(&screen.line);
}

static void screen_apply(const struct termop *op)
{
	const struct termfilter *filter = screen.escapes ? &screen.filter : NULL;
	struct termline_out out;
	enum termline_verdict verdict = termline_apply(&screen.line, op, filter, &out);

	if (verdict != TERMLINE_DONE) {
		screen_new_line();
		if (verdict == TERMLINE_FULL)
			assert_int_equal(termline_apply(&screen.line, op, filter, &out),
			                 TERMLINE_DONE);
	}
	screen_send(out.bytes, out.size);
	assert_true(screen.line.column <= screen.line.length);
	assert_true(screen.line.length <= TERMLINE_COLUMNS);
}

static void screen_byte(uint8_t byte)
{
	struct termop op;
	bool again = termfilter_put(&screen.filter, byte, &op);

	screen_apply(&op);
	if (again) {
		assert_false(termfilter_put(&screen.filter, byte, &op));
		screen_apply(&op);
	}
}

static void screen_bytes(const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		screen_byte(((const uint8_t *)bytes)[i]);
}

static void screen_print(const char *text)
{
	screen_bytes(text, strlen(text));
}

/* The text on the last row, with the cursor settled. */
static const char *screen_row(void)
{
	struct termline_out out;

	termline_settle(&screen.line, &out);
	screen_send(out.bytes, out.size);
	assert_null(screen.terminal.fault);
	return terminal_row(&screen.terminal, screen.terminal.row);
}

TEST(test_plain_text)
{
	screen_start(false);
	screen_print("Hello, world");
	assert_string_equal(screen_row(), "[rt] Hello, world");
	assert_string_equal(screen.text, "Hello, world");
}

/* Shows: hostile.console. */
TEST(test_unfocused_escapes_are_dropped)
{
	screen_start(false);
	screen_print("a\x1b[31mb\x1b[2Jc\x1b[Hd\x1b]0;title\x07"
	             "e\x1bP1;2qxyz\x1b\\f\x1b[6n\x1b[5Dg\x1b(0h\x1b#8i\x1b[?1049hj");
	assert_string_equal(screen_row(), "[rt] abcdefghij");
	assert_null(strchr(screen.text, 0x1b));
}

TEST(test_focused_escapes)
{
	screen_start(true);
	screen_print("\x1b[1;31mred\x1b[0m");
	assert_string_equal(screen.text, "\x1b[1;31mred\x1b[0m");
	screen_print("\x1b[2J\x1b[H\x1b[A\x1b[1K\x1b[6n\x1b[>c\x1b[?25l\x1b[1 q");
	assert_string_equal(screen.text, "\x1b[1;31mred\x1b[0m");
	screen_print("\x1b[2DE\x1b[K");
	assert_string_equal(screen_row(), "[rt] rE");
	screen_print("xyz\x1b[99D\x1b[1Cx\x1b[99C!");
	assert_string_equal(screen_row(), "[rt] rxxyz!");
}

TEST(test_cursor_stays_behind_the_prefix)
{
	screen_start(true);
	screen_print("\b\b\b\b\b\b\b\bab\b\b\b\b\b\b\bX");
	assert_string_equal(screen_row(), "[rt] Xb");
	screen_print("\rY\x1b[1000000DZ");
	assert_string_equal(screen_row(), "[rt] Zb");
	screen_print("\r\x1b[2K");
	assert_string_equal(screen_row(), "[rt]");
}

/* A mark without a width must not make the column count run away from the screen's. */
TEST(test_widthless_marks)
{
	screen_start(true);
	screen_print("a\xcc\x81\xe2\x80\xae\xe2\x80\x8b");
	assert_string_equal(screen_row(), "[rt] a???");
	screen_print("\b\b\b\b\b\b\b\bX");
	assert_string_equal(screen_row(), "[rt] X???");
}

TEST(test_utf8)
{
	screen_start(false);
	screen_print("\xe7\xb5\x84\xe6\x9c\xa8 \xc3\xa4 \xf0\x9f\x98\x80");
	assert_string_equal(screen.text, "\xe7\xb5\x84\xe6\x9c\xa8 \xc3\xa4 \xf0\x9f\x98\x80");
	assert_string_equal(screen_row(), "[rt] ## # #");
}

TEST(test_bad_utf8)
{
	screen_start(false);
	screen_print("a\xff"
	             "b\xc3(c\xe0\x80\x80 d\xed\xa0\x80 e\xf4\x90\x80\x80 f\xc2\x9b"
	             "g\x9b"
	             "31mh\xc0\xaf i\xe2\x82");
	screen_print("j");
	assert_string_equal(screen_row(), "[rt] a?b?(c? d?? e? fg31mh?? i?j");
}

TEST(test_controls_are_dropped)
{
	char text[64] = "";
	size_t size = 0;

	screen_start(true);
	for (char c = 1; c < 0x20; c++)
		if (!strchr("\n\t\b\r\x1b", c))
			text[size++] = c;
	text[size++] = 0x7f;
	text[size++] = 'x';
	screen_bytes(text, size);
	assert_string_equal(screen.text, "x");
	screen_byte(0);
	assert_string_equal(screen_row(), "[rt] x");
}

TEST(test_tabs)
{
	screen_start(false);
	screen_print("a\tbcdefghi\tj\rX\tY");
	assert_string_equal(screen_row(), "[rt] X       Ycdefghi        j");
}

TEST(test_unfinished_string_ends_with_the_line)
{
	screen_start(false);
	screen_print("\x1b]0;this never ends\nKernel panic");
	assert_string_equal(screen_row(), "[rt] Kernel panic");
}

/* Shows: hostile.console. */
TEST(test_forged_prefix)
{
	screen_start(true);
	screen_print("[linux] root");
	assert_string_equal(screen_row(), "[rt] [linux? root");
	screen_print("\r[rt] mine [kumiki] ");
	assert_string_equal(screen_row(), "[rt] [rt] mine [kumiki?");
}

/*
 * A name that is put together out of order is still found.
 * Shows: hostile.console.
 */
TEST(test_forged_by_pieces)
{
	screen_start(true);
	screen_print("[li_ux] root\r\x1b[3Cn");
	assert_string_equal(screen_row(), "[rt] [li?ux] root");
	screen_print("\x1b[2K\r_linux]\r[");
	assert_string_equal(screen_row(), "[rt] ?linux]");
	screen_print("\x1b[2K[lin\xe2\x80\x8bux]");
	assert_string_equal(screen_row(), "[rt] [lin?ux]");
}

TEST(test_long_line_is_split)
{
	screen_start(false);
	for (unsigned int i = 0; i < TERMLINE_COLUMNS + 10; i++)
		screen_byte('x');
	assert_int_equal(screen.terminal.row, 1);
	assert_string_equal(screen_row(), "[rt] xxxxxxxxxx");
	screen.line.limit = 1; /* narrower than is possible */
	screen_print("\n12345678901234567\t\t!");
	assert_int_equal(screen.terminal.row, 4);
}

TEST(test_redraw)
{
	uint8_t again[TERMLINE_REDRAW_MAX + 1];

	screen_start(true);
	screen_print("$ ls -l\x1b[2D");
	again[termline_redraw(&screen.line, again)] = 0;
	assert_string_equal((char *)again, "$ ls -l\b\b");
}

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static void random_piece(bool *ended)
{
	static const char *const piece[] = {"[linux]", "[",         "]",        "linux",
	                                    "\b",      "\r",        "\t",       "\x1b[K",
	                                    "\x1b[D",  "\x1b[",     "\x1b[9C",  "\x1b[2K",
	                                    "\x1b[J",  "\x1b[1;7m", "\xcc\x81", "\xe6\x9c",
	                                    "\x1b]",   "x",         " ",        "\xf0\x9f\x98\x80",
	                                    "[kumiki", "\x9b"};
	uint32_t pick = random_below(sizeof(piece) / sizeof(piece[0]) + 3);

	*ended = false;
	if (pick < sizeof(piece) / sizeof(piece[0])) {
		screen_print(piece[pick]);
	} else if (pick == sizeof(piece) / sizeof(piece[0])) {
		screen_byte((uint8_t)random_below(256));
	} else if (random_below(20) == 0) {
		screen_byte('\n');
		*ended = true;
	}
}

/* Checks that each row begins with the prefix, and that no row holds another partition's. */
static void check_rows(void)
{
	assert_null(screen.terminal.fault);
	for (unsigned int row = 0; row <= screen.terminal.row; row++) {
		const char *text = screen.terminal.cell[row];

		assert_memory_equal(text, "[rt] ", 4);
		assert_null(strstr(text, "[linux]"));
		assert_null(strstr(text, "[kumiki]"));
	}
}

/* Shows: hostile.console. */
TEST(test_random)
{
	bool ended;

	for (uint32_t seed = 1; seed <= 200; seed++) {
		random_state = seed;
		screen_start(seed & 1);
		for (unsigned int i = 0; i < 2000; i++)
			random_piece(&ended);
		check_rows();
	}
}
