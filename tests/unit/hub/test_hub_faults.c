/*
 * The hub when its system begins anew, is damaged or ends, and with hostile clients: no other
 * client waits for them, and no client hears anything wrong.
 *
 * Shows: operator.hub.
 */
#include "hub_machine.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unit.h>

/* ---- a system that begins anew ---- */

const struct unit_fixture unit_each = {NULL, end};

TEST(test_the_system_begins_anew)
{
	begin();
	commands(0, 2, "top 10");
	debugs(1, 1);
	says(&peers[2], LINK_GET_TRACE, NULL, 0);
	for (int i = 0; i < 3; i++)
		assert_true(hears(&system_end));
	says(&system_end, LINK_ERROR, "\3\0say hello first", 17);
	hears_type(&system_end, LINK_HELLO);
	is_refused(&peers[0], LINK_COMMAND, "began anew");
	is_refused(&peers[1], LINK_DEBUG, "say hello first");
	is_refused(&peers[2], LINK_GET_TRACE, "began anew");
	commands(0, 0, "list"); /* waits for the welcome */
	hears_nothing(&system_end);
	system_welcomes();
	hears_type(&system_end, LINK_COMMAND);
	hears_nothing(&peers[0]);
	says(&system_end, LINK_ERROR, "\0\0a frame was broken", 20);
	is_refused(&peers[0], LINK_COMMAND, "began anew");
	hears_type(&system_end, LINK_HELLO);
}

static void attaches(int number, uint8_t partition)
{
	const struct debug_request request = {.op = DEBUG_ATTACH};
	uint8_t payload[HUB_DEBUG_HEAD + sizeof(request)] = {partition};

	memcpy(payload + HUB_DEBUG_HEAD, &request, sizeof(request));
	says(&peers[number], LINK_DEBUG, payload, sizeof(payload));
}

/*
 * A system that counts instructions falls silent while its host is busy. Commands that it reports
 * as not carried out are repeated.
 */
TEST(test_dropped_commands_are_repeated)
{
	begin();
	says(&peers[0], LINK_INPUT, "\0ls\r", 4);
	hears_type(&system_end, LINK_INPUT);
	says(&system_end, LINK_ERROR, "\4\0say hello first", 17);
	hears_type(&system_end, LINK_HELLO);
	hears_nothing(&system_end);
	system_welcomes();
	hears_type(&system_end, LINK_INPUT);
	assert_memory_equal(system_end.frame.payload, "\0ls\r", 4);
	says(&system_end, LINK_TOOK, "\0\0\3\0", 4);
	hears_type(&peers[0], LINK_TOOK);
	commands(1, 2, "list");
	hears_type(&system_end, LINK_COMMAND);
	says(&peers[1], LINK_PING, "overtook", 8);
	hears_type(&peers[1], LINK_PONG);
	says(&system_end, LINK_ERROR, "\6\0say hello first", 17);
	hears_type(&system_end, LINK_HELLO);
	system_welcomes();
	hears_type(&system_end, LINK_COMMAND);
	assert_memory_equal(system_end.frame.payload, "\0list", 5);
	system_answers(0, true, "done");
	hears_type(&peers[1], LINK_ANSWER);
	assert_int_equal(peers[1].frame.payload[0], 2);
	says(&peers[2], LINK_GET_TRACE, NULL, 0);
	hears_type(&system_end, LINK_GET_TRACE);
	says(&system_end, LINK_ERROR, "\5\0say hello first", 17);
	hears_type(&system_end, LINK_HELLO);
	system_welcomes();
	hears_type(&system_end, LINK_GET_TRACE);
	attaches(0, 1);
	says(&system_end, LINK_ERROR, "\x08\1say hello first", 17);
	hears_type(&system_end, LINK_DEBUG);
	hears_type(&system_end, LINK_HELLO);
	is_refused(&peers[2], LINK_GET_TRACE, "began anew");
	system_welcomes();
	hears_type(&system_end, LINK_DEBUG);
	for (int i = 0; i < PEERS; i++)
		hears_nothing(&peers[i]);
}

/* A damaged frame may have been the last answer: no client waits for it for ever. */
TEST(test_a_damaged_answer)
{
	static const uint8_t last[] = {0, true, 0};
	uint8_t frame[LINKFRAME_MAX];
	size_t size;

	begin();
	commands(0, 2, "list");
	hears_type(&system_end, LINK_COMMAND);
	memcpy(frame + LINKFRAME_HEADER, last, sizeof(last));
	size = linkframe_close(frame, LINK_ANSWER, sizeof(last));
	frame[size - 1] ^= 1;
	assert_int_equal(write(system_end.file, frame, size), size);
	turns(3);
	says(&system_end, LINK_PONG, NULL, 0);
	hears_type(&system_end, LINK_HELLO);
	is_refused(&peers[0], LINK_COMMAND, "began anew");
	system_welcomes();
	commands(0, 0, "list");
	hears_type(&system_end, LINK_COMMAND);
}

