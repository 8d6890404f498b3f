/*
 * The console service in frame mode, seen from the host's end of the UART: sessions, output and
 * keys.
 *
 * Shows: operator.link.
 */
#include "host.h"
#include <string.h>
#include <unit.h>

#define CORE 2 /* the source behind both partitions */

TEST(test_hello)
{
	struct link_welcome welcome;

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

TEST(test_wrong_revision)
{
	static const uint32_t revision = LINK_REVISION + 1;

	host_start();
	host_send(LINK_HELLO, &revision, sizeof(revision));
	fake_run(1);
	host_receive();
	assert_int_equal(answers[0].type, LINK_ERROR);
	assert_false(fake.console.link.framed);
}

/* A client that attaches sees the earlier prompt, and nothing of later output twice. */
TEST(test_a_line_that_was_begun)
{
	static char line[2 * CONSOLE_OUT_SIZE];

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

	memset(line, 'x', sizeof(line) - 1); /* of a long line, its end is shown */
	fake_print(0, line);
	fake_run(1000);
	host_receive();
	host_hello();
	assert_int_equal(answers[answer_count - 1].size, 1 + 128);
	fake.takes = 0; /* an overwritten line isn't shown */
	line[CONSOLE_OUT_SIZE] = 0;
	fake_print(0, line);
	assert_int_equal(reader_begun(&fake.console.readers[0], (uint8_t *)line, 128), 0);
}

TEST(test_output_is_raw)
{
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

TEST(test_input)
{
	uint8_t input[601] = {1}, keys[CONSOLE_IN_SIZE];

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

TEST(test_ping_and_errors)
{
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

/* The prompt of the plain text isn't the link's: keys for it are refused. */
TEST(test_no_keys_for_the_prompt)
{
	static const uint8_t keys[] = {CORE, 'l', 's', '\r'};

	host_start();
	host_hello();
	host_send(LINK_INPUT, keys, sizeof(keys));
	fake_run(20);
	host_receive();
	assert_int_equal(answer_count, 1);
	host_error(0, LINK_INPUT, CORE, "no partition with a console has that number");
	assert_false(fake.console.editor.open);
}

TEST(test_bad_checksum_is_said)
{
	host_start();
	host_hello();
	fake_type("\x1e\x03\0\0xxxx", 8);
	fake_run(1);
	host_receive();
	assert_int_equal(answer_count, 1);
	assert_int_equal(answers[0].type, LINK_ERROR);
}

/*
 * A new life begins on a line of its own. A client that attaches then sees no more than that line.
 */
TEST(test_a_new_life_begins_a_line)
{
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
	fake_life(0, LIFE_LOADING); /* two lives without output end the line once */
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
TEST(test_news_come_in_their_order)
{
	static const char *const said[] = {
	    [0] = "\0old\n", [1] = "\2linux stopped: it asked for a reset\n", [2] = "\0new\n"};
	size_t at = 0;

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

TEST(test_bye_and_silence)
{
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

/* A person's key that looks like a frame's start doesn't swallow the next keys for ever. */
TEST(test_unfinished_frame)
{
	uint8_t keys[8];

	host_start();
	fake_type("\x1e\x01", 2);
	fake_run(1200);
	fake_type("abc", 3);
	fake_run(1);
	assert_int_equal(fake_keys(0, keys, sizeof(keys)), 3);
}

TEST(test_lost_characters_are_said)
{
	host_start();
	host_hello();
	for (unsigned int i = 0; i < CONSOLE_OUT_SIZE + 42; i++)
		fake_print(1, "x");
	fake_run(10);
	host_receive();
	assert_int_equal(answers[0].payload[0], 1);
	assert_memory_equal(answers[0].payload + 1, "\r\n(42 characters lost)\r\nxx", 24);
}

/* Whether the partitions got keys. */
static bool have_keys(void)
{
	uint8_t keys[CONSOLE_IN_SIZE];

	return fake_keys(0, keys, sizeof(keys)) + fake_keys(1, keys, sizeof(keys)) != 0;
}

/* The service begins anew in the middle of a frame, as at an update of the frame. */
static void begin_amid_a_frame(void)
{
	uint8_t frame[LINKFRAME_MAX];
	size_t size;

	host_start();
	host_hello();
	memset(frame + LINKFRAME_HEADER, 'k', 100);
	size = linkframe_close(frame, LINK_PING, 100);
	fake_type(frame, 50);
	fake_run(1);
	fake_again();
	fake_type(frame + 50, size - 50);
	fake_run(1);
}

TEST(the_rest_of_a_frame_is_no_key)
{
	begin_amid_a_frame();
	assert_false(have_keys());
	host_send(LINK_PING, "", 0);
	fake_run(1);
	host_receive();
	host_error(answer_count - 1, LINK_PING, 0, "say hello first");
	fake_again(); /* a second restart */
	fake_type("rest", 4);
	fake_run(1);
	assert_false(have_keys());
	host_hello();
	assert_true(fake.console.link.framed);
	host_send(LINK_BYE, "", 0);
	fake_run(1);
	fake_type("k", 1);
	fake_run(1);
	assert_true(have_keys());
}

TEST(a_person_types_again_after_a_while)
{
	begin_amid_a_frame();
	fake_run(1000 * LINK_SILENCE_SECONDS - 100);
	fake_type("k", 1);
	fake_run(1);
	assert_false(have_keys());
	fake_run(100);
	fake_type("k", 1);
	fake_run(1);
	assert_true(have_keys());
	fake_again(); /* no client spoke frames, so a person types */
	fake_type("k", 1);
	fake_run(1);
	assert_true(have_keys());
}

/*
 * An earlier client has gone amid a frame, and a whole hello has room in the rest of it. The next
 * client hears nothing of that hello behind its welcome.
 */
TEST(a_frame_that_a_hello_ends)
{
	uint8_t frame[LINKFRAME_MAX];
	size_t size;

	host_start();
	host_hello();
	memset(frame + LINKFRAME_HEADER, 'k', 100);
	size = linkframe_close(frame, LINK_PING, 100);
	fake_type(frame, size - LINKFRAME_OVERHEAD - 4); /* the size of a hello */
	fake_run(1);
	host_hello();
	assert_int_equal(answer_count, 1);
	assert_int_equal(answers[0].type, LINK_WELCOME);
}
