/*
 * The console service in frame mode, seen from the host's end of the UART.
 *
 * Shows: operator.link.
 */
#include "fake_frame.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const two[] = {"linux", "rt", NULL};
#define CORE        2
#define ANSWERS_MAX 256

struct answer {
	uint8_t type;
	uint16_t size;
	uint8_t payload[LINK_PAYLOAD_MAX + 1];
};

static struct answer answers[ANSWERS_MAX];
static size_t answer_count, plain_count;
static struct linkframe_parser host;

static void host_start(void)
{
	fake_start(two);
	memset(&host, 0, sizeof(host));
	answer_count = plain_count = 0;
}

static void host_send(uint8_t type, const void *payload, size_t size)
{
	uint8_t frame[LINKFRAME_MAX];

	memcpy(frame + LINKFRAME_HEADER, payload, size);
	fake_type(frame, linkframe_close(frame, type, size));
}

/* What the service sent since the last call. */
static void host_receive(void)
{
	struct linkframe frame;

	answer_count = plain_count = 0;
	for (; fake.sent_seen < fake.sent_size; fake.sent_seen++) {
		plain_count += linkframe_put(&host, fake.sent[fake.sent_seen]);
		while (linkframe_next(&host, &frame)) {
			struct answer *answer = &answers[answer_count++];

			assert_true(answer_count < ANSWERS_MAX);
			answer->type = frame.type;
			answer->size = frame.size;
			memcpy(answer->payload, frame.payload, frame.size);
			answer->payload[frame.size] = 0;
		}
	}
	assert_int_equal(host.bad, 0);
}

static void host_hello(void)
{
	static const uint32_t revision = LINK_REVISION;

	host_send(LINK_HELLO, &revision, sizeof(revision));
	fake_run(1);
	host_receive();
}

/* Which frame a LINK_ERROR is about, and its words. */
static void host_error(size_t at, uint8_t type, uint8_t subject, const char *words)
{
	assert_int_equal(answers[at].type, LINK_ERROR);
	assert_int_equal(answers[at].payload[0], type);
	assert_int_equal(answers[at].payload[1], subject);
	assert_string_equal((char *)answers[at].payload + 2, words);
}

static void test_hello(void **state)
{
	struct link_welcome welcome;

	(void)state;
	host_start();
	host_hello();
	assert_int_equal(answer_count, 1);
	assert_int_equal(answers[0].type, LINK_WELCOME);
	assert_int_equal(answers[0].size, sizeof(welcome) + 3 * sizeof(struct link_source));
	memcpy(&welcome, answers[0].payload, sizeof(welcome));
	assert_int_equal(welcome.revision, LINK_REVISION);
	assert_int_equal(welcome.partitions, 2);
	assert_int_equal(welcome.cores, 1);
	assert_int_equal(welcome.vcpus, 3);
	assert_int_equal(welcome.counter_hz, FAKE_HZ);
	assert_string_equal(welcome.system, "test");
	assert_int_equal(welcome.vcpu_partition[2], 1);
	assert_string_equal((char *)answers[0].payload + sizeof(welcome) + 32, "rt");
}

static void test_wrong_revision(void **state)
{
	static const uint32_t revision = LINK_REVISION + 1;

	(void)state;
	host_start();
	host_send(LINK_HELLO, &revision, sizeof(revision));
	fake_run(1);
	host_receive();
	assert_int_equal(answers[0].type, LINK_ERROR);
	assert_false(fake.console.link.framed);
}

