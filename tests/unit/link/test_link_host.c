/* `kumiki trace` and `kumiki console` on the link, against the real console service. */
#include "fake_machine.h"
#include <console/command.h>
#include <console/session.h>
#include <host/link.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <trace/fetch.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const two[] = {"linux", "rt", NULL};

static void test_hello(void **state)
{
	struct link link;
	struct linkframe frame;

	(void)state;
	fake_start(two);
	assert_true(link_open(&link, fake_machine_start(), stderr));
	assert_true(link_hello(&link, &frame, 10000, stderr));
	assert_int_equal(frame.type, LINK_WELCOME);
	assert_true(link_send(&link, LINK_PING, "abc", 3));
	assert_int_equal(link_receive(&link, &frame, 10000), LINK_GOT_FRAME);
	assert_int_equal(frame.type, LINK_PONG);
	assert_memory_equal(frame.payload, "abc", 3);
	assert_int_equal(link_receive(&link, &frame, 1), LINK_NOTHING);
	link_close(&link, true);
	fake_machine_stop();
}

/* Like QEMU: what is still to be read is lost to it when the client is gone. */
static void *peer_that_drops(void *context)
{
	struct pollfd poller = {.fd = *(int *)context, .events = POLLRDHUP};
	uint8_t bytes[64] = {0};
	ssize_t count = 0;

	if (poll(&poller, 1, -1) == 1 && (poller.revents & POLLHUP) == 0)
		count = read(poller.fd, bytes, sizeof(bytes));
	close(poller.fd);
	return count == LINKFRAME_HEADER + 4 && bytes[1] == LINK_BYE ? context : NULL;
}

static void test_the_goodbye_arrives(void **state)
{
	struct link link = {0};
	pthread_t peer;
	void *heard;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	link.input = link.output = ends[0];
	assert_int_equal(pthread_create(&peer, NULL, peer_that_drops, &ends[1]), 0);
	link_close(&link, true);
	assert_int_equal(pthread_join(peer, &heard), 0);
	assert_non_null(heard);
}

static void test_no_link(void **state)
{
	struct link link;
	char *text;
	size_t size;
	FILE *complaints = open_memstream(&text, &size);

	(void)state;
	assert_false(link_open(&link, "/nonexistent/link", complaints));
	fclose(complaints);
	assert_non_null(strstr(text, "cannot open the link '/nonexistent/link'"));
	free(text);
}

/* What isn't a link is told so, and nothing is written into it. */
static void refused_unchanged(const char *path)
{
	struct link link;
	char *text;
	size_t size;
	FILE *complaints = open_memstream(&text, &size);

	assert_false(link_open(&link, path, complaints));
	fclose(complaints);
	assert_non_null(strstr(text, "is no link: it is neither a socket nor a terminal device"));
	assert_non_null(strstr(text, path));
	free(text);
}

static void test_a_file_is_no_link(void **state)
{
	char folder[] = "/tmp/kumiki-test-XXXXXX", path[64], text[16] = "";

	(void)state;
	assert_non_null(mkdtemp(folder));
	refused_unchanged(folder);
	snprintf(path, sizeof(path), "%s/file", folder);
	FILE *file = fopen(path, "w+");
	assert_non_null(file);
	fputs("/dts-v1/;", file);
	fflush(file);
	refused_unchanged(path);
	rewind(file);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, file), 9);
	assert_string_equal(text, "/dts-v1/;");
	fclose(file);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	refused_unchanged(path);
	unlink(path);
	rmdir(folder);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What KUMIKI_PATIENCE is, what was complained of, and how long somebody was waited for who never
 * answers. */
static int64_t waited(const char *patience, const char *path, char said[512])
{
	struct link link;
	struct linkframe frame;
	FILE *complaints = fmemopen(said, 512, "w");
	int64_t begun = now_ms();

	setenv("KUMIKI_PATIENCE", patience, 1);
	if (link_open(&link, path, complaints)) {
		assert_false(link_hello(&link, &frame, 1000, complaints));
		link_close(&link, false);
	}
	fclose(complaints);
	unsetenv("KUMIKI_PATIENCE");
	return now_ms() - begun;
}

