/*
 * The door of a page with users: log-in, roles, sessions.
 *
 * Shows: operator.page-roles, operator.page-sessions, operator.page-tries.
 */
#include "keeper_play.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <unit.h>

const struct unit_fixture unit_each = {play_start_users, play_end_users};

#define JSON "Content-Type: application/json\r\n"

static void turns(int64_t milliseconds)
{
	play.now += milliseconds;
	play_turn();
	play_turn();
}

/* A request of somebody with this header, and an answer of the machine, if it is asked. */
static int ask(const char *line, const char *header, const char *body)
{
	char headers[256];
	int file, status;

	snprintf(headers, sizeof(headers), "%s%s", header, body != NULL ? JSON : "");
	file = play_connect(0);
	snprintf(play_answer, sizeof(play_answer),
	         "%s HTTP/1.1\r\nHost: 192.0.2.1:8443\r\nConnection: close\r\n%sContent-Length: "
	         "%zu\r\n\r\n%s",
	         line, headers, body != NULL ? strlen(body) : 0, body != NULL ? body : "");
	play_send(file, play_answer);
	for (int i = 0; i < 20; i++) {
		play_turn();
		if (fake_back.waiting != 0)
			fake_back_answer(BACK_DONE, "{\"said\":\"it is done\"}\n");
	}
	status = play_status(file);
	return status;
}

/* A body that the act of a row takes, or one that no route takes. */
static const char *body_of(const struct right *right, char body[128])
{
	if (right->answer == NULL)
		snprintf(body, 128, "{\"act\":\"%.*s\",\"system\":\"linux\"%s%s}",
		         (int)strcspn(right->url, " "), right->url,
		         strcmp(right->url, "give") == 0 ? ",\"core\":1" : "",
		         strcmp(right->url, "stop off") == 0 ? ",\"off\":true" : "");
	else
		snprintf(body, 128, "{}");
	return strcmp(right->method, "GET") == 0 || strcmp(right->method, "DELETE") == 0 ? NULL
	                                                                                 : body;
}

static int ask_right(const struct right *right, const char *header)
{
	char line[128], body[128];

	if (right->answer == NULL)
		snprintf(line, sizeof(line), "POST /api/acts");
	else
		snprintf(line, sizeof(line), "%s %s%s", right->method, right->url,
		         right->url[strlen(right->url) - 1] == '/' ? "linux" : "");
	return ask(line, header, body_of(right, body));
}

/* Whether the address alone is no whole question. */
static bool needs_more(const struct right *right)
{
	return strcmp(right->url, "/api/acts") == 0 || strcmp(right->url, "/api/series") == 0;
}

/* Each row of the table, and each role: with less than the row says nothing succeeds, and the
 * machine is asked nothing. */
TEST(test_each_right_and_each_role)
{
	char headers[ROLE_NOBODY][96] = {""};
	const struct right *right;

	for (unsigned int role = ROLE_SEE; role < ROLE_NOBODY; role++)
		assert_int_equal(
		    play_log_in(role_word((enum role)role), play_password, headers[role]), 200);
	for (size_t i = 0; (right = rights_row(i)) != NULL; i++) {
		if (strcmp(right->method, "DELETE") == 0 ||
		    strcmp(right->url, "/api/events") == 0 || right->least == ROLE_NONE)
			continue;
		for (unsigned int role = ROLE_NONE; role < ROLE_NOBODY; role++) {
			const int status = ask_right(right, headers[role]);

			if (role == ROLE_NONE)
				assert_int_equal(status, 401);
			else if (role < right->least)
				assert_int_equal(status, 403);
			else
				assert_int_equal(status, needs_more(right) ? 400 : 200);
			assert_int_equal(fake_back.waiting, 0);
		}
	}
}

/* Only the page's files, and the log-in, are answered without a session. */
TEST(test_without_a_session)
{
	static const char *const open[] = {"GET /", "GET /page.css", "GET /page.js",
	                                   "GET /icon.svg"};
	char header[96];

	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		assert_int_equal(ask(open[i], "", NULL), 200);
	assert_int_equal(ask("GET /api/events", "", NULL), 401);
	assert_int_equal(ask("DELETE /api/session", "", NULL), 401);
	assert_int_equal(ask("PUT /api/session", "", "{}"), 401);
	assert_int_equal(ask("GET /nothing", "", NULL), 401);
	snprintf(header, sizeof(header), "Authorization: Bearer %s\r\n", play.door.key);
	assert_int_equal(ask("GET /api/state", header, NULL), 401);
	assert_int_equal(play_log_in("see", play_password, header), 200);
	assert_int_equal(ask("PUT /api/session", header, "{}"), 405);
	assert_non_null(strstr(play_answer, "\r\nAllow: POST, GET, DELETE\r\n"));
	assert_int_equal(ask("GET /nothing", header, NULL), 404);
}