/* Who attaches sees the prompt that was printed before, and of what goes on nothing twice. */
static void test_a_line_that_was_begun(void **state)
{
	static char line[2 * CONSOLE_OUT_SIZE];

	(void)state;
	host_start();
	fake_print(0, "whole\n/ # ");
	fake_run(100);
	host_hello();
	assert_int_equal(answer_count, 2);
	assert_int_equal(answers[1].type, LINK_OUTPUT);
	assert_int_equal(answers[1].size, 5);
	assert_memory_equal(answers[1].payload, "\0/ # ", 5);
	fake_print(0, "ls");
	fake_run(100);
	host_receive();
	assert_int_equal(answer_count, 1);
	assert_memory_equal(answers[0].payload, "\0ls", 3);
	host_hello(); /* the next client */
	assert_memory_equal(answers[1].payload, "\0/ # ls", 7);
	fake_print(0, "\n");
	fake_run(100);
	host_receive();
	host_hello();
	assert_int_equal(answer_count, 1);

	memset(line, 'x', sizeof(line) - 1); /* a long one: its end */
	fake_print(0, line);
	fake_run(1000);
	host_receive();
	host_hello();
	assert_int_equal(answers[answer_count - 1].size, 1 + 128);
	fake.takes = 0; /* and when it is overwritten meanwhile: nothing of it */
	line[CONSOLE_OUT_SIZE] = 0;
	fake_print(0, line);
	assert_int_equal(reader_begun(&fake.console.readers[0], (uint8_t *)line, 128), 0);
}

static void test_output_is_raw(void **state)
{
	(void)state;
	host_start();
	host_hello();
	fake_print(1, "\x1b[2J\x1e half");
	fake_print(CORE, "core\n");
	fake_run(1);
	host_receive();
	assert_int_equal(answer_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(answers[i].type, LINK_OUTPUT);
		if (answers[i].payload[0] == 1)
			assert_string_equal((char *)answers[i].payload + 1, "\x1b[2J\x1e half");
		else
			assert_string_equal((char *)answers[i].payload + 1, "core\n");
	}
	assert_int_equal(plain_count, 0);
}

static void test_input(void **state)
{
	uint8_t input[601] = {1}, keys[CONSOLE_IN_SIZE];

	(void)state;
	host_start();
	host_hello();
	memset(input + 1, 'k', 600);
	host_send(LINK_INPUT, input, sizeof(input));
	input[0] = 9;
	host_send(LINK_INPUT, input, 3);
	fake_run(1);
	host_receive();
	assert_int_equal(answer_count, 2);
	assert_int_equal(answers[0].type, LINK_TOOK);
	assert_int_equal(answers[0].payload[0], 1);
	assert_int_equal(answers[0].payload[2] | answers[0].payload[3] << 8, CONSOLE_IN_SIZE);
	assert_int_equal(answers[1].type, LINK_ERROR);
	assert_int_equal(fake_keys(1, keys, sizeof(keys)), CONSOLE_IN_SIZE);
	assert_int_equal(fake.notified[1], 1);
}

static void test_ping_and_errors(void **state)
{
	(void)state;
	host_start();
	host_hello();
	host_send(LINK_PING, "12345678", 8);
	host_send(99, "", 0);
	host_send(LINK_DEBUG, "", 0);
	fake_run(1);
	host_receive();
	assert_int_equal(answer_count, 3);
	assert_int_equal(answers[0].type, LINK_PONG);
	assert_memory_equal(answers[0].payload, "12345678", 8);
	host_error(1, 99, 0, "unknown type of frame");
	host_error(2, LINK_DEBUG, 0, "not a debugger's request");
}

/* ---- the operator's commands ---- */

static void host_begin(uint8_t number, const char *line)
{
	uint8_t payload[128] = {number};

	snprintf((char *)payload + 1, sizeof(payload) - 1, "%s", line);
	host_send(LINK_COMMAND, payload, 1 + strlen(line));
}

static void host_command(const char *line)
{
	host_begin(0, line);
	fake_run(20);
	host_receive();
}

/* The text of all answers to a line; the last of them has the status. */
static const char *host_answer_on(uint8_t number, unsigned int *status)
{
	static char text[ANSWERS_MAX * LINK_PAYLOAD_MAX];
	size_t size = 0;

	for (size_t i = 0; i < answer_count; i++) {
		if (answers[i].type != LINK_ANSWER || answers[i].payload[0] != number)
			continue;
		assert_true(answers[i].size >= 3);
		memcpy(text + size, answers[i].payload + 3, answers[i].size - 3u);
		size += answers[i].size - 3u;
		*status = answers[i].payload[1] ? answers[i].payload[2] : 99;
	}
	text[size] = 0;
	return text;
}

static const char *host_answer(unsigned int *status)
{
	return host_answer_on(0, status);
}

