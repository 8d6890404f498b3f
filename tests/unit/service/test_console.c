/*
 * The console service in text mode: prefixes, turns, focus, keys, hostile rings.
 *
 * Shows: operator.console.
 */
#include "fake_frame.h"
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static const char *const two[] = {"linux", "rt", NULL};
#define CORE 2 /* the source behind the two partitions */

TEST(test_lines_have_prefixes)
{
	fake_start(two);
	fake_print(0, "one\n");
	fake_print(1, "two\r\n");
	fake_print(CORE, "three\n");
	fake_run(1);
	assert_string_equal(fake_sent(), "[linux] one\r\n[rt] two\r\n[kumiki] three\r\n");
}

TEST(test_unfinished_line_waits)
{
	fake_start(two);
	fake_print(1, "wor");
	fake_run(CONSOLE_SILENCE_MS - 1);
	assert_string_equal(fake_sent(), "");
	fake_run(2 * CONSOLE_NAP_MS);
	assert_string_equal(fake_sent(), "[rt] wor");
	fake_print(1, "ld\n");
	fake_run(1);
	assert_string_equal(fake_sent(), "ld\r\n");
}

TEST(test_focused_line_soon)
{
	fake_start(two);
	fake_print(0, "login: ");
	fake_run(CONSOLE_ECHO_MS + 1);
	assert_string_equal(fake_sent(), "[linux] login: ");
}

/* A prompt stays the last row while other partitions print. */
TEST(test_prompt_comes_back)
{
	fake_start(two);
	fake_print(0, "$ ls\b");
	fake_run(CONSOLE_ECHO_MS + 1);
	fake_sent();
	fake_print(1, "tick\n");
	fake_run(CONSOLE_ECHO_MS + 1);
	assert_string_equal(fake_sent(), "\r\x1b[K[rt] tick\r\n[linux] $ ls\b");
}

/*
 * The prompt comes back also under another partition's unfinished line. This line then goes on
 * behind a new prefix.
 */
TEST(test_prompt_comes_back_under_another)
{
	fake_start(two);
	fake_print(0, "$ ");
	fake_run(CONSOLE_ECHO_MS + 1);
	fake_sent();
	fake_print(1, "login: ");
	fake_run(CONSOLE_SILENCE_MS + 1);
	assert_string_equal(fake_sent(), "\r\x1b[K[rt] login: " TERMSCREEN_PARTED "\r\n[linux] $ ");
	fake_print(1, "me\n");
	fake_run(1);
	assert_string_equal(fake_sent(), "\r\x1b[K[rt] me\r\n[linux] $ ");
}

TEST(test_unfocused_line_is_continued)
{
	fake_start(two);
	fake_print(1, "half");
	fake_run(CONSOLE_SILENCE_MS + 1);
	fake_print(CORE, "news\n");
	fake_run(10);
	fake_print(1, "done\n");
	fake_run(10);
	assert_string_equal(fake_sent(),
	                    "[rt] half" TERMSCREEN_PARTED "\r\n[kumiki] news\r\n[rt] done\r\n");
}

TEST(test_colour_ends_with_the_line)
{
	fake_start(two);
	fake_print(0, "\x1b[31mred\n");
	fake_print(1, "\x1b[31mplain\n");
	fake_run(1);
	assert_string_equal(fake_sent(), "[linux] \x1b[31mred\x1b[0m\r\n[rt] plain\r\n");
}

TEST(test_keys_go_to_the_focus)
{
	uint8_t keys[16];

	fake_start(two);
	fake_type("ab", 2);
	fake_run(1);
	assert_int_equal(fake_keys(0, keys, sizeof(keys)), 2);
	assert_memory_equal(keys, "ab", 2);
	assert_int_equal(fake.notified[0], 2);
	fake_type("\0352c", 3);
	fake_run(1);
	assert_int_equal(fake_keys(0, keys, sizeof(keys)), 0);
	assert_int_equal(fake_keys(1, keys, sizeof(keys)), 1);
	assert_string_equal(fake_sent(), "[kumiki] keys go to rt (Ctrl-] ? for help)\r\n");
}

TEST(test_hot_key)
{
	uint8_t keys[16];

	fake_start(two);
	fake_type("\x1d\x1d", 2);
	fake_run(1);
	assert_int_equal(fake_keys(0, keys, sizeof(keys)), 1);
	assert_int_equal(keys[0], 0x1d);
	fake_type("\0350x\0357", 5);
	fake_run(1);
	assert_int_equal(fake_keys(0, keys, sizeof(keys)), 0);
	assert_string_equal(fake_sent(),
	                    "[kumiki] keys go to nobody (Ctrl-] ? for help)\r\n"
	                    "[kumiki] no partition with a console has that number\r\n");
	fake_type("\x1d?", 2);
	fake_run(1);
	const char *help = fake_sent();
	assert_non_null(strstr(help, "[kumiki]   1  linux\r\n"));
	assert_non_null(strstr(help, "[kumiki]   2  rt\r\n"));
}

