/*
 * The hub between a system and clients that the test plays: the way of each answer, and clients
 * that wait, are refused, or go.
 *
 * Shows: operator.hub.
 */
#include "hub_machine.h"

#include <kumiki/package.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unit.h>

/* ---- coming and going ---- */

const struct unit_fixture unit_each = {NULL, end};

TEST(test_the_first_comes_and_the_last_goes)
{
	begin();
	leaves(0);
	says(&peers[1], LINK_BYE, NULL, 0);
	hears_nothing(&system_end);
	leaves(2);
	hears_type(&system_end, LINK_BYE);
	hears_nothing(&system_end);
	asks_for(1, LINK_RIGHTS);
	hears_type(&system_end, LINK_HELLO);
	hears_nothing(&peers[1]);
	now += HUB_HELLO_MS; /* the system is still starting */
	turns(1);
	hears_type(&system_end, LINK_HELLO);
	system_answers(0, true, "stale");
	system_welcomes();
	hears_type(&peers[1], LINK_WELCOME);
	system_welcomes(); /* for the second hello */
	hears_nothing(&peers[1]);
	now += HUB_PING_MS;
	turns(1);
	hears_type(&system_end, LINK_PING);
}

TEST(test_nothing_without_hello)
{
	begin();
	says(&peers[1], LINK_BYE, NULL, 0);
	commands(1, 0, "list");
	is_refused(&peers[1], LINK_COMMAND, "say hello first");
	says(&peers[1], LINK_HELLO, "\3\0\0\0", 4);
	is_refused(&peers[1], LINK_HELLO, "speaks revision " LINK_REVISION_TEXT);
	says(&peers[1], LINK_HELLO, NULL, 0);
	is_refused(&peers[1], LINK_HELLO, "speaks revision");
	says(&peers[2], 99, NULL, 0);
	is_refused(&peers[2], 99, "unknown type");
	hears_nothing(&system_end);
}

TEST(test_an_unfinished_line_is_shown_to_each_newcomer)
{
	uint8_t long_line[1 + 2 * HUB_BEGUN];

	begin();
	says(&system_end, LINK_OUTPUT, "\0old\nlogin: ", 12);
	hears_type(&peers[0], LINK_OUTPUT);
	hears_type(&peers[1], LINK_OUTPUT);
	asks_for(1, LINK_LOOK);
	hears_type(&peers[1], LINK_WELCOME);
	hears_type(&peers[1], LINK_OUTPUT);
	assert_int_equal(peers[1].frame.size, 8);
	assert_memory_equal(peers[1].frame.payload, "\0login: ", 8);
	memset(long_line, 'x', sizeof(long_line));
	long_line[0] = 1;
	says(&system_end, LINK_OUTPUT, long_line, sizeof(long_line));
	asks_for(2, LINK_TYPE); /* a client without the right to look gets nothing */
	hears_type(&peers[2], LINK_OUTPUT);
	hears_type(&peers[2], LINK_OUTPUT);
	hears_type(&peers[2], LINK_WELCOME);
	hears_nothing(&peers[2]);
	assert_int_equal(hub.begun_size[1], HUB_BEGUN);
	says(&system_end, LINK_OUTPUT, "\7x", 2); /* no such source */
	says(&system_end, LINK_OUTPUT, NULL, 0);
}

/* The last places are for clients with the right to command. */
TEST(test_the_most_clients)
{
	enum { LOOKERS = HUB_CLIENTS - HUB_KEPT - PEERS };
	struct peer lookers[LOOKERS], operators[HUB_KEPT], last;
	int file;

	begin();
	for (int i = 0; i < LOOKERS; i++)
		assert_int_equal(hub_accept(&hub, peer_start(&lookers[i]), LINK_LOOK), PEERS + i);
	file = peer_start(&last);
	assert_int_equal(hub_accept(&hub, file, LINK_LOOK), HUB_NOBODY);
	for (int i = 0; i < HUB_KEPT; i++)
		assert_int_equal(hub_accept(&hub, peer_start(&operators[i]), LINK_RIGHTS),
		                 PEERS + LOOKERS + i);
	assert_int_equal(hub_accept(&hub, file, LINK_RIGHTS), HUB_NOBODY);
	close(file);
	close(last.file);
	for (int i = 0; i < LOOKERS; i++)
		close(lookers[i].file);
	for (int i = 0; i < HUB_KEPT; i++)
		close(operators[i].file);
	turns(3);
	file = peer_start(&last);
	assert_int_equal(hub_accept(&hub, file, LINK_LOOK), PEERS);
	close(last.file);
}

