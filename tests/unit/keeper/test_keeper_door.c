/*
 * The keeper's door: who comes in, and what a client can take.
 *
 * Shows: operator.page-door, operator.page-bounds.
 */
#include "keeper_play.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <unit.h>

const struct unit_fixture unit_each = {play_start, play_end};

#define JSON "Content-Type: application/json\r\n"

static unsigned int strangers(void)
{
	unsigned int count = 0;

	for (size_t i = 0; i < DOOR_CLIENTS; i++)
		count += play.door.clients[i].used && !play.door.clients[i].known;
	return count;
}

static unsigned int streams(void)
{
	unsigned int count = 0;

	for (size_t i = 0; i < DOOR_STREAMS; i++)
		count += play.door.streams[i] != NULL;
	return count;
}

/* ---- the key ---- */

/* Without the key only the page's files are answered, and they say nothing of the machine. */
TEST(test_without_the_key)
{
	static const char *const closed[] = {"GET /api/state",
	                                     "GET /api/events",
	                                     "GET /api/systems/linux",
	                                     "GET /api/openapi.json",
	                                     "GET /api/kumiki.schema.json",
	                                     "GET /nothing",
	                                     "POST /api/acts",
	                                     "GET /api/systems/linux/log",
	                                     "DELETE /api/state",
	                                     "GET /../etc/passwd",
	                                     "OPTIONS /api/acts"};
	static const char *const open[] = {"GET /",         "GET /page.css", "GET /page.js",
	                                   "GET /plots.js", "GET /icon.svg", "HEAD /"};

	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		assert_int_equal(play_ask(closed[i], NULL, NULL), 401);
		assert_null(strstr(play_answer, "linux"));
	}
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		assert_int_equal(play_ask(open[i], NULL, NULL), 200);
		assert_non_null(strstr(play_answer, "default-src 'none'; script-src 'self'"));
		assert_null(strstr(play_answer, play.door.key));
	}
	assert_int_equal(fake_back.waiting, 0);
}

TEST(test_wrong_keys)
{
	char wrong[128];

	snprintf(wrong, sizeof(wrong), "Authorization: Bearer %.31s%c\r\n", play.door.key,
	         play.door.key[31] == '0' ? '1' : '0');
	assert_int_equal(play_ask("GET /api/state", wrong, NULL), 401);
	snprintf(wrong, sizeof(wrong), "Authorization: Bearer %.31s\r\n", play.door.key);
	assert_int_equal(play_ask("GET /api/state", wrong, NULL), 401);
	snprintf(wrong, sizeof(wrong), "Authorization: Bearer %s0\r\n", play.door.key);
	assert_int_equal(play_ask("GET /api/state", wrong, NULL), 401);
	snprintf(wrong, sizeof(wrong), "Authorization: Basic %s\r\n", play.door.key);
	assert_int_equal(play_ask("GET /api/state", wrong, NULL), 401);
	snprintf(wrong, sizeof(wrong), "Cookie: key=%s\r\n", play.door.key);
	assert_int_equal(play_ask("GET /api/state", wrong, NULL), 401);
	assert_int_equal(play_may("GET /api/state", NULL, NULL), 200);
	assert_non_null(strstr(play_answer, "\"system\":\"two\""));
}

TEST(test_each_door_has_its_own_key)
{
	char key[DOOR_KEY_SIZE];

	memcpy(key, play.door.key, sizeof(key));
	assert_int_equal(strspn(key, "0123456789abcdef"), DOOR_KEY_SIZE - 1);
	play_end();
	play_start();
	assert_string_not_equal(key, play.door.key);
}

/* ---- other sites ---- */

/* A foreign name that leads to this host, and pages of other sites, get nothing, with the key or
 * without it. */
TEST(test_other_hosts_and_origins)
{
	static const struct {
		const char *headers;
		int status;
	} cases[] = {
	    {"Host: 127.0.0.1:8080\r\n", 200},
	    {"Host: localhost\r\n", 200},
	    {"Host: [::1]:1\r\n", 200},
	    {"Host: evil.example\r\n", 421},
	    {"Host: 127.0.0.1.evil.example\r\n", 421},
	    {"Host: localhost.evil.example:80\r\n", 421},
	    {"Host: \r\n", 421},
	    {"Host: localhost:8080\r\nOrigin: http://localhost:8080\r\n", 200},
	    {"Host: localhost:8080\r\nOrigin: http://localhost:8081\r\n", 403},
	    {"Host: localhost:8080\r\nOrigin: https://localhost:8080\r\n", 403},
	    {"Host: localhost:8080\r\nOrigin: http://evil.example\r\n", 403},
	    {"Host: localhost:8080\r\nOrigin: null\r\n", 403},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(play_may("GET /api/state", cases[i].headers, NULL),
		                 cases[i].status);
		assert_int_equal(play_ask("GET /", cases[i].headers, NULL), cases[i].status);
	}
}