static void test_command(void **state)
{
	unsigned int status = 99;

	(void)state;
	host_start();
	host_hello();
	host_command("list");
	const char *text = host_answer(&status);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, " 1  linux             stopped"));
	assert_non_null(strstr(text, " 2  rt                stopped"));
	host_command(" stop\trt ");
	assert_string_equal(host_answer(&status), "rt is stopped already\n");
	assert_int_equal(status, 0);
	host_command("stop tr");
	assert_string_equal(host_answer(&status),
	                    "there is no partition 'tr'; did you mean 'rt'?\n");
	assert_int_equal(status, 1);
	host_command("");
	assert_string_equal(host_answer(&status), "");
	assert_int_equal(status, 0);
	host_command("li\x1b[2Jst\xff\n");
	assert_non_null(strstr(host_answer(&status), "there is no command 'li?[2Jst?'"));
	assert_int_equal(status, 1);
}

/* Output of partitions goes on between the parts of a long answer. */
static void test_long_answer(void **state)
{
	unsigned int status = 99;
	size_t parts = 0, between = 0;

	(void)state;
	host_start();
	host_hello();
	for (unsigned int i = 0; i < 1000; i++)
		fake_print(0, "text\n");
	fake_run(50);
	host_receive();
	fake.takes = 2000;
	host_begin(0, "log linux all");
	fake_run(1);
	fake_print(1, "beside\n");
	fake.takes = FAKE_FOREVER;
	fake_run(50);
	host_receive();
	const char *text = host_answer(&status);
	assert_int_equal(status, 0);
	for (const char *at = text; (at = strstr(at, "  | text\n")) != NULL; at++)
		parts++;
	assert_int_equal(parts, 1000);
	for (size_t i = 0; i + 1 < answer_count; i++)
		between += answers[i].type == LINK_OUTPUT;
	assert_int_equal(between, 1);
}

/* A line that waits holds up no other line; its own number has room for one command. */
static void test_lines_side_by_side(void **state)
{
	unsigned int status = 99;

	(void)state;
	host_start();
	host_hello();
	fake_life(0, LIFE_RUNNING);
	host_command("suspend linux");
	assert_int_equal(answer_count, 0); /* it waits for what comes of it */
	host_command("list");
	assert_int_equal(answer_count, 1);
	host_error(0, LINK_COMMAND, 0, "another command is being carried out on that line");
	host_begin(1, "top 1");
	host_begin(LINK_LINES - 1, "stop rt");
	host_begin(LINK_LINES, "list");
	host_send(LINK_COMMAND, "", 0);
	fake_run(20);
	host_receive();
	assert_int_equal(answer_count, 3);
	host_error(0, LINK_COMMAND, LINK_LINES,
	           "another command is being carried out on that line");
	assert_string_equal(host_answer_on(LINK_LINES - 1, &status), "rt is stopped already\n");
	assert_int_equal(status, 0);
	fake_life(0, LIFE_SUSPENDED);
	fake_run(20);
	host_receive();
	assert_string_equal(host_answer(&status), "linux: suspended\n");
	assert_int_equal(status, 0);
	fake_run(1000);
	host_receive();
	assert_non_null(strstr(host_answer_on(1, &status), "in 1."));
	assert_int_equal(status, 0);
}

/* Each `top` has its own first look. */
static void test_two_tops(void **state)
{
	unsigned int status = 99;

	(void)state;
	host_start();
	host_hello();
	host_begin(0, "top 2");
	fake_run(1000);
	host_begin(1, "top 2");
	fake_run(1100);
	host_receive();
	assert_non_null(strstr(host_answer_on(0, &status), "in 2.0"));
	assert_string_equal(host_answer_on(1, &status), "");
	fake_run(1000);
	host_receive();
	assert_non_null(strstr(host_answer_on(1, &status), "in 2.0"));
}

/* What is cancelled says so, once, and its line is free. */
static void test_cancel(void **state)
{
	static const uint8_t second = 1, wrong = LINK_LINES;
	unsigned int status = 99;

	(void)state;
	host_start();
	host_hello();
	host_begin(1, "top 30");
	fake_run(20);
	host_send(LINK_CANCEL, &second, 1);
	host_send(LINK_CANCEL, &second, 1);
	host_send(LINK_CANCEL, &wrong, 1);
	host_send(LINK_CANCEL, "", 0);
	fake_run(20);
	host_receive();
	assert_int_equal(answer_count, 1);
	assert_string_equal(host_answer_on(1, &status), "");
	assert_int_equal(status, 1);
	host_begin(1, "stop rt");
	fake_run(20);
	host_receive();
	assert_string_equal(host_answer_on(1, &status), "rt is stopped already\n");
}