/* ---- rights ---- */

TEST(test_rights)
{
	begin();
	leaves(1);
	joins(1, LINK_LOOK | LINK_TYPE);
	asks_for(1, LINK_LOOK | LINK_ORDER | LINK_DEBUGS);
	is_refused(&peers[1], LINK_HELLO,
	           "this socket doesn't give the right to command, debug, but: look, type");
	asks_for(1, LINK_LOOK);
	hears_type(&peers[1], LINK_WELCOME);
	says(&peers[1], LINK_INPUT, "\0x", 2);
	is_refused(&peers[1], LINK_INPUT, "no right to type");
	commands(1, 0, "stop linux");
	is_refused(&peers[1], LINK_COMMAND, "no right to command");
	commands(1, 0, "power powersave");
	is_refused(&peers[1], LINK_COMMAND, "no right to command");
	says(&peers[1], LINK_DEBUG, "\0\0\0\0\0\0\0\0", 8);
	is_refused(&peers[1], LINK_DEBUG, "no right to debug");
	hears_nothing(&system_end);
	commands(1, 0, " power ");
	hears_type(&system_end, LINK_COMMAND);
	system_answers(0, true, "");
	hears_type(&peers[1], LINK_ANSWER);
	says(&peers[1], LINK_GET_TRACE, NULL, 0);
	hears_type(&system_end, LINK_GET_TRACE);
	asks_for(2, LINK_DEBUGS);
	hears_type(&peers[2], LINK_WELCOME);
	commands(2, 0, "list");
	is_refused(&peers[2], LINK_COMMAND, "no right to command");
	says(&peers[2], LINK_GET_TRACE, NULL, 0);
	is_refused(&peers[2], LINK_GET_TRACE, "no right to look");
	says(&system_end, LINK_OUTPUT, "\0text", 5);
	hears_nothing(&peers[2]);
}

TEST(test_rights_of_the_socket)
{
	static const uint8_t revision[4] = {LINK_REVISION};

	begin();
	leaves(1);
	joins(1, LINK_TYPE);
	says(&peers[1], LINK_HELLO, revision, sizeof(revision));
	hears_type(&peers[1], LINK_WELCOME);
	says(&peers[1], LINK_INPUT, "\0x", 2);
	hears_type(&system_end, LINK_INPUT);
}

TEST(test_rights_in_words)
{
	char text[64];

	assert_string_equal(hub_rights_words(0, text, sizeof(text)), "nothing");
	assert_string_equal(hub_rights_words(LINK_RIGHTS, text, sizeof(text)),
	                    "look, type, command, debug");
	assert_int_equal(hub_rights_of("look"), LINK_LOOK);
	assert_int_equal(hub_rights_of("debug,type"), LINK_DEBUGS | LINK_TYPE);
	assert_int_equal(hub_rights_of("command"), LINK_ORDER);
	assert_int_equal(hub_rights_of(""), 0);
	assert_int_equal(hub_rights_of("look,"), 0);
	assert_int_equal(hub_rights_of("loo"), 0);
	assert_int_equal(hub_rights_of("look type"), 0);
}

/* ---- keys ---- */

TEST(test_keys_take_turns)
{
	uint8_t many[1 + 500] = {1};

	begin();
	says(&peers[0], LINK_INPUT, many, sizeof(many));
	says(&peers[1], LINK_INPUT, "\0ls\r", 4);
	hears_type(&system_end, LINK_INPUT);
	assert_int_equal(system_end.frame.size, 1 + HUB_KEYS);
	hears_nothing(&system_end);
	says(&system_end, LINK_TOOK, "\1\0\x40\0", 4);
	hears_type(&peers[0], LINK_TOOK);
	hears_nothing(&peers[1]);
	hears_type(&system_end, LINK_INPUT);
	assert_memory_equal(system_end.frame.payload, "\0ls\r", 4);
	says(&system_end, LINK_ERROR, "\4\0no", 4);
	is_refused(&peers[1], LINK_INPUT, "no");
	hears_nothing(&peers[0]);
}

