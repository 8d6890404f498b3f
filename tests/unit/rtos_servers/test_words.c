/*
 * The supervisor's words: long ones become some lines. The log gets the lines in order and once,
 * for all ends of the supervisor; only the last one may come again at a restart. The oldest lines
 * go.
 *
 * Shows: rtos.supervisor-crash.
 */
#include <servers/supervisor/words.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unit.h>

static uint64_t memory[512];

static void say(const char *what, uint32_t ms)
{
	struct text text = {.length = 0};

	text_add(&text, what);
	words_keep(&text, ms);
}

static void begin(void)
{
	memset(memory, 0, sizeof(memory));
	words_open(memory, sizeof(memory));
}

static void expect_told(const char *what, uint32_t ms)
{
	struct ring_line line;

	assert_true(words_next(&line));
	assert_int_equal(line.length, strlen(what));
	assert_memory_equal(line.text, what, line.length);
	assert_int_equal(line.ms, ms);
	words_told(&line);
}

static void expect_no_more(void)
{
	struct ring_line line;

	assert_false(words_next(&line));
}

TEST(test_lines)
{
	begin();
	expect_no_more();
	say("ramfs is given up", 7);
	say("crasher faulted: syndrome 0x92000047, address 0x0, at 0x10044", 8);
	say("123456789012345678901234567890123456789012345678", 9);
	say("1234567890123456789012345678901234567890123456789", 10);
	say("", 11);
	expect_told("ramfs is given up", 7);
	expect_told("crasher faulted: syndrome 0x92000047, address", 8);
	expect_told(" 0x0, at 0x10044", 8);
	expect_told("123456789012345678901234567890123456789012345678", 9);
	expect_told("123456789012345678901234567890123456789012345678", 10);
	expect_told("9", 10);
	expect_no_more();
}

/* A successor goes on at the last line. A damaged count repeats no line. */
TEST(test_successor)
{
	struct ring_line line;

	begin();
	say("first", 1);
	say("second", 2);
	say("third", 3);
	expect_told("first", 1);
	assert_true(words_next(&line)); /* the log has it; this one ends before it notes that */
	words_open(memory, sizeof(memory));
	expect_told("second", 2);
	memory[0] = 1000;
	words_open(memory, sizeof(memory));
	expect_no_more();
	say("fourth", 4);
	expect_told("fourth", 4);
}

TEST(test_oldest_go)
{
	const uint32_t room = (sizeof(memory) - 8) / sizeof(struct ring_line);
	char what[16];

	begin();
	for (uint32_t i = 0; i < 3 * room; i++) {
		(void)snprintf(what, sizeof(what), "%u", i);
		say(what, i);
	}
	for (uint32_t i = 2 * room; i < 3 * room; i++) {
		(void)snprintf(what, sizeof(what), "%u", i);
		expect_told(what, i);
	}
	expect_no_more();
}
