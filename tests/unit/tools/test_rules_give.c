/*
 * Rules over a link: only the shell's own answers count, whatever the watched Linux has the watcher
 * say beside them. A child stands for the system.
 */
#include <lib/linkframe.h>
#include <rules/rules.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unit.h>

static char folder[] = "/tmp/kumiki-give-XXXXXX";
static char path[sizeof(folder) + 8];

/* ---- the system ---- */

static void answer(int to, uint8_t type, const void *payload, size_t size)
{
	uint8_t frame[LINKFRAME_MAX];

	memcpy(frame + LINKFRAME_HEADER, payload, size);
	size = linkframe_close(frame, type, size);
	if (write(to, frame, size) != (ssize_t)size)
		_exit(1);
}

static void welcome(int to)
{
	struct {
		struct link_welcome welcome;
		struct link_source source[2];
	} payload = {.welcome = {.revision = LINK_REVISION, .partitions = 1},
	             .source = {{"watcher"}, {"kumiki"}}};

	answer(to, LINK_WELCOME, &payload, sizeof(payload));
}

/* The first line that is typed leads to all that the partition says. */
static void take(int to, const struct linkframe *frame, const char *says)
{
	const uint16_t keys = (uint16_t)(frame->size - 1);
	const uint8_t took[4] = {0, 0, (uint8_t)keys, (uint8_t)(keys >> 8)};
	uint8_t output[LINK_PAYLOAD_MAX] = {0};

	answer(to, LINK_TOOK, took, sizeof(took));
	if (memchr(frame->payload, '\r', frame->size) == NULL)
		return;
	memcpy(output + 1, says, strlen(says) + 1);
	answer(to, LINK_OUTPUT, output, 1 + strlen(says));
}

static _Noreturn void serve(int listener, const char *says)
{
	static struct linkframe_parser parser;
	const int client = accept(listener, NULL, NULL);
	struct linkframe frame;
	uint8_t byte;

	while (read(client, &byte, 1) == 1) {
		(void)linkframe_put(&parser, byte);
		while (linkframe_next(&parser, &frame)) {
			if (frame.type == LINK_HELLO)
				welcome(client);
			if (frame.type == LINK_INPUT)
				take(client, &frame, says);
			if (frame.type == LINK_BYE)
				_exit(0);
		}
	}
	_exit(0);
}

static pid_t begin(const char *says)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t child;

	memcpy(address.sun_path, path, sizeof(path));
	(void)unlink(path);
	assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	child = fork();
	if (child == 0)
		serve(listener, says);
	assert_true(child > 0);
	close(listener);
	return child;
}

/* ---- what is given ---- */

enum what { ADD, REMOVE, LIST };

static bool give(enum what what, const struct rules_way *way)
{
	static const struct {
		struct rule head;
		uint64_t rest[4];
	} rule = {.head = {.size = sizeof(rule), .name = "mine"}}; /* two pieces */
	const struct rules_made made = {.rule = &rule.head};

	if (what == ADD)
		return rules_add(way, &made);
	return what == REMOVE ? rules_remove(way, "mine") : rules_list(way);
}

static void expect(enum what what, const char *says, bool good, const char *told)
{
	const pid_t child = begin(says);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const struct rules_way way = {.link = path, .partition = "watcher", .out = out};
	int status = 1;

	assert_int_equal(give(what, &way), good);
	(void)fclose(out);
	assert_string_equal(text, told);
	free(text);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* ---- the tests ---- */

TEST(test_answers)
{
	expect(ADD, "rules: go on at 0\nrules: go on at 96\nrules: it is added\n", true,
	       "mine is added\n");
	expect(ADD, "rules: go on at 0\nrules: go on at 96\nrules: error: no\n", false, "");
	expect(ADD, "rules: error: no rule has that size\n", false, "");
	expect(REMOVE, "rules: mine is removed\n", true, "mine is removed\n");
	expect(REMOVE, "rules: error: there is no such rule\n", false, "");
	expect(LIST, "rules: a: every 100 ms\nrules: b: every 200 ms\nrules: that is all\n", true,
	       "a: every 100 ms\nb: every 200 ms\n");
}

/* Modules and tasks may be called like answers. */
TEST(test_others_are_no_answers)
{
	expect(REMOVE,
	       "linux: a (high): module rules: mine is removed\n"
	       "rules: error: there is no such rule\n",
	       false, "");
	expect(REMOVE, "linux: a (high): module rules: error: no\nrules: mine is removed\n", true,
	       "mine is removed\n");
	expect(ADD,
	       "linux: module rules: it is added\nrules: go on at 0\nlinux: task rules: it is "
	       "added\nrules: go on at 96\nlinux: rules: it is added\nrules: error: no\n",
	       false, "");
	expect(LIST,
	       "linux: task rules: that is all\nrules: a: every 100 ms\nlinux: rules: c\n"
	       "rules: that is all\n",
	       true, "a: every 100 ms\n");
}

/* A long line of the watcher's comes in pieces. */
TEST(test_answer_in_another_line)
{
	expect(ADD,
	       "rules: go on at 0\nlinux: a (high): modrules: go on at 96\nule x\n"
	       "rules: it is added\n",
	       true, "mine is added\n");
}

static void set_up(void)
{
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/link", folder);
}

static void tear_down(void)
{
	(void)unlink(path);
	assert_int_equal(rmdir(folder), 0);
}

const struct unit_fixture unit_all = {set_up, tear_down};