/* The system took the keys of a client that is gone: no other client hears of it. */
TEST(test_keys_of_a_client_that_goes)
{
	begin();
	says(&peers[0], LINK_INPUT, "\0a", 2);
	says(&peers[1], LINK_INPUT, "\0b", 2);
	leaves(0);
	hears_type(&system_end, LINK_INPUT);
	hears_nothing(&system_end);
	says(&system_end, LINK_TOOK, "\0\0\1\0", 4);
	hears_nothing(&peers[1]);
	hears_type(&system_end, LINK_INPUT);
	says(&system_end, LINK_TOOK, "\0\0\1\0", 4);
	hears_type(&peers[1], LINK_TOOK);
}

TEST(test_keys_without_an_answer)
{
	begin();
	says(&peers[0], LINK_INPUT, "\0a", 2);
	hears_type(&system_end, LINK_INPUT);
	now += HUB_TAKES_MS;
	turns(2);
	is_refused(&peers[0], LINK_INPUT, "began anew");
	hears_type(&system_end, LINK_HELLO);
}

/* ---- commands ---- */

TEST(test_answers_go_to_the_asking_client)
{
	begin();
	commands(0, 3, "top 10");
	commands(1, 0, "list");
	hears_type(&system_end, LINK_COMMAND);
	assert_memory_equal(system_end.frame.payload, "\0top 10", 7);
	hears_type(&system_end, LINK_COMMAND);
	assert_memory_equal(system_end.frame.payload, "\1list", 5);
	system_answers(1, false, "one");
	system_answers(1, true, "two");
	hears_type(&peers[1], LINK_ANSWER);
	assert_memory_equal(peers[1].frame.payload, "\0\0\0one", 6);
	hears_type(&peers[1], LINK_ANSWER);
	assert_memory_equal(peers[1].frame.payload, "\0\1\0two", 6);
	commands(0, 2, "list");
	is_refused(&peers[0], LINK_COMMAND, "one command at a time");
	system_answers(0, true, "top");
	hears_type(&peers[0], LINK_ANSWER);
	assert_memory_equal(peers[0].frame.payload, "\3\1\0top", 6);
	hears_nothing(&peers[1]);
	hears_nothing(&peers[2]);
	commands(0, 0, "list");
	hears_type(&system_end, LINK_COMMAND);
	says(&system_end, LINK_ERROR, "\6\0busy", 6);
	is_refused(&peers[0], LINK_COMMAND, "busy");
	commands(0, 0, "list");
	hears_type(&system_end, LINK_COMMAND);
	says(&peers[0], LINK_COMMAND, NULL, 0);
	is_refused(&peers[0], LINK_COMMAND, "begins with its line's number");
	system_answers(9, true, "no such line");
	says(&system_end, LINK_ANSWER, NULL, 0);
}

TEST(test_a_cancel_ends_only_its_own_line)
{
	begin();
	commands(0, 0, "top 10");
	commands(1, 3, "top 20");
	hears_type(&system_end, LINK_COMMAND);
	hears_type(&system_end, LINK_COMMAND);
	says(&peers[1], LINK_CANCEL, "\0", 1);
	says(&peers[2], LINK_CANCEL, "\3", 1);
	says(&peers[1], LINK_CANCEL, NULL, 0);
	hears_nothing(&system_end);
	says(&peers[1], LINK_CANCEL, "\3", 1);
	hears_type(&system_end, LINK_CANCEL);
	assert_int_equal(system_end.frame.payload[0], 1);
	system_answers(1, true, "");
	hears_type(&peers[1], LINK_ANSWER);
}

/* The client's line is free once the system has said so. Earlier answers go to no client. */
TEST(test_a_client_goes_amid_a_command)
{
	begin();
	commands(0, 0, "top 10");
	leaves(0);
	hears_type(&system_end, LINK_COMMAND);
	hears_type(&system_end, LINK_CANCEL);
	commands(1, 0, "list");
	hears_type(&system_end, LINK_COMMAND);
	assert_int_equal(system_end.frame.payload[0], 1);
	system_answers(0, false, "stale");
	system_answers(0, true, "");
	hears_nothing(&peers[1]);
	commands(2, 0, "list");
	hears_type(&system_end, LINK_COMMAND);
	assert_int_equal(system_end.frame.payload[0], 0);
}