/* The warden has one request at a time: the second line waits, also for one that was cancelled. */
static void test_lines_that_ask_the_warden(void **state)
{
	static const uint8_t first = 0;
	unsigned int status = 99;

	(void)state;
	host_start();
	host_hello();
	fake.warden_hangs = true;
	host_begin(0, "cores");
	fake_run(1);
	host_begin(1, "power");
	fake_run(500);
	host_receive();
	assert_int_equal(answer_count, 0);
	fake_run(600);
	host_receive();
	assert_string_equal(host_answer(&status), "the warden doesn't answer\n");
	assert_int_equal(status, 1);
	fake.warden_hangs = false;
	fake_run(50);
	host_receive();
	assert_non_null(strstr(host_answer_on(1, &status), "core"));
	assert_int_equal(status, 0);
	fake.warden_hangs = true;
	host_begin(0, "cores");
	fake_run(1);
	host_begin(1, "power");
	fake_run(100);
	host_send(LINK_CANCEL, &first, 1);
	fake.warden_hangs = false;
	fake_run(100);
	host_receive();
	assert_non_null(strstr(host_answer_on(1, &status), "core"));
}

/* A client that went amid a command leaves nothing behind. */
static void test_client_goes_amid_a_command(void **state)
{
	unsigned int status = 99;

	(void)state;
	host_start();
	host_hello();
	fake_life(0, LIFE_RUNNING);
	host_command("suspend linux");
	host_begin(3, "top 30");
	host_hello();
	host_command("stop rt");
	assert_string_equal(host_answer(&status), "rt is stopped already\n");
	host_command("suspend linux");
	host_send(LINK_BYE, "", 0);
	fake_run(20);
	for (unsigned int i = 0; i < LINE_COUNT; i++)
		assert_false(fake.console.runs[i]);
}

/* The prompt of the plain text isn't the link's: keys for it are refused. */
static void test_no_keys_for_the_prompt(void **state)
{
	static const uint8_t keys[] = {CORE, 'l', 's', '\r'};

	(void)state;
	host_start();
	host_hello();
	host_send(LINK_INPUT, keys, sizeof(keys));
	fake_run(20);
	host_receive();
	assert_int_equal(answer_count, 1);
	host_error(0, LINK_INPUT, CORE, "no partition with a console has that number");
	assert_false(fake.console.editor.open);
}

static void test_bad_checksum_is_said(void **state)
{
	(void)state;
	host_start();
	host_hello();
	fake_type("\x1e\x03\0\0xxxx", 8);
	fake_run(1);
	host_receive();
	assert_int_equal(answer_count, 1);
	assert_int_equal(answers[0].type, LINK_ERROR);
}

/* A new life begins on a line of its own, and who attaches then sees no more than that line. */
static void test_a_new_life_begins_a_line(void **state)
{
	(void)state;
	host_start();
	host_hello();
	fake_life(0, LIFE_LOADING); /* the first life has nothing to end */
	fake_life(0, LIFE_RUNNING);
	fake_print(0, "/ # ");
	fake_run(1);
	host_receive();
	assert_memory_equal(answers[0].payload, "\0/ # ", 5);
	fake_life(0, LIFE_STOPPING);
	fake_life(0, LIFE_LOADING);
	fake_life(0, LIFE_LOADING); /* twice, and nothing was printed: one end */
	fake_run(1);
	host_receive();
	assert_int_equal(answers[0].type, LINK_OUTPUT);
	assert_int_equal(answers[0].size, 3);
	assert_memory_equal(answers[0].payload, "\0\r\n", 3);
	assert_int_equal(answer_count, 1);
	fake_print(0, "login: ");
	fake_run(1);
	host_hello();
	assert_int_equal(answers[answer_count - 1].size, 8);
	assert_memory_equal(answers[answer_count - 1].payload, "\0login: ", 8);
}