TEST(test_the_system_refuses)
{
	now = 1000000;
	hub_start(&hub, peer_start(&system_end), now);
	joins(0, LINK_RIGHTS);
	asks_for(0, LINK_LOOK);
	hears_type(&system_end, LINK_HELLO);
	says(&system_end, LINK_ERROR, "\1\4another revision", 18);
	is_refused(&peers[0], LINK_HELLO, "another revision");
	says(&system_end, LINK_WELCOME, "short", 5);
	hears_nothing(&peers[0]);
}

/* The text is written, but the hub hasn't heard it yet. */
static void system_prints(const char *text)
{
	uint8_t frame[LINKFRAME_MAX] = {0};
	size_t size = 1 + (size_t)snprintf((char *)frame + LINKFRAME_HEADER + 1, 64, "%s", text);

	size = linkframe_close(frame, LINK_OUTPUT, size);
	assert_int_equal(write(system_end.file, frame, size), size);
}

TEST(test_the_machine_ends)
{
	begin();
	system_prints("the end");
	close(system_end.file);
	while (hub_turn(&hub, now))
		continue;
	hub_over(&hub, "it is off");
	assert_false(hub_part(&hub, now));
	hears_type(&peers[1], LINK_OUTPUT); /* earlier output comes first */
	hears_last(&peers[1], "it is off");
	for (int i = 0; i < HUB_CLIENTS; i++)
		assert_int_equal(hub.clients[i].state, HUB_FREE);
}

static void system_writes(const char *text)
{
	assert_int_equal(write(system_end.file, text, strlen(text)), strlen(text));
}

static void hears_output(const char *text)
{
	hears_type(&peers[1], LINK_OUTPUT);
	assert_int_equal(peers[1].frame.size, 1 + strlen(text));
	assert_memory_equal(peers[1].frame.payload + 1, text, strlen(text));
}

/*
 * The frame's report in plain text as the machine ends comes as output of `kumiki`, before the last
 * word, also if it cut a frame short. Other plain text doesn't.
 */
TEST(test_the_frames_report)
{
	static const char cut[] = {LINK_START, LINK_OUTPUT, 2, 3, 1, 0};
	char report[1200] = "kumiki: core 1: failed\n";

	signal(SIGPIPE, SIG_IGN); /* as hub_serve() does */
	memset(report + strlen(report), 'x', sizeof(report) - 1 - strlen(report));
	begin();
	system_writes("\nkumiki: core 0: old\n");
	system_prints("the end");
	system_writes(cut);
	system_writes("[one] \nkumiki: core 2: a guest's\n");
	turns(1);
	system_writes("\n");
	system_writes(report);
	close(system_end.file);
	while (hub_turn(&hub, now))
		continue;
	hub_over(&hub, "it is off");
	assert_false(hub_part(&hub, now));
	hears_output("the end");
	report[sizeof(report) - 1] = 0;
	hears_type(&peers[1], LINK_OUTPUT);
	assert_int_equal(peers[1].frame.payload[0], hub.sources - 1);
	assert_memory_equal(peers[1].frame.payload + 1, report, peers[1].frame.size - 1);
	hears_output(report + peers[1].frame.size - 1);
	hears_last(&peers[1], "it is off");
}

/* The machine was reset. Output of the console service before the hub is back isn't the frame's. */
TEST(test_the_report_of_a_reset)
{
	begin();
	system_writes("\nkumiki: core 1: failed\nkumiki: the machine is reset\n[one] hello\n");
	says(&system_end, LINK_ERROR, "\3\0say hello first", 17);
	hears_type(&system_end, LINK_HELLO);
	hears_nothing(&peers[1]);
	system_welcomes();
	hears_output("kumiki: core 1: failed\nkumiki: the machine is reset");
	hears_nothing(&peers[1]);
	system_prints("again");
	turns(1);
	hears_output("again");
}

/* A guest's whole output isn't the frame's either, though the system was asked for a welcome. */
TEST(test_no_report_of_a_guest)
{
	begin();
	says(&system_end, LINK_ERROR, "\3\0say hello first", 17);
	hears_type(&system_end, LINK_HELLO);
	system_prints("\nkumiki: core 2: a guest's\n");
	system_welcomes();
	hears_nothing(&peers[1]);
}

/* A client that doesn't read its last word is left behind after a while. */
TEST(test_a_stall_at_the_end)
{
	uint8_t output[LINK_PAYLOAD_MAX] = {0};

	begin();
	for (int i = 0; i < 1024; i++)
		says(&system_end, LINK_OUTPUT, output, sizeof(output));
	close(system_end.file);
	assert_false(hub_turn(&hub, now));
	hub_over(&hub, "it is off");
	assert_true(hub_part(&hub, now + HUB_LEAVES_MS - 1));
	assert_false(hub_part(&hub, now + HUB_LEAVES_MS));
}