static void test_patience(void **state)
{
	static const char *const wrong[] = {"0", "-1", "4x", "x", "1001", "99999999999999999999"};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char folder[] = "/tmp/kumiki-test-XXXXXX", said[512];
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/link", folder);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_true(waited("2", address.sun_path, said) >= 2000);
	assert_string_equal(
	    said, "kumiki: no system answers on the link (is it a Kumiki system's UART, and has no "
	          "other program opened it?) within 2 s; if the machine or its host is slow, wait "
	          "longer: KUMIKI_PATIENCE=8 in the environment\n");
	assert_true(waited("", address.sun_path, said) >= 1000);
	assert_non_null(strstr(said, " within 1 s; "));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)waited(wrong[i], address.sun_path, said);
		assert_non_null(strstr(said, "give a whole number from 1 to 1000"));
	}
	close(listener);
	unlink(address.sun_path);
	rmdir(folder);
}

static void trace_fill(void)
{
	struct trace_ring *ring = &fake.trace[0];

	for (; ring->next < 10000; ring->next++)
		ring->events[ring->next % TRACE_RING_EVENTS] = (struct trace_event){
		    .head = (uint64_t)TRACE_EXIT << 56 | ring->next * 10, .data = ring->next};
}

static void test_trace_fetch(void **state)
{
	static struct trace_set set;

	(void)state;
	fake_start(two);
	trace_fill();
	assert_true(trace_fetch(&set, fake_machine_start(), stderr));
	fake_machine_stop();
	assert_int_equal(set.welcome.cores, 1);
	assert_int_equal(set.core[0].first, 10000 - TRACE_RING_EVENTS + 1);
	assert_int_equal(set.core[0].count, TRACE_RING_EVENTS - 1);
	for (size_t i = 0; i < set.core[0].count; i++)
		assert_int_equal(set.core[0].events[i].data, set.core[0].first + i);
	trace_set_free(&set);
}

static int typing; /* the person's end of the session's standard input */
static bool has_printed;

static void type(const char *keys)
{
	if (write(typing, keys, strlen(keys)) != (ssize_t)strlen(keys))
		abort(); /* in the machine's thread, where cmocka's checks can't be used */
}

/* A guest that says something, then lets the person leave: in its next turn, when the link has
 * brought what it said. */
static void talking_guest(void)
{
	if (has_printed)
		type("\035q");
	if (fake.console.link.framed && !has_printed) {
		fake_print(1, "hello \x1b[2J[linux]\n");
		has_printed = true;
	}
}

/* A guest that answers the line that it gets. */
static void echo_guest(void)
{
	uint8_t keys[16];
	size_t count = fake_keys(0, keys, sizeof(keys));

	if (has_printed)
		type("\035q");
	if (count && keys[count - 1] == '\r') {
		fake_print(0, "got ");
		fake_print_bytes(0, keys, count - 1);
		fake_print(0, "\n");
		has_printed = true;
	}
}

/* Lets the person leave when the command's answer is on its way. */
static void leaving_guest(void)
{
	if (has_printed)
		type("\035q");
	has_printed = fake.shell.commands[0].over;
}

/* A session that a person types `keys` into. Its output is returned, to be freed. */
static char *session_with(const char *keys, const struct session_options *options, int *status)
{
	static struct session session;
	FILE *output = tmpfile();
	int old_input = dup(STDIN_FILENO), old_output = dup(STDOUT_FILENO), ends[2];
	char *text = calloc(1, 65536);

	memset(&session, 0, sizeof(session));
	has_printed = false;
	assert_int_equal(pipe(ends), 0);
	typing = ends[1];
	type(keys);
	fflush(stdout);
	dup2(ends[0], STDIN_FILENO);
	dup2(fileno(output), STDOUT_FILENO);
	*status = session_run(&session, fake_machine_start(), options);
	fake_machine_stop();
	fflush(stdout);
	dup2(old_input, STDIN_FILENO);
	dup2(old_output, STDOUT_FILENO);
	close(old_input);
	close(old_output);
	close(ends[0]);
	close(ends[1]);
	rewind(output);
	assert_true(fread(text, 1, 65535, output) < 65535);
	fclose(output);
	return text;
}