/* The hot key shows where the partition's cursor stands: the end of its unfinished line. */
TEST(test_hot_key_shows_the_prompt)
{
	fake_start(two);
	fake_print(1, "up\nlogin: ");
	fake_run(CONSOLE_SILENCE_MS + 1);
	fake_print(0, "$ ");
	fake_run(CONSOLE_SILENCE_MS + 1);
	fake_sent();
	fake_type("\0352", 2);
	fake_run(1);
	assert_string_equal(fake_sent(), "\r\n[kumiki] keys go to rt (Ctrl-] ? for help)\r\n"
	                                 "[rt] login: ");
	fake_print(1, "me\n");
	fake_run(1);
	fake_type("\0352", 2);
	fake_run(1);
	assert_string_equal(fake_sent(), "me\r\n[kumiki] keys go to rt (Ctrl-] ? for help)\r\n");
	fake_type("\0351", 2);
	fake_run(1);
	assert_string_equal(fake_sent(), "[kumiki] keys go to linux (Ctrl-] ? for help)\r\n"
	                                 "[linux] $ ");
}

TEST(test_partition_without_console)
{
	static const char *const names[] = {"dark", "light", NULL};

	fake_start(names);
	fake.info.sources[0].ring = 0;
	fake_again();
	assert_int_equal(fake.console.screen.focus, 1);
	fake_type("\0351", 2);
	fake_run(20);
	assert_string_equal(fake_sent(),
	                    "[kumiki] no partition with a console has that number\r\n");
}

/*
 * A partition reads nothing. The UART is left alone for a while. Then the partition's keys are
 * dropped and the hot key works again.
 */
TEST(test_keys_are_held_back)
{
	uint8_t keys[CONSOLE_IN_SIZE];
	uint8_t many[CONSOLE_IN_SIZE + 3];

	fake_start(two);
	memset(many, 'x', sizeof(many));
	fake_type(many, sizeof(many));
	fake_run(100);
	assert_int_equal(fake.typed_size - fake.typed_read, 2);
	assert_false(fake.listens_input);
	assert_true(fake.rest <= CONSOLE_KEY_RETRY_MS * 1000000ull);
	assert_int_equal(fake_keys(0, keys, 10), 10);
	fake_run(100);
	assert_int_equal(fake.typed_size, fake.typed_read);
	assert_true(fake.listens_input);

	fake_type(many, 20);
	fake_run(2000);
	assert_string_equal(fake_sent(),
	                    "[kumiki] linux reads no keys: what you type to it is dropped\r\n");
	fake_type("yyy\0352z", 6);
	fake_run(10);
	assert_int_equal(fake_keys(1, keys, 10), 1);
}

/* Shows: services.turns. */
TEST(test_flood_leaves_turns)
{
	fake_start(two);
	for (unsigned int i = 0; i < CONSOLE_OUT_SIZE / 8; i++)
		fake_print(0, "flood!!\n");
	fake_print(1, "important\n");
	fake_run(1);
	const char *sent = fake_sent();
	const char *important = strstr(sent, "[rt] important\r\n");
	assert_non_null(important);
	/* One turn of the flood: 256 characters, and 10 for each line's prefix and end. */
	assert_true(important - sent < 700);
}

/*
 * A line without an end is cut at its turn's end. The other partitions print between its parts.
 * Shows: services.turns.
 */
TEST(test_endless_line_leaves_turns)
{
	fake_start(two);
	for (unsigned int i = 0; i < CONSOLE_OUT_SIZE; i++)
		fake_print(0, "x");
	fake_print(1, "important\n");
	fake_run(1);
	const char *sent = fake_sent();
	const char *important = strstr(sent, "[rt] important\r\n");
	assert_non_null(important);
	assert_true(important - sent < 1200);
}

TEST(test_writer_is_told_of_room)
{
	fake_start(two);
	for (unsigned int i = 0; i < CONSOLE_OUT_SIZE + 5; i++)
		fake_print(1, "\n");
	assert_int_equal(fake.ring[1].want_space, 1);
	fake_run(1);
	assert_int_equal(fake.ring[1].want_space, 0);
	assert_int_equal(fake.notified[1], 1);
	assert_non_null(strstr(fake_sent(), "[rt] (5 characters lost)\r\n"));
}

