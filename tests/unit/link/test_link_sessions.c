/* Sessions of `kumiki console` on the link, against the real console service. */
#include "fake_machine.h"
#include <console/session.h>
#include <host/link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unit.h>

static const char *const two[] = {"linux", "rt", NULL};

static int typing; /* the person's end of the session's standard input */
static bool has_printed;

static void type(const char *keys)
{
	if (write(typing, keys, strlen(keys)) != (ssize_t)strlen(keys))
		abort(); /* in the machine's thread, where cmocka's checks can't be used */
}

/*
 * A guest prints something. In its next turn the link has brought it, and the guest lets the person
 * leave.
 */
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

TEST(test_console_leaves)
{
	struct session_options options = {0};
	int status;

	fake_start(two);
	char *text = session_with("\035?\035q", &options, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_non_null(strstr(text, "[console] Ctrl-] 1..8: type to a partition"));
	assert_non_null(strstr(text, "[console]   2  rt\r\n"));
	assert_false(fake.console.link.framed);
	free(text);
}

/* The reader of standard output goes, as `head` does: the session ends with words. */
TEST(test_console_without_a_reader)
{
	static struct session session;
	struct session_options options = {0};
	int old_output = dup(STDOUT_FILENO), ends[2];

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

TEST(test_console_wrong_partition)
{
	struct session_options options = {.partition = "nobody"};
	int status;

	fake_start(two);
	free(session_with("", &options, &status));
	assert_int_equal(status, EXIT_FAILURE);
}

TEST(test_console_shows_and_filters)
{
	struct session_options options = {0};
	int status;

	fake_start(two);
	fake_machine_guest = talking_guest;
	char *text = session_with("", &options, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_non_null(strstr(text, "[rt] hello [linux?\r\n"));
	free(text);
}

TEST(test_console_keys)
{
	struct session_options options = {0};
	int status;

	fake_start(two);
	fake_machine_guest = echo_guest;
	char *text = session_with("ls\r", &options, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_non_null(strstr(text, "[linux] got ls\r\n"));
	free(text);
}

TEST(test_console_one_partition)
{
	struct session_options options = {.partition = "rt"};
	int status;

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

TEST(test_console_offers_the_command_line)
{
	struct session_options options = {0};
	int status;

	fake_start(two);
	fake_machine_guest = leaving_guest;
	char *text = session_with("\035clist\r", &options, &status);
	assert_int_equal(status, EXIT_SUCCESS);
	assert_non_null(strstr(text, "[kumiki] kumiki> list\r\n"));
	assert_non_null(strstr(text, "[kumiki]  2  rt                stopped"));
	free(text);
}

static unsigned int prompt_turns;

/* News come while a line is half typed. Then the line is completed, and its command ends. */
static void news_guest(void)
{
	if (++prompt_turns == 50)
		fake_life(1, LIFE_SUSPENDED);
	if (prompt_turns == 100)
		type("st\ta\t\r");
	if (prompt_turns > 100)
		leaving_guest();
}

TEST(test_prompt_below_news)
{
	struct session_options options = {0};
	int status;

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
TEST(test_prompt_cancels)
{
	struct session_options options = {0};
	int status;

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
TEST(test_session_parts)
{
	static struct session session;
	static const struct session_options options = {0};
	uint8_t many[700];
	size_t got = 0;

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
TEST(test_console_log)
{
	char folder[] = "/tmp/kumiki-log-XXXXXX", text[64];
	struct session_options options = {.log = folder};
	int status;

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
TEST(test_console_log_on_a_full_disk)
{
	char folder[] = "/tmp/kumiki-log-XXXXXX", path[64];
	struct session_options options = {.log = folder};
	int status;

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