/* News of a life stand between the words before and behind them, though all came at once. */
static void test_news_come_in_their_order(void **state)
{
	static const char *const said[] = {
	    [0] = "\0old\n", [1] = "\2linux stopped: it asked for a reset\n", [2] = "\0new\n"};
	size_t at = 0;

	(void)state;
	host_start();
	host_hello();
	fake_life(0, LIFE_LOADING);
	fake_life(0, LIFE_RUNNING);
	fake_print(0, "old\n");
	(void)fake_report(0, STOP_RESET);
	fake_life(0, LIFE_STOPPING);
	fake_life(0, LIFE_LOADING);
	fake_life(0, LIFE_RUNNING);
	fake_print(0, "new\n");
	fake_run(50);
	host_receive();
	for (size_t i = 0; i < answer_count && at < 3; i++)
		at += memcmp(answers[i].payload, said[at], 1 + strlen(said[at] + 1)) == 0;
	assert_int_equal(at, 3);
}

static void test_bye_and_silence(void **state)
{
	(void)state;
	host_start();
	host_hello();
	host_send(LINK_BYE, "", 0);
	fake_run(1);
	assert_non_null(strstr(fake_sent(), "[kumiki] plain text again"));
	fake_print(0, "text\n");
	fake_run(10);
	assert_string_equal(fake_sent(), "[linux] text\r\n");

	host_hello();
	fake_run(9000);
	fake_print(0, "frame\n");
	fake_run(1);
	host_receive();
	assert_int_equal(answers[0].type, LINK_OUTPUT);
	assert_true(fake.rest == SERVICE_FOREVER || fake.rest <= CONSOLE_NAP_MS * 1000000);
	fake_run(2000);
	assert_true(fake.rest == SERVICE_FOREVER); /* no timer keeps the machine on */
	fake_print(0, "text\n");
	fake_run(1);
	assert_non_null(strstr(fake_sent(), "[linux] text\r\n"));
	assert_false(fake.console.link.framed);
}

/* A person's key that looks like a frame's start doesn't swallow what follows for ever. */
static void test_unfinished_frame(void **state)
{
	uint8_t keys[8];

	(void)state;
	host_start();
	fake_type("\x1e\x01", 2);
	fake_run(1200);
	fake_type("abc", 3);
	fake_run(1);
	assert_int_equal(fake_keys(0, keys, sizeof(keys)), 3);
}

static void test_lost_characters_are_said(void **state)
{
	(void)state;
	host_start();
	host_hello();
	for (unsigned int i = 0; i < CONSOLE_OUT_SIZE + 42; i++)
		fake_print(1, "x");
	fake_run(10);
	host_receive();
	assert_int_equal(answers[0].payload[0], 1);
	assert_memory_equal(answers[0].payload + 1, "\r\n(42 characters lost)\r\nxx", 24);
}

static void trace_fill_core(uint32_t at_core, uint64_t count)
{
	struct trace_ring *ring = &fake.trace[at_core];

	for (; ring->next < count; ring->next++)
		ring->events[ring->next % TRACE_RING_EVENTS] =
		    (struct trace_event){.head = 1ULL << 56 | ring->next, .data = ring->next};
}

static void trace_fill(uint64_t count)
{
	trace_fill_core(0, count);
}

/* Collects a trace; each event is checked to be the one its number says. */
static void trace_collect(uint64_t *first, uint64_t *next)
{
	bool begun = false;

	for (size_t i = 0; i < answer_count; i++) {
		uint64_t number;

		if (answers[i].type != LINK_TRACE)
			continue;
		memcpy(&number, answers[i].payload + 8, 8);
		if (!begun)
			*first = number;
		else
			assert_true(number >= *next);
		begun = true;
		for (size_t at = 16; at < answers[i].size; at += 16, number++) {
			struct trace_event event;

			memcpy(&event, answers[i].payload + at, sizeof(event));
			assert_int_equal(event.data, number);
		}
		*next = number;
	}
	assert_true(begun);
	assert_int_equal(answers[answer_count - 1].type, LINK_TRACE_END);
}