static void joins_for(struct peer *peer, int number, uint32_t rights)
{
	const uint32_t hello[2] = {LINK_REVISION, rights};

	assert_int_equal(hub_accept(&hub, peer_start(peer), LINK_RIGHTS), number);
	says(peer, LINK_HELLO, hello, sizeof(hello));
	hears_type(peer, LINK_WELCOME);
}

TEST(test_a_fifth_command_waits)
{
	struct peer more[2];

	begin();
	for (int i = 0; i < 2; i++)
		joins_for(&more[i], PEERS + i, LINK_LOOK | LINK_ORDER);
	for (int i = 0; i < PEERS; i++)
		commands(i, 0, "top 30");
	says(&more[0], LINK_COMMAND, "\0top 30", 7);
	says(&more[1], LINK_COMMAND, "\0list", 5);
	for (int i = 0; i < LINK_LINES; i++)
		hears_type(&system_end, LINK_COMMAND);
	hears_nothing(&system_end);
	system_answers(2, true, "");
	hears_type(&system_end, LINK_COMMAND);
	assert_memory_equal(system_end.frame.payload, "\2list", 5);
	close(more[0].file);
	close(more[1].file);
	turns(3);
	hears_type(&system_end, LINK_CANCEL);
	hears_type(&system_end, LINK_CANCEL);
}

/* For any number of clients with long commands, an operator's command is carried out at once. */
TEST(test_lookers_leave_a_line)
{
	struct peer lookers[LINK_LINES];

	begin();
	for (int i = 0; i < LINK_LINES; i++) {
		joins_for(&lookers[i], PEERS + i, LINK_LOOK);
		says(&lookers[i], LINK_COMMAND, "\0top 30", 7);
	}
	for (int i = 0; i < LINK_LINES - 1; i++)
		hears_type(&system_end, LINK_COMMAND);
	hears_nothing(&system_end);
	commands(0, 0, "stop a");
	hears_type(&system_end, LINK_COMMAND);
	assert_memory_equal(system_end.frame.payload, "\3stop a", 7);
	for (int i = 0; i < LINK_LINES; i++)
		close(lookers[i].file);
	turns(3);
}

/* ---- traces ---- */

TEST(test_traces_take_turns)
{
	begin();
	says(&peers[0], LINK_GET_TRACE, NULL, 0);
	says(&peers[1], LINK_GET_TRACE, NULL, 0);
	says(&peers[2], LINK_GET_TRACE, NULL, 0);
	hears_type(&system_end, LINK_GET_TRACE);
	hears_nothing(&system_end);
	says(&system_end, LINK_TRACE_END, "\0", 1);
	hears_nothing(&system_end);
	says(&system_end, LINK_TRACE_END, "\1", 1);
	hears_type(&peers[0], LINK_TRACE_END);
	hears_type(&peers[0], LINK_TRACE_END);
	hears_type(&system_end, LINK_GET_TRACE);
	leaves(1); /* amid its trace: the rest goes to no client */
	says(&system_end, LINK_TRACE, "\0       12345678", 16);
	says(&system_end, LINK_TRACE_END, "\0", 1);
	hears_nothing(&system_end);
	says(&system_end, LINK_TRACE_END, "\1", 1);
	hears_type(&system_end, LINK_GET_TRACE);
	says(&system_end, LINK_TRACE_END, "\1", 1);
	hears_type(&peers[2], LINK_TRACE_END);
	says(&system_end, LINK_TRACE_END, NULL, 0);
	hears_nothing(&peers[0]);
}

/* ---- debuggers ---- */