/* An act is an event and a line of the log, with who did it. */
TEST(test_an_act_is_told)
{
	char header[96];

	assert_int_equal(play_log_in("operate", play_password, header), 200);
	assert_int_equal(ask("POST /api/acts", header, "{\"act\":\"stop\",\"system\":\"rt\"}"),
	                 200);
	assert_non_null(strstr(play.events.ring[play.events.next - 1].data, "\"who\":\"operate\""));
	assert_non_null(strstr(play_log(), "kumiki-keeper: operate at 127.0.0.1: stop rt: done: "));
	assert_int_equal(
	    ask("POST /api/acts", header, "{\"act\":\"stop\",\"system\":\"rt\",\"off\":true}"),
	    403);
	assert_non_null(strstr(play_log(), "operate at 127.0.0.1: refused at /api/acts: "));
}

/* What a stranger sends as a name makes no line of its own. */
TEST(test_the_log_has_a_line_for_each)
{
	char header[96];

	assert_int_equal(play_log_in("a\\nkumiki-keeper: eva\\u001b[2J", "wrong", header), 401);
	assert_non_null(strstr(play_log(), "log in as 'a kumiki-keeper: eva [2J'\n"));
}

TEST(test_sessions_end)
{
	char header[96];

	assert_int_equal(play_log_in("see", play_password, header), 200);
	turns(SESSIONS_IDLE_MS - 1);
	assert_int_equal(ask("GET /api/state", header, NULL), 200);
	turns(SESSIONS_IDLE_MS);
	assert_int_equal(ask("GET /api/state", header, NULL), 401);
	assert_int_equal(play_log_in("see", play_password, header), 200);
	assert_int_equal(ask("DELETE /api/session", header, NULL), 200);
	assert_non_null(strstr(play_answer, "__Host-kumiki=; Path=/; Secure; HttpOnly; "
	                                    "SameSite=Strict; Max-Age=0"));
	assert_int_equal(ask("GET /api/state", header, NULL), 401);
}

/* A stream holds its session for half a day, and ends with it. */
TEST(test_a_stream_and_its_session)
{
	char header[96], text[65536] = "";
	int file;

	assert_int_equal(play_log_in("see", play_password, header), 200);
	file = play_connect(0);
	play_send(file, "GET /api/events HTTP/1.1\r\nHost: localhost\r\n");
	play_send(file, header);
	play_send(file, "\r\n");
	assert_true(play_hears(file, text, sizeof(text), "event: state"));
	for (int64_t passed = 0; passed < SESSIONS_LONGEST_MS - 1000000; passed += 500000) {
		turns(500000);
		text[0] = '\0';
		assert_true(play_read(file, text, sizeof(text)));
	}
	turns(1000000);
	text[0] = '\0';
	assert_true(play_hears(file, text, sizeof(text), "0\r\n\r\n"));
	close(file);
}

/* The users' file is taken over while the page runs; one that is wrong isn't. */
TEST(test_the_file_changes)
{
	char see[96], operate[96];

	assert_int_equal(play_log_in("see", play_password, see), 200);
	assert_int_equal(play_log_in("operate", play_password, operate), 200);
	play_write_users(0);
	turns(LOGIN_LOOK_MS);
	assert_int_equal(ask("GET /api/state", see, NULL), 401);
	assert_int_equal(ask("GET /api/state", operate, NULL), 401);
	assert_int_equal(play_log_in("see", play_password, see), 401);
	play_write_users(1u << ROLE_OPERATE);
	turns(LOGIN_LOOK_MS);
	assert_int_equal(play_log_in("operate", play_password, operate), 200);
	(void)unlink(play.login.path);
	turns(LOGIN_LOOK_MS);
	assert_int_equal(ask("GET /api/state", operate, NULL), 200);
	assert_non_null(strstr(play_log(), "the users stay as they were before"));
}