/* The transmitter takes a few characters at a time: nothing is lost, and the lines stay whole. */
TEST(test_slow_uart)
{
	static struct terminal terminal;

	fake_start(two);
	fake.takes = 0;
	for (unsigned int i = 0; i < 300; i++) {
		fake_print(0, "aaaaaaaaaaaaaaaaaaaa\n");
		fake_print(1, "bbbbbbbbbbbbbbbbbbbb\n");
	}
	for (unsigned int i = 0; i < 3000; i++) {
		fake_run(0);
		if (!fake.listens_space)
			break;
		fake.takes = 16;
	}
	assert_false(fake.listens_space);
	terminal_start(&terminal, TERMINAL_COLUMNS);
	terminal_put(&terminal, fake.sent, fake.sent_size);
	assert_int_equal(terminal.row, 600);
	for (unsigned int row = 0; row < 600; row++) {
		const char *text = terminal_row(&terminal, row);
		assert_true(!strcmp(text, "[linux] aaaaaaaaaaaaaaaaaaaa") ||
		            !strcmp(text, "[rt] bbbbbbbbbbbbbbbbbbbb"));
	}
}

/*
 * After the first character the service naps, so that a burst costs few wake-ups. Then it is woken
 * again.
 */
TEST(test_sleep)
{
	fake_start(two);
	fake_run(100);
	assert_true(fake.rest == SERVICE_FOREVER);
	assert_int_equal(fake.ring[0].asleep, 1);
	assert_int_equal(fake.ring[1].asleep, 1);
	fake_print(0, "x");
	assert_int_equal(fake.ring[0].asleep, 0);
	fake_run(1);
	assert_int_equal(fake.ring[0].asleep, 0);
	assert_true(fake.rest <= CONSOLE_NAP_MS * 1000000ull);
	fake_run(100);
	assert_int_equal(fake.ring[0].asleep, 1);
	assert_true(fake.rest == SERVICE_FOREVER);
}

/* Shows: hostile.rings. */
TEST(test_hostile_indices)
{
	srand(3);
	fake_start(two);
	for (unsigned int i = 0; i < 2000; i++) {
		fake.ring[1].out_head = (uint32_t)rand() * 2654435761u;
		fake.ring[1].out_tail = (uint32_t)rand();
		fake.ring[1].out_lost = (uint32_t)rand();
		fake.ring[1].in_tail = (uint32_t)rand();
		fake.ring[1].in_head = (uint32_t)rand();
		fake.ring[1].want_space = 1;
		fake.ring[1].out[i % CONSOLE_OUT_SIZE] = (uint8_t)rand();
		if (fake.typed_read == fake.typed_size)
			fake_type("\0352k", 3);
		(void)console_turn(&fake.console, fake.now);
		fake.now += 1000;
		fake.sent_size = fake.sent_seen = 0;
	}
	/* The other partitions are still served. */
	fake.ring[1].out_head = fake.console.readers[1].tail;
	fake_run(100);
	fake_sent();
	fake_print(0, "alive\n");
	fake_run(10);
	assert_non_null(strstr(fake_sent(), "[linux] alive\r\n"));
}

/* A restarted service goes on where the former one ended. */
TEST(test_restart)
{
	fake_start(two);
	fake_print(0, "before\n");
	fake_run(1);
	fake_sent();
	fake_print(0, "between\n");
	fake_again();
	fake_run(1);
	assert_string_equal(fake_sent(), "[linux] between\r\n");
}

static void random_print(void)
{
	static const char *const piece[] = {"[rt] hello", "[linux]", "[kumiki] ", "\r",
	                                    "\b\b\b",     "\n",      "\x1b[K",    "\x1b[2D",
	                                    "text",       "\x1b[1m", "\xe2"};
	unsigned int source = (unsigned int)rand() % 3;

	fake_print(source, piece[(size_t)rand() % (sizeof(piece) / sizeof(piece[0]))]);
}

/*
 * Checks an 80-column terminal that wraps: no row in which a line goes on begins like another
 * partition's row.
 */
static void check_wrapped(const struct terminal *terminal)
{
	const char *own = "";

	for (unsigned int row = 0; row <= terminal->row; row++) {
		const char *text = terminal->cell[row];

		if (!terminal->continued[row])
			own = text;
		else if (strncmp(text, own, 4) != 0)
			assert_true(strncmp(text, "[linux]", 7) != 0 &&
			            strncmp(text, "[kumiki]", 8) != 0);
	}
}

TEST(test_random_sources)
{
	static struct terminal terminal;

	srand(7);
	for (unsigned int round = 0; round < 40; round++) {
		fake_start(two);
		fake_type("\0352", 2); /* rt may use escapes, and its own name */
		for (unsigned int i = 0; i < 500; i++) {
			random_print();
			if (rand() % 4 == 0)
				fake_run((unsigned int)rand() % 4);
		}
		fake_run(20);
		terminal_start(&terminal, TERMINAL_COLUMNS);
		terminal_put(&terminal, fake.sent, fake.sent_size);
		assert_null(terminal.fault);
		for (unsigned int row = 0; row < terminal.row; row++)
			assert_int_equal(terminal.cell[row][0], '[');
		terminal_start(&terminal, 80);
		terminal_put(&terminal, fake.sent, fake.sent_size);
		if (!terminal.fault)
			check_wrapped(&terminal);
	}
}
