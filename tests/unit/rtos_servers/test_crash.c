/*
 * A crash in words: its cause by the registers, lines that fit into the log, and the return
 * addresses of any stack.
 */
#include <rtos/crash.h>
#include <servers/supervisor/crash.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define STACK 0x3fff0000ULL

static char told[4096];
static size_t told_length;

static void say(struct crash_lines *lines, const struct text *text)
{
	(void)lines;
	assert_in_range(text->length, 1, CRASH_LINE);
	told_length += (size_t)snprintf(told + told_length, sizeof(told) - told_length, "%.*s\n",
	                                (int)text->length, text->bytes);
	assert_true(told_length < sizeof(told));
}

static const char *words(const struct rtos_crash *crash)
{
	struct crash_lines lines = {.say = say};

	told_length = 0;
	crash_words(crash, &lines);
	return told;
}

static struct rtos_crash *new_crash(void)
{
	struct rtos_crash *crash = calloc(1, RTOS_CRASH_SIZE);

	assert_non_null(crash);
	*crash = (struct rtos_crash){.magic = RTOS_CRASH_MAGIC,
	                             .number = 7,
	                             .revision = RTOS_CRASH_REVISION,
	                             .size = sizeof(*crash),
	                             .starts = 3,
	                             .name = "a.long.name.of16",
	                             .ms = 1234,
	                             .thread_count = 1};
	crash->threads[0].x[RTOS_CRASH_PC] = 0x10040;
	return crash;
}

TEST(test_causes)
{
	static const struct {
		uint64_t state, number, address;
		const char *words;
	} causes[] = {
	    {RTOS_PROCESS_FAULTED, 0x92000047, 0x10, " writes to 0x10: nothing is there\n"},
	    {RTOS_PROCESS_FAULTED, 0x92000007, 0x18, " reads from 0x18: nothing is there\n"},
	    {RTOS_PROCESS_FAULTED, 0x92000050, 0x40002400,
	     " writes to 0x40002400: no device is there\n"},
	    {RTOS_PROCESS_FAULTED, 0x9200004f, 0x10000, " writes to 0x10000: that isn't allowed\n"},
	    {RTOS_PROCESS_FAULTED, 0x92000021, 0x12001,
	     " reads from 0x12001: that isn't aligned\n"},
	    {RTOS_PROCESS_FAULTED, 0x8200000f, 0x12000, " executes 0x12000: that isn't allowed\n"},
	    {RTOS_PROCESS_FAULTED, 0x02000000, 0, " an instruction that there isn't\n"},
	    {RTOS_PROCESS_FAULTED, 0x1fe00000, 0, " FP registers without kumiki,floating-point\n"},
	    {RTOS_PROCESS_FAULTED, 0xf2000000, 0, " a breakpoint instruction\n"},
	    {RTOS_PROCESS_EXITED, 7, 0, " exited with 7\n"},
	    {RTOS_PROCESS_BROKE, 17, 5, " call 5 isn't its right: status 17\n"},
	    {RTOS_PROCESS_KILLED, 0, 0, " was killed: by its manager, or for a hang\n"},
	};
	struct rtos_crash *crash = new_crash();

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		crash->state[0] = causes[i].state;
		crash->state[2] = causes[i].number;
		crash->state[3] = causes[i].address;
		assert_non_null(strstr(words(crash), causes[i].words));
		assert_non_null(strstr(told, "crash 7: a.long.name.of16, start 3, at 1234 ms\n"));
		assert_non_null(strstr(told, " thread 0 at 0x10040\n"));
	}
	free(crash);
}

/* If the program was answering a call, the words name the caller. */
TEST(test_the_caller_is_named)
{
	struct rtos_crash *crash = new_crash();

	assert_null(strstr(words(crash), " answering"));
	crash->answering = 77;
	memcpy(crash->asker, "shell", sizeof("shell"));
	assert_non_null(strstr(words(crash), " thread 0 at 0x10040 answering call 77 of shell\n"));
	memcpy(crash->asker, "a.long.name.of16", sizeof(crash->asker));
	crash->answering = UINT64_MAX;
	assert_non_null(
	    strstr(words(crash), " answering call 18446744073709551615\n of a.long.name.of16\n"));
	free(crash);
}

/* All parts are as large as possible. */
TEST(test_lines_fit)
{
	struct rtos_crash *crash = new_crash();

	memset(crash->threads, 0xff, sizeof(crash->threads));
	memset(crash->callers, 0xff, sizeof(crash->callers));
	memset(crash->mappings, 0xff, sizeof(crash->mappings));
	memset(crash->state, 0xff, sizeof(crash->state));
	memset(crash->asker, 0xff, sizeof(crash->asker));
	crash->number = crash->ms = crash->answering = UINT64_MAX;
	crash->caller_count = RTOS_CRASH_CALLERS;
	crash->mapping_count = 40; /* as many as fit into `told` */
	for (uint64_t i = 0; i < 6; i++) {
		crash->state[0] = i;
		assert_non_null(strstr(words(crash), " pstate=0xffffffffffffffff\n"));
	}
	free(crash);
}

/* A stack of three functions with {x29, x30} of each. The outermost has zeros. */
static struct rtos_crash *new_stack(void)
{
	static const uint64_t words[] = {STACK + 0x20, 0x10080, 0,       0, STACK + 0x38,
	                                 0x100c0,      0,       0x5a5a5, 0, 0};
	struct rtos_crash *crash = new_crash();
	uint64_t size = sizeof(words);
	void *to;

	crash->threads[0].x[29] = STACK;
	to = crash_piece(crash, STACK, &size);
	assert_int_equal(size, sizeof(words));
	memcpy(to, words, sizeof(words));
	return crash;
}

TEST(test_callers)
{
	struct rtos_crash *crash = new_stack();

	crash_callers(crash);
	assert_int_equal(crash->caller_count, 2);
	assert_int_equal(crash->callers[0], 0x10080);
	assert_int_equal(crash->callers[1], 0x100c0);
	assert_non_null(strstr(words(crash), " returns to 0x10080 0x100c0\n"));
	free(crash);
}

/* A chain that leads to itself, down, or out of the stack ends there. */
TEST(test_a_stack_with_anything_in_it)
{
	static const uint64_t nexts[] = {STACK,          STACK - 8, STACK + 0x48, STACK + 0x49,
	                                 STACK + 0x1000, 0,         UINT64_MAX,   UINT64_MAX - 8};

	for (size_t i = 0; i < sizeof(nexts) / sizeof(nexts[0]); i++) {
		struct rtos_crash *crash = new_stack();

		memcpy((uint8_t *)crash + crash->pieces[0].offset, &nexts[i], sizeof(nexts[i]));
		crash_callers(crash);
		assert_int_equal(crash->caller_count, 1);
		free(crash);
	}
}

TEST(test_no_more_than_there_is_room_for)
{
	struct rtos_crash *crash = new_crash();
	uint64_t size = RTOS_CRASH_SIZE;

	assert_non_null(crash_piece(crash, STACK, &size));
	assert_int_equal(size, RTOS_CRASH_SIZE - sizeof(*crash));
	assert_int_equal(crash->size, RTOS_CRASH_SIZE);
	size = 1;
	assert_null(crash_piece(crash, 0, &size));
	free(crash);
	crash = new_crash();
	for (uint32_t i = 0; i < RTOS_CRASH_PIECES; i++)
		assert_non_null(crash_piece(crash, STACK + i, &size));
	assert_null(crash_piece(crash, 0, &size));
	free(crash);
}