/* Known or not, a name has five free tries; then the right password has to wait, too. */
TEST(test_wrong_passwords)
{
	static const char *const names[] = {"see", "nobody"};
	char header[96];

	for (size_t i = 0; i < 2; i++) {
		for (unsigned int k = 0; k < LOGIN_NAME_TRIES; k++) {
			assert_int_equal(play_log_in(names[i], "wrong", header), 401);
		}
		assert_int_equal(play_log_in(names[i], play_password, header), 429);
		assert_non_null(strstr(play_answer, "\r\nRetry-After: 1\r\n"));
	}
	assert_int_equal(play_log_in("operate", play_password, header), 200);
	turns(TRIES_PAUSE_MS);
	assert_int_equal(play_log_in("see", play_password, header), 200);
	assert_int_equal(play_log_in("nobody", play_password, header), 401);
}

/* An address that tries many names is slowed, too. */
TEST(test_many_names)
{
	char name[16], header[96];

	for (unsigned int i = 0; i < LOGIN_ADDRESS_TRIES; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		assert_int_equal(play_log_in(name, "wrong", header), 401);
	}
	assert_int_equal(play_log_in("see", play_password, header), 429);
	turns(TRIES_PAUSE_MS);
	assert_int_equal(play_log_in("see", play_password, header), 200);
}

/* Log-ins wait for one another; more than eight don't wait, and a door that ends answers all. */
TEST(test_log_ins_at_once)
{
	int files[LOGIN_WAITING + 2];
	char text[256];

	for (unsigned int i = 0; i < LOGIN_WAITING + 2; i++) {
		files[i] = play_connect(0);
		snprintf(text, sizeof(text),
		         "POST /api/session HTTP/1.1\r\nHost: localhost\r\nConnection: "
		         "close\r\n" JSON
		         "Content-Length: %zu\r\n\r\n{\"user\":\"n%u\",\"password\":"
		         "\"x\"}",
		         strlen("{\"user\":\"n0\",\"password\":\"x\"}"), i);
		play_send(files[i], text);
		play_turn();
		play_turn();
	}
	assert_int_equal(play_status(files[LOGIN_WAITING + 1]), 503);
	play.now += LOGIN_EACH_MS;
	assert_int_equal(play_status(files[1]), 401);
	door_end(&play.door);
	for (unsigned int i = 2; i <= LOGIN_WAITING; i++)
		assert_int_equal(play_status(files[i]), 503);
	assert_int_equal(play_status(files[0]), 401);
}

TEST(test_wrong_log_ins)
{
	static const char *const bodies[] = {
	    "",
	    "[]",
	    "{\"user\":\"see\"}",
	    "{\"user\":\"see\",\"password\":1}",
	    "{\"user\":\"see\",\"password\":\"a\\u0000b\"}",
	    "{\"user\":\"see\",\"password\":\"a\",\"bearer\":1}",
	    "{\"user\":\"see\",\"password\":\"a\",\"more\":1}",
	    "{\"user\":\"see\",\"user\":\"see\",\"password\":\"a\"}",
	    "{\"user\":\"abcdefghijklmnopqrstuvwxyzabcdefg\",\"password\":\"a\"}"};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(ask("POST /api/session", "", bodies[i]), 400);
	assert_int_equal(play_ask("POST /api/session", "", "{}"), 415);
	assert_int_equal(play.login.count, 0);
}

/* Hosts: addresses in digits, as another name may lead here without belonging here. */
TEST(test_hosts)
{
	static const struct {
		const char *host;
		int status;
	} cases[] = {{"192.0.2.7", 200},
	             {"192.0.2.7:8443", 200},
	             {"[2001:db8::1]:8443", 200},
	             {"localhost", 200},
	             {"evil.example", 421},
	             {"192.0.2.7.evil.example", 421},
	             {"[2001:db8::1", 421},
	             {"[]", 421},
	             {"[", 421},
	             {"[2001:db8::1]x", 421},
	             {"1.2.3", 421}};
	char header[96], headers[160];

	assert_int_equal(play_log_in("see", play_password, header), 200);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(headers, sizeof(headers), "Host: %s\r\n%s", cases[i].host, header);
		assert_int_equal(play_ask("GET /api/state", headers, NULL), cases[i].status);
	}
}
