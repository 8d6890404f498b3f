/* The keeper's back end for a link, against a hub that the test plays. */
#include <keeper/back.h>
#include <kumiki/link.h>
#include <lib/linkframe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <unit.h>

enum { LOOKS, ACTS, CLIENTS };

static char folder[64], path[96];
static int listener, hub[CLIENTS];
static struct linkframe_parser parser[CLIENTS];
static struct back *back;
static int64_t now;
static unsigned int news, printed;
static struct {
	unsigned int count;
	enum back_result result;
	char text[256];
} answer;

static void heard_news(void *to)
{
	(void)to;
	news++;
}

static char texts[128]; /* what was printed, with its sources */

static void heard_output(void *to, uint32_t system)
{
	(void)to;
	printed |= 1u << system;
}

static void heard_text(void *to, uint32_t system, const void *bytes, size_t size)
{
	const size_t used = strlen(texts);

	(void)to;
	if (system == BACK_KUMIKI)
		snprintf(texts + used, sizeof(texts) - used, "kumiki:%.*s;", (int)size,
		         (const char *)bytes);
	else
		snprintf(texts + used, sizeof(texts) - used, "%u:%.*s;", system, (int)size,
		         (const char *)bytes);
}

static void answered(void *to, const struct back_answer *given)
{
	(void)to;
	answer.count++;
	answer.result = given->result;
	snprintf(answer.text, sizeof(answer.text), "%s", given->text);
	assert_int_equal(strlen(given->text), given->size);
}

static void start(void)
{
	static const struct back_listener ears = {NULL, heard_news, heard_output, heard_text};
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(folder, sizeof(folder), "/tmp/kumiki-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/link", folder);
	memcpy(address.sun_path, path, strlen(path) + 1);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, CLIENTS), 0);
	back = back_open(path, &ears, stderr);
	assert_non_null(back);
	memset(parser, 0, sizeof(parser));
	memset(&answer, 0, sizeof(answer));
	for (int i = 0; i < CLIENTS; i++)
		hub[i] = accept(listener, NULL, NULL);
	now = 1000;
	news = printed = 0;
	texts[0] = '\0';
}

static void end(void)
{
	back_close(back);
	for (int i = 0; i < CLIENTS; i++)
		close(hub[i]);
	close(listener);
	unlink(path);
	rmdir(folder);
}

const struct unit_fixture unit_each = {start, end};