TEST(test_one_debugger_for_a_partition)
{
	uint32_t status;

	begin();
	debugs(0, 1);
	hears_type(&system_end, LINK_DEBUG);
	debugs(1, 1);
	hears_type(&peers[1], LINK_DEBUGGED);
	memcpy(&status, peers[1].frame.payload + 4, sizeof(status));
	assert_int_equal(status, DEBUG_TAKEN);
	assert_memory_equal(peers[1].frame.payload + 8, "process ", 8);
	hears_nothing(&system_end);
	debugs(1, 0);
	hears_type(&system_end, LINK_DEBUG);
	says(&system_end, LINK_DEBUGGED, "\1\0\0\0\0\0\0\0", 8);
	says(&system_end, LINK_DEBUG_STOP, "\0\0\0\0\0\0\0\0", 8);
	says(&system_end, LINK_ERROR, "\x08\1one at a time", 15);
	hears_type(&peers[0], LINK_DEBUGGED);
	is_refused(&peers[0], LINK_DEBUG, "one at a time");
	hears_type(&peers[1], LINK_DEBUG_STOP);
	hears_nothing(&peers[0]);
	hears_nothing(&peers[1]);
	debugs(2, 8);
	is_refused(&peers[2], LINK_DEBUG, "no partition has that number");
	says(&peers[2], LINK_DEBUG, NULL, 0);
	is_refused(&peers[2], LINK_DEBUG, "no partition has that number");
	says(&peers[2], LINK_LEAVE, "\1", 1);
	is_refused(&peers[2], LINK_LEAVE, "doesn't debug");
}

/* The next debugger comes when the partition is detached, and hears nothing of the first one's. */
TEST(test_a_debugger_goes)
{
	begin();
	debugs(0, 1);
	leaves(0);
	hears_type(&system_end, LINK_DEBUG);
	hears_type(&system_end, LINK_LEAVE);
	assert_int_equal(system_end.frame.payload[0], 1);
	debugs(1, 1);
	is_refused(&peers[1], LINK_DEBUG, "still attached");
	says(&system_end, LINK_DEBUGGED, "\1\0\0\0\0\0\0\0", 8);
	hears_nothing(&peers[1]);
	says(&system_end, LINK_LEFT, "\1", 1);
	debugs(1, 1);
	hears_type(&system_end, LINK_DEBUG);
	says(&peers[1], LINK_LEAVE, "\1", 1);
	says(&peers[1], LINK_LEAVE, "\1", 1);
	hears_type(&system_end, LINK_LEAVE);
	hears_nothing(&system_end);
	says(&system_end, LINK_LEFT, "\1", 1);
	hears_type(&peers[1], LINK_LEFT);
	says(&system_end, LINK_LEFT, NULL, 0);
	says(&system_end, LINK_DEBUGGED, "\x20", 1);
}

TEST(test_a_silent_debugger_goes)
{
	begin();
	debugs(0, 0);
	hears_type(&system_end, LINK_DEBUG);
	now += 1000 * LINK_SILENCE_SECONDS;
	says(&peers[0], LINK_PING, "x", 1);
	hears_type(&peers[0], LINK_PONG);
	now += 1000 * LINK_SILENCE_SECONDS + 1;
	turns(3);
	do
		assert_true(hears(&system_end));
	while (system_end.frame.type == LINK_PING);
	assert_int_equal(system_end.frame.type, LINK_LEAVE);
	hears_last(&peers[0], "silent for ten seconds");
	assert_int_equal(hub.clients[0].state, HUB_FREE);
	assert_int_equal(hub.clients[1].state, HUB_IN); /* a silent one that debugs nothing stays */
}

/* A client of the updater goes while the system has two answers and an error for it. The next one
 * hears none of them. */
TEST(an_updater_goes)
{
	static const uint8_t piece[8] = {PACKAGE_PIECE}, tables[8] = {PACKAGE_TABLES},
	                     forget[8] = {PACKAGE_FORGET};

	begin();
	says(&peers[0], LINK_UPDATE, piece, sizeof(piece));
	says(&peers[0], LINK_UPDATE, piece, sizeof(piece));
	hears_type(&system_end, LINK_UPDATE);
	hears_type(&system_end, LINK_UPDATE);
	leaves(0);
	hears_type(&system_end, LINK_UPDATE);
	assert_memory_equal(system_end.frame.payload, forget, sizeof(forget));
	says(&peers[1], LINK_UPDATE, tables, sizeof(tables));
	says(&system_end, LINK_ERROR, "\x0b\2one part of an update at a time", 34);
	says(&system_end, LINK_UPDATED, piece, sizeof(piece));
	hears_nothing(&system_end);
	says(&system_end, LINK_UPDATED, forget, sizeof(forget));
	hears_type(&system_end, LINK_UPDATE);
	assert_memory_equal(system_end.frame.payload, tables, sizeof(tables));
	hears_nothing(&peers[1]);
	says(&system_end, LINK_UPDATED, tables, sizeof(tables));
	hears_type(&peers[1], LINK_UPDATED);
}