/* ---- acts ---- */

TEST(test_wrong_acts)
{
	static const char good[] = "{\"act\":\"restart\",\"system\":\"linux\"}";
	static const struct {
		const char *headers, *body;
		int status;
	} cases[] = {
	    {"", good, 415},
	    {"Content-Type: text/plain\r\n", good, 415},
	    {"Content-Type: application/x-www-form-urlencoded\r\n", "act=restart&system=linux",
	     415},
	    {JSON, "", 400},
	    {JSON, "{", 400},
	    {JSON, "[]", 400},
	    {JSON, "\"restart\"", 400},
	    {JSON, "{\"act\":\"restart\",\"system\":\"linux\"}x", 400},
	    {JSON, "{\"act\":\"restart\",\"act\":\"stop\",\"system\":\"linux\"}", 400},
	    {JSON, "{\"act\":\"list\",\"system\":\"linux\"}", 400},
	    {JSON, "{\"act\":1,\"system\":\"linux\"}", 400},
	    {JSON, "{\"act\":\"restart\",\"system\":[\"linux\"]}", 400},
	    {JSON, "{\"act\":\"restart\",\"system\":\"linux\",\"off\":true}", 400},
	    {JSON, "{\"act\":\"stop\",\"system\":\"linux\",\"off\":1}", 400},
	    {JSON, "{\"act\":\"stop\",\"system\":\"linux\",\"more\":1}", 400},
	    {JSON, "{\"act\":\"stop\",\"system\":\"a\\u0000b\"}", 400},
	    {JSON, "{\"act\":\"stop\",\"system\":\"\xff\"}", 400},
	    {JSON, "{\"act\":\"stop\",\"system\":\"linux\",\"core\":1}", 400},
	    {JSON, "{\"act\":\"give\",\"system\":\"linux\"}", 400},
	    {JSON, "{\"act\":\"give\",\"system\":\"linux\",\"core\":32}", 400},
	    {JSON, "{\"act\":\"give\",\"system\":\"linux\",\"core\":-1}", 400},
	    {JSON, "{\"act\":\"give\",\"system\":\"linux\",\"core\":1.5}", 400},
	    {JSON, "{\"act\":\"give\",\"system\":\"linux\",\"core\":18446744073709551617}", 400},
	    {JSON, "{\"act\":\"give\",\"system\":\"other\",\"core\":1}", 404},
	    {JSON, "{\"act\":\"stop\"}", 404},
	    {JSON, "{\"act\":\"stop\",\"system\":\"other\"}", 404},
	    {JSON, "{\"act\":\"stop\",\"system\":\"linux off\"}", 404},
	    {JSON, "{\"act\":\"stop\",\"system\":\"linux\\nstop rt\"}", 404},
	};
	char *deep = malloc(DOOR_BODY_MAX + 2);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(play_may("POST /api/acts", cases[i].headers, cases[i].body),
		                 cases[i].status);
	memset(deep, '[', DOOR_BODY_MAX + 1);
	deep[DOOR_BODY_MAX + 1] = '\0';
	assert_int_equal(play_may("POST /api/acts", JSON, deep), 413);
	deep[DOOR_BODY_MAX] = '\0';
	assert_int_equal(play_may("POST /api/acts", JSON, deep), 400);
	free(deep);
	assert_int_equal(play_ask("POST /api/acts", JSON, good), 401);
	assert_int_equal(play_may("GET /api/acts", JSON, NULL), 405);
	assert_non_null(strstr(play_answer, "\r\nAllow: POST\r\n"));
	assert_int_equal(play_may("PUT /api/state", JSON, good), 405);
	assert_int_equal(play_may("POST /", JSON, good), 405);
	assert_int_equal(fake_back.waiting, 0);
}