static void say(int client, uint8_t type, const void *payload, size_t size)
{
	uint8_t frame[LINKFRAME_MAX];

	memcpy(frame + LINKFRAME_HEADER, payload, size);
	size = linkframe_close(frame, type, size);
	assert_int_equal(send(hub[client], frame, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* The next frame of the client, as it has been sent. */
static uint8_t hear(int client, char *text, size_t room)
{
	struct linkframe frame;
	uint8_t byte;

	while (!linkframe_next(&parser[client], &frame)) {
		if (recv(hub[client], &byte, 1, MSG_DONTWAIT) != 1)
			return 0;
		(void)linkframe_put(&parser[client], byte);
	}
	memset(text, 0, room);
	memcpy(text, frame.payload, frame.size < room ? frame.size : room - 1);
	return frame.type;
}

static void welcome(int client)
{
	const struct link_welcome said = {
	    .revision = LINK_REVISION, .partitions = 2, .cores = 2, .vcpus = 2};

	say(client, LINK_WELCOME, &said, sizeof(said));
}

static void say_answer(int client, bool last, uint8_t status, const char *text)
{
	uint8_t payload[256] = {0, last, status};

	(void)snprintf((char *)payload + 3, sizeof(payload) - 3, "%s", text);
	say(client, LINK_ANSWER, payload, 3 + strlen(text));
}

static void say_error(int client, uint8_t type, const char *text)
{
	uint8_t payload[256] = {type, 0};

	(void)snprintf((char *)payload + 2, sizeof(payload) - 2, "%s", text);
	say(client, LINK_ERROR, payload, 2 + strlen(text));
}

static bool turn(int64_t milliseconds)
{
	now += milliseconds;
	return back_turn(back, now);
}

/* Both clients are let in. */
static void let_in(void)
{
	char text[64];
	uint32_t hello[2];

	assert_true(turn(0));
	for (int i = 0; i < CLIENTS; i++) {
		assert_int_equal(hear(i, text, sizeof(text)), LINK_HELLO);
		memcpy(hello, text, sizeof(hello));
		assert_int_equal(hello[1], i == LOOKS ? LINK_LOOK : LINK_ORDER);
		welcome(i);
	}
	assert_true(turn(0));
	assert_true(back_may_act(back));
}

static void ask(enum back_what what, const char *system, bool off)
{
	struct back_question question = {.what = what, .lines = 5, .core = 2, .off = off};

	snprintf(question.system, sizeof(question.system), "%s", system);
	assert_true(back_ask(back, &question, answered, NULL));
}

static void assert_line(int client, const char *line)
{
	char text[128];

	assert_true(turn(0));
	assert_int_equal(hear(client, text, sizeof(text)), LINK_COMMAND);
	assert_int_equal(text[0], 0);
	assert_string_equal(text + 1, line);
}

TEST(test_lines_and_answers)
{
	static const struct {
		enum back_what what;
		bool off;
		const char *line;
	} cases[] = {
	    {BACK_LIST, false, "list --json"},    {BACK_ACCOUNTS, false, "accounts --json"},
	    {BACK_CORES, false, "cores --json"},  {BACK_SHOW, false, "show rt --json"},
	    {BACK_LOG, false, "log rt 5 --json"}, {BACK_START, false, "start rt"},
	    {BACK_STOP, false, "stop rt"},        {BACK_STOP, true, "stop rt off"},
	    {BACK_SUSPEND, false, "suspend rt"},  {BACK_RESUME, false, "resume rt"},
	    {BACK_RESTART, false, "restart rt"},  {BACK_GIVE, false, "give 2 rt"},
	};

	let_in();
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const int client = cases[i].what >= BACK_ACTS ? ACTS : LOOKS;

		ask(cases[i].what, "rt", cases[i].off);
		assert_line(client, cases[i].line);
		say_answer(client, false, 0, "one ");
		say_answer(client, true, i % 2, "two");
		assert_true(turn(0));
		assert_int_equal(answer.count, i + 1);
		assert_int_equal(answer.result, i % 2 ? BACK_FAILED : BACK_DONE);
		assert_string_equal(answer.text, "one two");
	}
	ask(BACK_GIVE, "", false);
	assert_line(ACTS, "give 2 nobody");
	for (enum back_what act = BACK_ACTS; act < BACK_WHATS; act++)
		assert_int_equal(back_act(back_word(act)), act);
	assert_int_equal(back_act("list"), BACK_LIST);
}

/* A question doesn't wait for the time when something else has to be done. */
TEST(test_a_question_goes_out_at_once)
{
	let_in();
	assert_false(back_is_busy(back));
	ask(BACK_STOP, "rt", false);
	assert_true(back_is_busy(back));
	assert_true(turn(0));
	assert_false(back_is_busy(back));
	ask(BACK_START, "rt", false); /* waits for the answer to the one before */
	assert_false(back_is_busy(back));
	say_answer(ACTS, true, 0, "");
	assert_true(turn(0));
	assert_line(ACTS, "stop rt");
	assert_line(ACTS, "start rt");
}

/* Questions are asked one after the other; an act doesn't hold up the looks. */
TEST(test_turns)
{
	char text[64];

	let_in();
	ask(BACK_STOP, "rt", false);
	ask(BACK_LIST, "", false);
	ask(BACK_CORES, "", false);
	assert_line(ACTS, "stop rt");
	assert_line(LOOKS, "list --json");
	assert_int_equal(hear(LOOKS, text, sizeof(text)), 0);
	say_answer(LOOKS, true, 0, "{}");
	assert_line(LOOKS, "cores --json");
	assert_int_equal(answer.count, 1);
}

TEST(test_too_many_questions)
{
	const struct back_question question = {.what = BACK_LIST};
	unsigned int count = 0;

	let_in();
	while (back_ask(back, &question, answered, NULL))
		assert_in_range(++count, 1, 64);
	close(hub[LOOKS]);
	assert_false(turn(0));
	assert_int_equal(answer.count, count); /* each one is answered */
	assert_int_equal(answer.result, BACK_SILENCE);
}

/* Before a welcome nothing passes for Kumiki's own words. */
TEST(test_output_before_a_welcome)
{
	assert_true(turn(0));
	say(LOOKS, LINK_OUTPUT, "\x00hello", 6);
	assert_true(turn(0));
	assert_string_equal(texts, "0:hello;");
}

TEST(test_news_and_output)
{
	let_in();
	assert_int_equal(back_heard(back), 0);
	news = 0;
	say(LOOKS, LINK_OUTPUT, "\x01hello", 6);
	assert_true(turn(0));
	assert_int_equal(printed, 2);
	assert_int_equal(back_heard(back), now);
	assert_int_equal(news, 0);
	say(LOOKS, LINK_OUTPUT, "\x02linux restarts", 15);
	say(LOOKS, LINK_OUTPUT, "\x00", 1);
	assert_true(turn(0));
	assert_int_equal(news, 1);
	assert_int_equal(printed, 2);
	assert_string_equal(texts, "1:hello;kumiki:linux restarts;");
}

/* A question without an answer ends, and so does its command in the hub; the next one is asked. */
TEST(test_silence)
{
	char text[64];

	let_in();
	ask(BACK_LIST, "", false);
	assert_line(LOOKS, "list --json");
	assert_true(turn(9999));
	assert_int_equal(answer.count, 0);
	assert_true(turn(1));
	assert_int_equal(answer.result, BACK_SILENCE);
	assert_int_equal(hear(LOOKS, text, sizeof(text)), LINK_HELLO);
	welcome(LOOKS);
	assert_true(turn(0));
	ask(BACK_LIST, "", false);
	assert_line(LOOKS, "list --json");
}

/* A hub that has let the keeper in, and then reads nothing, doesn't stop it. */
TEST(test_a_hub_that_reads_nothing)
{
	let_in();
	ask(BACK_LIST, "", false);
	for (int i = 0; i < 2000; i++)
		assert_true(turn(10000));
	assert_int_equal(answer.result, BACK_SILENCE);
	ask(BACK_LIST, "", false);
	assert_true(turn(0));
	assert_int_equal(answer.count, 2);
}

TEST(test_errors)
{
	let_in();
	ask(BACK_RESTART, "rt", false);
	assert_line(ACTS, "restart rt");
	say_error(ACTS, LINK_COMMAND, "the system began anew, and has forgotten this");
	assert_true(turn(0));
	assert_int_equal(answer.result, BACK_FAILED);
	assert_string_equal(answer.text, "the system began anew, and has forgotten this");
	say_error(ACTS, LINK_COMMAND, "nobody asked"); /* harmless */
	say_answer(ACTS, true, 0, "nobody asked");
	assert_true(turn(0));
	assert_int_equal(answer.count, 1);
}

/* A socket that only lets look: the machine is seen, and acts are refused with the hub's words. */
TEST(test_no_right_to_act)
{
	assert_true(turn(0));
	welcome(LOOKS);
	say_error(ACTS, LINK_HELLO, "this socket doesn't give the right to command, but: look");
	assert_true(turn(0));
	assert_false(back_may_act(back));
	ask(BACK_STOP, "rt", false);
	assert_true(turn(0));
	assert_int_equal(answer.result, BACK_FAILED);
	assert_string_equal(answer.text,
	                    "this socket doesn't give the right to command, but: look");
	ask(BACK_LIST, "", false);
	assert_true(turn(60000));
	say_answer(LOOKS, true, 0, "{}");
	assert_true(turn(0));
	assert_int_equal(answer.result, BACK_DONE);
}

/* A client that isn't let in to look can do nothing here: the hub's words are the reason. */
TEST(test_no_right_to_look)
{
	ask(BACK_LIST, "", false);
	say_error(LOOKS, LINK_HELLO, "full: 32 clients are attached");
	assert_false(turn(0));
	assert_string_equal(back_why(back), "full: 32 clients are attached");
	assert_int_equal(answer.count, 1);
}

/* The hub closes the link behind its words. */
TEST(test_no_place_to_act)
{
	assert_true(turn(0));
	welcome(LOOKS);
	say_error(ACTS, LINK_HELLO, "full: 32 clients are attached");
	close(hub[ACTS]);
	assert_false(turn(0));
	assert_string_equal(back_why(back), "full: 32 clients are attached");
}

/* A machine that is silent for a while still takes acts. */
TEST(test_acts_after_a_silence)
{
	let_in();
	ask(BACK_STOP, "rt", false);
	assert_true(turn(0));
	assert_true(turn(40000));
	assert_int_equal(answer.result, BACK_SILENCE);
	assert_true(back_may_act(back));
}

/* A machine that hasn't started is waited for; a link with one place isn't. */
TEST(test_before_the_welcome)
{
	ask(BACK_LIST, "", false);
	assert_true(turn(0));
	assert_int_equal(answer.result, BACK_SILENCE);
	assert_true(turn(600000));
	welcome(LOOKS);
	assert_true(turn(0));
	assert_true(turn(9999));
	assert_false(turn(1));
	assert_non_null(strstr(back_why(back), "kumiki hub"));
}

TEST(test_last_words)
{
	let_in();
	say(LOOKS, LINK_OVER, "the machine is off", 18);
	assert_false(turn(0));
	assert_string_equal(back_why(back), "the machine is off");
	assert_false(turn(0));
}

/* An answer without an end is cut, and the next one is whole. */
TEST(test_too_long)
{
	char text[201];

	let_in();
	memset(text, 'a', 200);
	text[200] = '\0';
	ask(BACK_SHOW, "rt", false);
	assert_line(LOOKS, "show rt --json");
	for (int i = 0; i < 3000; i++) {
		say_answer(LOOKS, false, 0, text);
		assert_true(turn(0));
	}
	say_answer(LOOKS, true, 0, "");
	while (answer.count == 0)
		assert_true(turn(0));
	assert_int_equal(answer.result, BACK_FAILED);
	assert_string_equal(answer.text, "the answer is too long");
	ask(BACK_LIST, "", false);
	assert_line(LOOKS, "list --json");
	say_answer(LOOKS, true, 0, "{}");
	assert_true(turn(0));
	assert_string_equal(answer.text, "{}");
}

TEST(test_no_socket)
{
	static const struct back_listener ears = {NULL, heard_news, heard_output, heard_text};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_null(back_open("/dev/null", &ears, out));
	assert_null(back_open("-", &ears, out));
	assert_null(back_open("/nowhere/link", &ears, out));
	fclose(out);
	assert_non_null(strstr(text, "'/dev/null' is no socket; share it first: kumiki hub --at"));
	assert_non_null(strstr(text, "cannot open the link '/nowhere/link'"));
	free(text);
}