static void test_console_leaves(void **state)
{
	struct session_options options = {0};
	int status;

	(void)state;
	fake_start(two);
	char *text = session_with("\035?\035q", &options, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_non_null(strstr(text, "[console] Ctrl-] 1..8: type to a partition"));
	assert_non_null(strstr(text, "[console]   2  rt\r\n"));
	assert_false(fake.console.link.framed);
	free(text);
}

/* The reader of standard output goes, as `head` does: the session ends with words. */
static void test_console_without_a_reader(void **state)
{
	static struct session session;
	struct session_options options = {0};
	int old_output = dup(STDOUT_FILENO), ends[2];

	(void)state;
	memset(&session, 0, sizeof(session));
	fake_start(two);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	fflush(stdout);
	dup2(ends[1], STDOUT_FILENO);
	assert_int_equal(session_run(&session, fake_machine_start(), &options), EXIT_FAILURE);
	fake_machine_stop();
	clearerr(stdout);
	dup2(old_output, STDOUT_FILENO);
	close(old_output);
	close(ends[1]);
}

static void test_console_wrong_partition(void **state)
{
	struct session_options options = {.partition = "nobody"};
	int status;

	(void)state;
	fake_start(two);
	free(session_with("", &options, &status));
	assert_int_equal(status, EXIT_FAILURE);
}

static void test_console_shows_and_filters(void **state)
{
	struct session_options options = {0};
	int status;

	(void)state;
	fake_start(two);
	fake_machine_guest = talking_guest;
	char *text = session_with("", &options, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_non_null(strstr(text, "[rt] hello [linux?\r\n"));
	free(text);
}

static void test_console_keys(void **state)
{
	struct session_options options = {0};
	int status;

	(void)state;
	fake_start(two);
	fake_machine_guest = echo_guest;
	char *text = session_with("ls\r", &options, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_non_null(strstr(text, "[linux] got ls\r\n"));
	free(text);
}

static void test_console_one_partition(void **state)
{
	struct session_options options = {.partition = "rt"};
	int status;

	(void)state;
	fake_start(two);
	fake_machine_guest = talking_guest;
	char *text = session_with("", &options, &status);
	assert_string_equal(text, "hello [linux?\r\n");
	free(text);
	options.raw = true;
	fake_start(two);
	fake_machine_guest = talking_guest;
	text = session_with("", &options, &status);
	assert_string_equal(text, "hello \x1b[2J[linux]\n");
	free(text);
}

/* ---- commands ---- */

#define SILENCE_MS   1000 /* is none, however busy the host is */
#define WATCHED_MOST 2000 /* so that who watches has asked twice by then */

/* Lines up to NULL; what was printed and complained of is returned, to be freed. */
static char *command_with(const char *const lines[], int silence, int *status)
{
	char *text;
	size_t size, count = 0;
	FILE *out = open_memstream(&text, &size);
	struct command_way way = {"console", out, out, silence};

	while (lines[count])
		count++;
	*status = command_run(fake_machine_start(), lines, count, &way);
	fake_machine_stop();
	fclose(out);
	return text;
}

static void test_commands(void **state)
{
	static const char *const good[] = {"stop rt", "help resume", NULL};
	static const char *const bad[] = {"stop rt", "list rt", "help", NULL};
	int status;

	(void)state;
	fake_start(two);
	char *text = command_with(good, 10000, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_string_equal(text, "rt is stopped already\nresume NAME: lets it go on\n");
	free(text);
	fake_start(two);
	text = command_with(bad, 10000, &status);
	assert_int_equal(status, EXIT_FAILURE);
	assert_string_equal(text, "rt is stopped already\n"
	                          "write it so: list [--json]: all partitions in a line each\n");
	free(text);
}

/* What a partition printed reaches a script's log, but tells no terminal anything. */
static void test_command_shows_what_a_guest_printed(void **state)
{
	static const char *const lines[] = {"log linux", NULL};
	int status;

	(void)state;
	fake_start(two);
	fake_print(0, "a\x1b[2J\x07\xc3\xa4\tb\n");
	char *text = command_with(lines, 10000, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_non_null(strstr(text, "\n  | a\xc3\xa4 b\n"));
	assert_null(strchr(text, '\x1b'));
	free(text);
}

static void test_command_without_an_answer(void **state)
{
	static const char *const lines[] = {"suspend linux", NULL};
	int status;

	(void)state;
	fake_start(two);
	fake_life(0, LIFE_RUNNING); /* and nobody suspends it */
	char *text = command_with(lines, SILENCE_MS, &status);
	assert_int_equal(status, EXIT_FAILURE);
	assert_string_equal(
	    text, "kumiki console: 'suspend linux': no answer (does the system still run?) within "
	          "1 s; if the machine or its host is slow, wait longer: KUMIKI_PATIENCE=4 in the "
	          "environment\n");
	free(text);
}

static unsigned int watched; /* turns of the machine */

/* Until then "stop rt" is answered at once, and later not at all. */
static void starting_guest(void)
{
	if (++watched != WATCHED_MOST)
		return;
	fake_life(0, LIFE_RUNNING); /* rt isn't the last one */
	fake_life(1, LIFE_RUNNING);
}

static char *watch(bool screen)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct command_way way = {"top", out, out, SILENCE_MS};

	watched = 0;
	fake_start(two);
	fake_machine_guest = starting_guest;
	assert_int_equal(command_watch(fake_machine_start(), "stop rt off", screen, &way),
	                 EXIT_FAILURE);
	fake_machine_stop();
	fclose(out);
	return text;
}

/* One below the other, or in place; it ends when the system doesn't answer. */
static void test_watching(void **state)
{
	static const char twice[] = "rt is stopped already\nrt is stopped already\n";
	static const char in_place[] =
	    "\x1b[H\x1b[J\x1b[Hrt is stopped already\x1b[K\n\x1b[J\x1b[Hrt is stopped";

	(void)state;
	char *text = watch(false);
	assert_int_equal(strncmp(text, twice, strlen(twice)), 0);
	assert_non_null(strstr(text,
	                       "\nkumiki top: 'stop rt off': no answer (does the system still "
	                       "run?) within 1 s; "));
	free(text);
	text = watch(true);
	assert_int_equal(strncmp(text, in_place, strlen(in_place)), 0);
	free(text);
}

static void test_console_offers_the_command_line(void **state)
{
	struct session_options options = {0};
	int status;

	(void)state;
	fake_start(two);
	fake_machine_guest = leaving_guest;
	char *text = session_with("\035clist\r", &options, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_non_null(strstr(text, "[kumiki] kumiki> list\r\n"));
	assert_non_null(strstr(text, "[kumiki]  2  rt                stopped"));
	free(text);
}

static unsigned int prompt_turns;

/* News come while a line is half typed; then the line is completed, and its command ends. */
static void news_guest(void)
{
	if (++prompt_turns == 50)
		fake_life(1, LIFE_SUSPENDED);
	if (prompt_turns == 100)
		type("st\ta\t\r");
	if (prompt_turns > 100)
		leaving_guest();
}

static void test_prompt_below_news(void **state)
{
	struct session_options options = {0};
	int status;

	(void)state;
	prompt_turns = 0;
	fake_start(two);
	fake_life(1, LIFE_RUNNING);
	fake_machine_guest = news_guest;
	char *text = session_with("\035cwxyz\x17help ", &options, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_non_null(strstr(text, "rt is suspended\r\n[kumiki] kumiki> help "));
	assert_non_null(strstr(text, "start  stop    \r\n[kumiki] kumiki> help st"));
	assert_non_null(strstr(
	    text, "[kumiki] start NAME: starts what is stopped, resumes what is suspended\r\n"));
	free(text);
}

static bool has_cancelled;

static void cancelling_guest(void)
{
	if (fake.console.runs[0] && !has_cancelled) {
		type("typed ahead\x03list\r");
		has_cancelled = true;
	}
	if (has_cancelled && !fake.console.runs[0])
		leaving_guest();
}

/* Ctrl-C ends a command that runs, and forgets the keys typed ahead; a blank line does nothing. */
static void test_prompt_cancels(void **state)
{
	struct session_options options = {0};
	int status;

	(void)state;
	has_cancelled = false;
	fake_start(two);
	fake_machine_guest = cancelling_guest;
	char *text = session_with("\035c  \rtop 30\r", &options, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_non_null(strstr(text, "kumiki>   \r\n[kumiki] kumiki> top 30\r\n[kumiki] ^C\r\n"));
	assert_non_null(strstr(text, "[kumiki] kumiki> list\r\n"));
	assert_null(strstr(text, "typed ahead"));
	free(text);
}

/* Many keys are brought over in parts that fit. */
static void test_session_parts(void **state)
{
	static struct session session;
	static const struct session_options options = {0};
	uint8_t many[700];
	size_t got = 0;

	(void)state;
	fake_start(two);
	memset(&session, 0, sizeof(session));
	session.options = &options;
	session.screen.focus = 1;
	session.partitions = 2;
	session.screen.open = TERMSCREEN_NOBODY;
	assert_true(link_open(&session.link, fake_machine_start(), stderr));
	struct linkframe frame;
	assert_true(link_hello(&session.link, &frame, 10000, stderr));
	memset(many, 'm', sizeof(many));
	session_type(&session, many, sizeof(many));
	for (int64_t now = 0; session.keys.count > 700 - CONSOLE_IN_SIZE; now += 100) {
		assert_true(session_send_keys(&session, now));
		assert_int_equal(link_receive(&session.link, &frame, 10000), LINK_GOT_FRAME);
		assert_int_equal(frame.type, LINK_TOOK);
		session_took(&session, &frame, now);
	}
	/* Full: an offer takes nothing, and isn't repeated at once. */
	assert_true(session_send_keys(&session, 5000));
	assert_int_equal(link_receive(&session.link, &frame, 10000), LINK_GOT_FRAME);
	session_took(&session, &frame, 5000);
	assert_int_equal(session.keys.count, 700 - CONSOLE_IN_SIZE);
	assert_true(session_send_keys(&session, 5001));
	assert_false(session.keys.asked);
	link_close(&session.link, true);
	fake_machine_stop();
	uint8_t keys[CONSOLE_IN_SIZE];
	got = fake_keys(1, keys, sizeof(keys));
	assert_int_equal(got, CONSOLE_IN_SIZE);
}

static void read_log(const char *folder, const char *name, char *text, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *log = fopen(path, "rb");
	assert_non_null(log);
	text[fread(text, 1, size - 1, log)] = 0;
	fclose(log);
	unlink(path);
}

/* The folder of --log need not be there. */
static void test_console_log(void **state)
{
	char folder[] = "/tmp/kumiki-log-XXXXXX", text[64];
	struct session_options options = {.log = folder};
	int status;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(rmdir(folder), 0);
	fake_start(two);
	fake_machine_guest = talking_guest;
	free(session_with("", &options, &status));
	assert_int_equal(status, EXIT_SUCCESS);
	read_log(folder, "linux.log", text, sizeof(text));
	assert_string_equal(text, "");
	read_log(folder, "rt.log", text, sizeof(text));
	assert_string_equal(text, "hello \x1b[2J[linux]\n");
	read_log(folder, "kumiki.log", text, sizeof(text));
	assert_int_equal(rmdir(folder), 0);
}

/* The session's complaints are returned, to be freed. */
static char *complaints_of(const struct session_options *options, int *status)
{
	FILE *complaints = tmpfile();
	int old = dup(STDERR_FILENO);
	char *text = calloc(1, 4096);

	dup2(fileno(complaints), STDERR_FILENO);
	free(session_with("", options, status));
	dup2(old, STDERR_FILENO);
	close(old);
	rewind(complaints);
	assert_true(fread(text, 1, 4095, complaints) < 4095);
	fclose(complaints);
	return text;
}

/* A log whose disk is full doesn't end the session: it is told once, and makes the status. */
static void test_console_log_on_a_full_disk(void **state)
{
	char folder[] = "/tmp/kumiki-log-XXXXXX", path[64];
	struct session_options options = {.log = folder};
	int status;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/rt.log", folder);
	assert_int_equal(symlink("/dev/full", path), 0);
	fake_start(two);
	fake_machine_guest = talking_guest;
	char *said = complaints_of(&options, &status);
	assert_int_equal(status, EXIT_FAILURE);
	char *first = strstr(said, "/rt.log' lacks output of this session: No space left");
	assert_non_null(first);
	assert_null(strstr(first + sizeof("/rt.log' lacks output"), "lacks output"));
	free(said);
	unlink(path);
	snprintf(path, sizeof(path), "%s/linux.log", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/kumiki.log", folder);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hello),
	    cmocka_unit_test(test_the_goodbye_arrives),
	    cmocka_unit_test(test_no_link),
	    cmocka_unit_test(test_a_file_is_no_link),
	    cmocka_unit_test(test_patience),
	    cmocka_unit_test(test_trace_fetch),
	    cmocka_unit_test(test_console_leaves),
	    cmocka_unit_test(test_console_without_a_reader),
	    cmocka_unit_test(test_console_wrong_partition),
	    cmocka_unit_test(test_console_shows_and_filters),
	    cmocka_unit_test(test_console_keys),
	    cmocka_unit_test(test_console_one_partition),
	    cmocka_unit_test(test_prompt_below_news),
	    cmocka_unit_test(test_prompt_cancels),
	    cmocka_unit_test(test_session_parts),
	    cmocka_unit_test(test_commands),
	    cmocka_unit_test(test_command_shows_what_a_guest_printed),
	    cmocka_unit_test(test_command_without_an_answer),
	    cmocka_unit_test(test_watching),
	    cmocka_unit_test(test_console_offers_the_command_line),
	    cmocka_unit_test(test_console_log),
	    cmocka_unit_test(test_console_log_on_a_full_disk),
	};

	unsetenv("KUMIKI_PATIENCE"); /* it is waited for what never comes */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