/* An act's answer comes when the machine has given it, and is an event, too. */
TEST(test_an_act_and_its_answers)
{
	static const char stop[] = "{\"act\":\"stop\",\"system\":\"rt\",\"off\":true}";
	static const struct {
		enum back_result result;
		bool may;
		int status;
	} cases[] = {{BACK_DONE, true, 200},
	             {BACK_FAILED, true, 409},
	             {BACK_FAILED, false, 403},
	             {BACK_SILENCE, true, 504}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int file = play_asks("POST /api/acts", JSON, stop);

		while (fake_back.waiting == 0)
			play_turn();
		assert_int_equal(fake_back.asked.what, BACK_STOP);
		assert_string_equal(fake_back.asked.system, "rt");
		assert_true(fake_back.asked.off);
		assert_int_equal(play_may("GET /api/state", NULL, NULL), 200);
		fake_back.may_act = cases[i].may;
		fake_back_answer(cases[i].result, "rt \"said\" this\n");
		assert_int_equal(play_status(file), cases[i].status);
		assert_non_null(strstr(play_answer, "\"rt \\\"said\\\" this\"}"));
		assert_non_null(strstr(play.events.ring[play.events.next - 1].data,
		                       "\"act\":\"stop\",\"system\":\"rt\",\"off\":true"));
	}
	assert_int_equal(play.events.next, 5);
	fake_back.full = true;
	assert_int_equal(play_may("POST /api/acts", JSON, stop), 503);
}

/* Behind door_end() there is no back end: requests that come then ask nothing, and nobody waits. */
TEST(test_the_door_ends)
{
	int file = play_asks("POST /api/acts", JSON, "{\"act\":\"stop\",\"system\":\"rt\"}");

	while (fake_back.waiting == 0)
		play_turn();
	door_end(&play.door);
	assert_int_equal(play_may("GET /api/systems/rt", NULL, NULL), 503);
	assert_non_null(strstr(play_answer, "the keeper ends"));
	fake_back_answer(BACK_SILENCE, "the keeper ends");
	assert_int_equal(play_status(file), 504);
	assert_int_equal(play_may("POST /api/acts", JSON, "{\"act\":\"stop\",\"system\":\"rt\"}"),
	                 503);
	assert_int_equal(play_may("GET /api/events", NULL, NULL), 503);
}

/* An act whose answer finds no memory is done once, all the same. */
TEST(test_an_act_without_memory_for_its_answer)
{
	int file = play_asks("POST /api/acts", JSON, "{\"act\":\"stop\",\"system\":\"rt\"}");

	while (fake_back.waiting == 0)
		play_turn();
	fake_back_answer(BACK_DONE, "\xff"); /* no JSON has this byte: the text is NULL, too */
	assert_int_equal(play_status(file), 0);
	assert_int_equal(fake_back.waiting, 0);
}

/* The kind of an act may be in capitals, and have parameters. */
TEST(test_kinds_of_acts)
{
	static const char *const kinds[] = {"application/json; charset=utf-8",
	                                    "Application/JSON;a=b", "application/json ;a=b"};
	char header[64];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(header, sizeof(header), "Content-Type: %s\r\n", kinds[i]);
		assert_int_equal(play_may("POST /api/acts", header, "[]"), 400);
	}
	assert_int_equal(play_may("POST /api/acts", "Content-Type: application/jsonp\r\n", "[]"),
	                 415);
}

TEST(test_a_core_is_given)
{
	static const char *const to[] = {"", ",\"system\":\"rt\""};
	char body[64];
	int file;

	for (int i = 0; i < 2; i++) {
		snprintf(body, sizeof(body), "{\"act\":\"give\",\"core\":1%s}", to[i]);
		file = play_asks("POST /api/acts", JSON, body);
		while (fake_back.waiting == 0)
			play_turn();
		assert_int_equal(fake_back.asked.what, BACK_GIVE);
		assert_int_equal(fake_back.asked.core, 1);
		assert_string_equal(fake_back.asked.system, i ? "rt" : "");
		fake_back_answer(BACK_DONE, "core 1 is here\n");
		assert_int_equal(play_status(file), 200);
	}
}

/* A client that leaves during its act harms nothing. */
TEST(test_a_client_leaves_during_its_act)
{
	int file = play_asks("POST /api/acts", JSON, "{\"act\":\"suspend\",\"system\":\"linux\"}");

	while (fake_back.waiting == 0)
		play_turn();
	close(file);
	play_turn();
	fake_back_answer(BACK_DONE, "linux is suspended\n");
	assert_int_equal(play_may("GET /api/state", NULL, NULL), 200);
}

