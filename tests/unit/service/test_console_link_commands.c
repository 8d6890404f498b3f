/*
 * The operator's commands on the link: lines side by side, and their ends.
 *
 * Shows: operator.link.
 */
#include "host.h"
#include <stdio.h>
#include <string.h>
#include <unit.h>

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

TEST(test_command)
{
	unsigned int status = 99;

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

/* Partitions' output goes on between the parts of a long answer. */
TEST(test_long_answer)
{
	unsigned int status = 99;
	size_t parts = 0, between = 0;

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

/* A line that waits holds up no other line. Its own number has room for one command. */
TEST(test_lines_side_by_side)
{
	unsigned int status = 99;

	host_start();
	host_hello();
	fake_life(0, LIFE_RUNNING);
	host_command("suspend linux");
	assert_int_equal(answer_count, 0); /* it waits for its outcome */
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
TEST(test_two_tops)
{
	unsigned int status = 99;

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

/* A cancelled command says so once, and its line is free. */
TEST(test_cancel)
{
	static const uint8_t second = 1, wrong = LINK_LINES;
	unsigned int status = 99;

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

/* The warden has one request at a time. The second line waits, also behind a cancelled request. */
TEST(test_lines_that_ask_the_warden)
{
	static const uint8_t first = 0;
	unsigned int status = 99;

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
TEST(test_client_goes_amid_a_command)
{
	unsigned int status = 99;

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