/* ---- hostile clients ---- */

/*
 * A client sends a flood of pings and commands. The flood has one command at a time, so another
 * client's command goes to the system within a turn.
 */
TEST(test_a_flood)
{
	uint8_t frame[LINKFRAME_MAX], flood[LINKFRAME_MAX * 8];
	size_t size = linkframe_close(frame, LINK_PING, 0), have = 0;

	begin();
	for (; have + 2 * size < sizeof(flood); have += size)
		memcpy(flood + have, frame, size);
	while (send(peers[0].file, flood, have, MSG_DONTWAIT) > 0)
		continue;
	turns(2);
	commands(1, 0, "list");
	hears_type(&system_end, LINK_COMMAND);
	system_answers(0, true, "now");
	hears_type(&peers[1], LINK_ANSWER);
	assert_int_equal(hub.clients[0].state, HUB_IN);
}

/* A client that doesn't read loses output with a count, and no other client waits for it. */
TEST(test_a_stall)
{
	uint8_t output[LINK_PAYLOAD_MAX] = {0};
	char text[64];
	uint32_t lost;

	begin();
	memset(output + 1, 'x', sizeof(output) - 1);
	for (int i = 0; i < 1024; i++) {
		says(&system_end, LINK_OUTPUT, output, sizeof(output));
		hears_type(&peers[1], LINK_OUTPUT);
		assert_true(hears(&peers[2]));
	}
	lost = hub.clients[0].lost[0];
	assert_true(lost > 0);
	while (hears(&peers[0]))
		turns(1);
	turns(2);
	assert_int_equal(hub.clients[0].lost[0], 0);
	snprintf(text, sizeof(text), "\r\n(%u characters lost)\r\n", lost);
	assert_int_equal(peers[0].frame.size, 1 + strlen(text));
	assert_memory_equal(peers[0].frame.payload + 1, text, strlen(text));
}

/* A client without room even for its answers goes, and its commands with it. */
TEST(test_a_stall_amid_an_answer)
{
	uint8_t answer[LINK_PAYLOAD_MAX] = {0};

	begin();
	commands(0, 0, "log linux all");
	hears_type(&system_end, LINK_COMMAND);
	for (int i = 0; i < 2048 && hub.clients[0].state == HUB_IN; i++)
		says(&system_end, LINK_ANSWER, answer, sizeof(answer));
	assert_int_equal(hub.clients[0].state, HUB_LEAVES);
	hears_type(&system_end, LINK_CANCEL);
	now += HUB_LEAVES_MS;
	turns(1);
	assert_int_equal(hub.clients[0].state, HUB_FREE);
	commands(1, 0, "list");
	hears_type(&system_end, LINK_COMMAND);
	assert_int_equal(system_end.frame.payload[0], 1);
}

/* Garbage, half frames and wrong checksums are skipped. The frames behind them are heard. */
TEST(test_garbage)
{
	static const uint8_t garbage[] = {'x', LINK_START, LINK_COMMAND, 2, 0,    0,   'a', 1, 2,
	                                  3,   4,          LINK_START,   1, 0xff, 0xff};

	begin();
	assert_int_equal(write(peers[0].file, garbage, sizeof(garbage)), sizeof(garbage));
	commands(0, 0, "list");
	hears_type(&system_end, LINK_COMMAND);
	assert_memory_equal(system_end.frame.payload, "\0list", 5);
	hears_nothing(&system_end);
}

/* A client can go at each byte of a command's way. The next client has all that it needs. */
TEST(test_going_at_every_byte)
{
	static const uint8_t line[] = {0, 't', 'o', 'p', ' ', '9'};
	uint8_t frame[LINKFRAME_MAX];
	size_t size;

	memcpy(frame + LINKFRAME_HEADER, line, sizeof(line));
	size = linkframe_close(frame, LINK_COMMAND, sizeof(line));
	begin();
	for (size_t bytes = 0; bytes <= size; bytes++) {
		leaves(0);
		joins(0, LINK_RIGHTS);
		asks_for(0, LINK_RIGHTS);
		hears_type(&peers[0], LINK_WELCOME);
		assert_int_equal(write(peers[0].file, frame, bytes), bytes);
		turns(2);
	}
	hears_type(&system_end, LINK_COMMAND);
	leaves(0);
	hears_type(&system_end, LINK_CANCEL);
	system_answers(0, true, "");
	for (int i = 0; i < LINK_LINES; i++)
		assert_int_equal(hub.lines[i], HUB_NOBODY);
}