TEST(test_documents)
{
	int file = play_asks("GET /api/systems/rt/log?lines=7", NULL, NULL);

	while (fake_back.waiting == 0)
		play_turn();
	assert_int_equal(fake_back.asked.what, BACK_LOG);
	assert_int_equal(fake_back.asked.lines, 7);
	fake_back_answer(BACK_DONE, "{\"document\":\"log\"}\n");
	assert_int_equal(play_status(file), 200);
	assert_non_null(strstr(play_answer, "{\"document\":\"log\"}"));
	file = play_asks("GET /api/systems/rt/log", NULL, NULL);
	while (fake_back.waiting == 0)
		play_turn();
	fake_back_answer(BACK_DONE, "{\"document\":\"log\",\"console\":[\"a\\u0000b\"]}");
	assert_int_equal(play_status(file), 200);
	assert_non_null(strstr(play_answer, "[\"a\\u0000b\"]"));
	file = play_asks("GET /api/systems/rt", NULL, NULL);
	while (fake_back.waiting == 0)
		play_turn();
	assert_int_equal(fake_back.asked.what, BACK_SHOW);
	fake_back_answer(BACK_DONE, "{\"document\":");
	assert_int_equal(play_status(file), 502);
	assert_int_equal(play_may("GET /api/systems/rt/log?lines=0", NULL, NULL), 400);
	assert_int_equal(play_may("GET /api/systems/rt/log?lines=201", NULL, NULL), 400);
	assert_int_equal(play_may("GET /api/systems/rt/log?lines=1x", NULL, NULL), 400);
	assert_int_equal(play_may("GET /api/systems/rt/log?lines=4294967297", NULL, NULL), 400);
	assert_int_equal(play_may("GET /api/systems/rt/log?lines=-1", NULL, NULL), 400);
	assert_int_equal(play_may("GET /api/systems/rt/memory", NULL, NULL), 404);
	assert_int_equal(play_may("GET /api/systems/other", NULL, NULL), 404);
	assert_int_equal(play_may("GET /api/systems/", NULL, NULL), 404);
	assert_int_equal(play_may("GET /api/", NULL, NULL), 404);
	assert_int_equal(play_may("GET /api/openapi.json", NULL, NULL), 200);
}

/* ---- bounds ---- */

/* Many connections that show no key: the oldest ones go, and the key's owner comes in. */
TEST(test_too_many_connections)
{
	enum { MANY = 900 };
	int files[MANY];
	char byte;

	for (int i = 0; i < MANY; i++) {
		files[i] = play_connect(0);
		play_send(files[i], "GET / HTTP/1.1\r\n");
		play_turn();
	}
	assert_int_equal(play_may("GET /api/state", NULL, NULL), 200);
	for (int i = 0; i < 10; i++)
		play_turn();
	assert_in_range(strangers(), 1, DOOR_STRANGERS);
	assert_int_equal(recv(files[0], &byte, 1, MSG_DONTWAIT), 0);
	assert_int_equal(recv(files[MANY - 1], &byte, 1, MSG_DONTWAIT), -1);
	for (int i = 0; i < MANY; i++)
		close(files[i]);
}

/* A request that comes byte by byte has ten seconds in all. */
TEST(test_slow_request)
{
	int file = play_connect(0);
	char text[64] = "";

	for (int i = 0; i < 9; i++) {
		play_send(file, "G");
		play.now += 1000;
		play_turn();
	}
	assert_int_equal(strangers(), 1);
	play.now += 1000;
	assert_false(play_read(file, text, sizeof(text)));
	close(file);
}

/* A request with a very long line, or with very many lines, is refused. */
TEST(test_long_request)
{
	const size_t size = 100000;
	char *line = malloc(size + 1);

	memset(line, 'a', size);
	memcpy(line, "GET /", 5);
	line[size] = '\0';
	assert_int_not_equal(play_ask(line, NULL, NULL), 200);
	memcpy(line, "A: a\r\n", 6);
	for (size_t i = 6; i + 6 < size; i += 6)
		memcpy(line + i, "A: a\r\n", 6);
	line[size - size % 6 - 6] = '\0';
	assert_int_not_equal(play_may("GET /api/state", line, NULL), 200);
	free(line);
	assert_int_equal(play_may("GET /api/state", NULL, NULL), 200);
}

static int events_of(const char *headers, int room)
{
	const int file = play_connect(room);
	char text[256];

	snprintf(text, sizeof(text),
	         "GET /api/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
	         "%s\r\n%s\r\n",
	         play.door.key, headers);
	play_send(file, text);
	for (int i = 0; i < 10; i++)
		play_turn();
	return file;
}