static void test_trace(void **state)
{
	uint64_t first = 0, next = 0;

	(void)state;
	host_start();
	host_hello();
	trace_fill(100);
	host_send(LINK_GET_TRACE, "", 0);
	fake_run(10);
	host_receive();
	trace_collect(&first, &next);
	assert_int_equal(first, 0);
	assert_int_equal(next, 100);

	trace_fill(10000);
	host_send(LINK_GET_TRACE, "", 0);
	fake_run(10);
	host_receive();
	trace_collect(&first, &next);
	assert_int_equal(first, 10000 - TRACE_RING_EVENTS + 1);
	assert_int_equal(next, 10000);
}

static void test_traces_are_held_while_they_are_sent(void **state)
{
	uint32_t ends = 0;

	(void)state;
	host_start();
	fake.info.cores = 2;
	host_hello();
	trace_fill_core(0, 5000);
	trace_fill_core(1, 100);
	host_send(LINK_GET_TRACE, "", 0);
	fake.takes = 3000;
	fake_run(10);
	assert_true(fake.traces_held);
	fake.takes = FAKE_FOREVER;
	fake_run(20);
	host_receive();
	assert_false(fake.traces_held);
	for (size_t i = 0; i < answer_count; i++)
		if (answers[i].type == LINK_TRACE_END)
			assert_int_equal(answers[i].payload[0], ends++);
		else if (answers[i].type == LINK_TRACE)
			assert_int_equal(answers[i].payload[0], ends);
	assert_int_equal(ends, 2);
}

/* Who asked goes away, or says nothing any more, or another one comes. */
static void test_traces_go_on_when_nobody_reads(void **state)
{
	(void)state;
	for (uint32_t how = 0; how < 3; how++) {
		host_start();
		host_hello();
		trace_fill(5000);
		host_send(LINK_GET_TRACE, "", 0);
		fake.takes = 3000;
		fake_run(10);
		assert_true(fake.traces_held);
		if (how == 0)
			host_send(LINK_BYE, "", 0);
		else if (how == 1)
			fake_run(LINK_SILENCE_SECONDS * 1000 + 100);
		else
			host_hello();
		fake_run(10);
		assert_false(fake.traces_held);
	}
}

/* The core goes on writing while its trace is sent: what it overwrote is left out. */
static void test_trace_overtaken(void **state)
{
	uint64_t first = 0, next = 0;

	(void)state;
	host_start();
	host_hello();
	trace_fill(5000);
	host_send(LINK_GET_TRACE, "", 0);
	fake.takes = 3000;
	fake_run(10);
	trace_fill(8000);
	fake.takes = FAKE_FOREVER;
	fake_run(10);
	host_receive();
	trace_collect(&first, &next);
	assert_int_equal(first, 5000 - TRACE_RING_EVENTS + 1);
	assert_int_equal(next, 5000);
	assert_true(answer_count < 40); /* and not everything was sent */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hello),
	    cmocka_unit_test(test_wrong_revision),
	    cmocka_unit_test(test_a_line_that_was_begun),
	    cmocka_unit_test(test_output_is_raw),
	    cmocka_unit_test(test_input),
	    cmocka_unit_test(test_ping_and_errors),
	    cmocka_unit_test(test_bad_checksum_is_said),
	    cmocka_unit_test(test_command),
	    cmocka_unit_test(test_long_answer),
	    cmocka_unit_test(test_lines_side_by_side),
	    cmocka_unit_test(test_two_tops),
	    cmocka_unit_test(test_cancel),
	    cmocka_unit_test(test_lines_that_ask_the_warden),
	    cmocka_unit_test(test_client_goes_amid_a_command),
	    cmocka_unit_test(test_no_keys_for_the_prompt),
	    cmocka_unit_test(test_a_new_life_begins_a_line),
	    cmocka_unit_test(test_news_come_in_their_order),
	    cmocka_unit_test(test_bye_and_silence),
	    cmocka_unit_test(test_unfinished_frame),
	    cmocka_unit_test(test_lost_characters_are_said),
	    cmocka_unit_test(test_trace),
	    cmocka_unit_test(test_trace_overtaken),
	    cmocka_unit_test(test_traces_are_held_while_they_are_sent),
	    cmocka_unit_test(test_traces_go_on_when_nobody_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