TEST(test_too_many_streams)
{
	int files[DOOR_STREAMS];

	for (unsigned int i = 0; i < DOOR_STREAMS; i++)
		files[i] = events_of("", 0);
	assert_int_equal(streams(), DOOR_STREAMS);
	assert_int_equal(play_may("GET /api/events", NULL, NULL), 503);
	close(files[0]);
	play.now += 20000; /* a line is sent to a stream without news, and nobody reads it */
	for (int i = 0; i < 10; i++)
		play_turn();
	assert_int_equal(streams(), DOOR_STREAMS - 1);
	close(events_of("", 0));
	for (unsigned int i = 1; i < DOOR_STREAMS; i++)
		close(files[i]);
}

/* A client that doesn't take its events makes no queue, and is closed after ten seconds. */
TEST(test_slow_reader)
{
	const int file = events_of("", 1024);

	for (int i = 0; i < 2000; i++) {
		char *data = malloc(4001);

		memset(data, '1', 4000);
		data[4000] = '\0';
		events_add(&play.events, "life", data);
		play_turn();
	}
	assert_int_equal(streams(), 1);
	play.now += DOOR_STEP_MS;
	for (int i = 0; i < 10; i++)
		play_turn();
	assert_int_equal(streams(), 0);
	close(file);
}

/* ---- streams ---- */

static void listed(const char *state, int starts, const char *more)
{
	static char list[512];

	snprintf(list, sizeof(list),
	         "{\"document\":\"list\",\"system\":\"two\",\"time_us\":2000000,\"partitions\":[{"
	         "\"name\":\"linux\",\"number\":1,\"state\":\"%s\",\"starts\":%d,"
	         "\"restarts_lately\":0%s},{\"name\":\"rt\",\"number\":2,\"state\":\"running\","
	         "\"starts\":1,\"restarts_lately\":0}]}",
	         state, starts, more);
	fake_back.list = list;
	picture_news(&play.picture);
}

/* A change of state reaches a stream, as an event and in the state; so does output. */
TEST(test_stream)
{
	const int file = events_of("", 0);
	char text[8192] = "";

	assert_true(play_hears(file, text, sizeof(text), "event: state\ndata: {\"schema\":1,"));
	assert_null(strstr(text, "event: life"));
	text[0] = '\0';
	listed("stopped", 1, ",\"last_end\":\"panic\"");
	assert_true(play_hears(file, text, sizeof(text),
	                       "id: 1\nevent: life\ndata: {\"name\":\"linux\",\"number\":1,"
	                       "\"state\":\"stopped\""));
	assert_true(play_hears(file, text, sizeof(text), "\"ended\":\"its kernel panicked\""));
	assert_true(play_hears(file, text, sizeof(text),
	                       "\"wrong\":[{\"system\":\"linux\",\"text\":\"linux has stopped: "
	                       "its kernel panicked\"}]"));
	picture_printed(&play.picture, 1);
	picture_printed(&play.picture, 1);
	assert_true(
	    play_hears(file, text, sizeof(text), "event: printed\ndata: {\"numbers\":[2]}\n\n"));
	door_over(&play.door, "the machine is off");
	assert_true(play_hears(file, text, sizeof(text),
	                       "event: over\ndata: {\"why\":\"the machine is off\"}\n\n"));
	assert_true(play_hears(file, text, sizeof(text), "\r\n0\r\n\r\n")); /* the stream's end */
	close(file);
}

/* A client that comes back hears what it missed; if that is gone, how much. */
TEST(test_stream_goes_on)
{
	char text[65536] = "";
	int file;

	for (int i = 0; i < 3; i++)
		events_add(&play.events, "life", strdup("{}"));
	file = events_of("Last-Event-ID: 1\r\n", 0);
	assert_true(
	    play_hears(file, text, sizeof(text), "id: 2\nevent: life\ndata: {}\n\nid: 3\n"));
	close(file);
	for (unsigned int i = 0; i < EVENTS_KEPT; i++)
		events_add(&play.events, "life", strdup("{}"));
	text[0] = '\0';
	file = events_of("Last-Event-ID: 1\r\n", 0);
	assert_true(
	    play_hears(file, text, sizeof(text), "event: lost\ndata: {\"events\":2}\n\nid: 4\n"));
	close(file);
	text[0] = '\0';
	file = events_of("Last-Event-ID: 99999999999999999999999\r\n", 0);
	assert_true(play_hears(file, text, sizeof(text), "event: state"));
	assert_null(strstr(text, "id:"));
	close(file);
}
