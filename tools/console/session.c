/*
 * The attached console: one loop over the person's keys and the link's frames. The frames carry a
 * guest's text unfiltered, so it is filtered here (lib/termscreen.h).
 */
#include "session.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SESSION_HELLO_MS 10000
#define SESSION_PING_MS  3000
#define SESSION_RETRY_MS 20 /* keys that had no room are offered again */
#define SESSION_QUIET_MS 50 /* the focused line comes back after an unfinished line */

static const char *const prefix_colours[] = {"\x1b[1;36m", "\x1b[1;33m", "\x1b[1;32m", "\x1b[1;35m",
                                             "\x1b[1;31m", "\x1b[1;34m", "\x1b[36m",   "\x1b[33m"};
static const char core_colour[] = "\x1b[1m";

static void session_write(void *context, const void *bytes, size_t size)
{
	fwrite(bytes, 1, size, context);
}

static bool session_welcome(struct session *session, const struct linkframe *frame)
{
	struct link_welcome welcome;
	const uint8_t *names = frame->payload + sizeof(welcome);

	if (frame->size < sizeof(welcome))
		return false;
	memcpy(&welcome, frame->payload, sizeof(welcome));
	if (welcome.partitions > BUNDLE_PARTITIONS_MAX || welcome.cores > BUNDLE_CORES_MAX)
		return false;
	session->partitions = (uint8_t)welcome.partitions;
	session->sources = (uint8_t)(welcome.partitions + 1);
	if (frame->size < sizeof(welcome) + session->sources * sizeof(struct link_source))
		return false;
	for (uint32_t i = 0; i < session->sources; i++)
		memcpy(session->name[i], names + i * sizeof(struct link_source), BUNDLE_NAME_SIZE);
	return true;
}

static void session_screen(struct session *session)
{
	bool coloured = isatty(fileno(session->out));

	for (uint32_t i = 0; i < session->sources; i++) {
		session->shown[i].name = session->names[i] = session->name[i];
		if (coloured)
			session->shown[i].colour =
			    i < session->partitions ? prefix_colours[i] : core_colour;
	}
	session->names[session->sources] = "console";
	session->reserved.name = session->names;
	session->reserved.count = session->sources + 1;
	session->screen.sources = session->shown;
	session->screen.write = session_write;
	session->screen.context = session->out;
	session->screen.bare = session->options->partition != NULL;
	termscreen_start(&session->screen, session->sources, &session->reserved);
	session->screen.focus = session->partitions ? 0 : TERMSCREEN_NOBODY;
}

static bool session_choose(struct session *session)
{
	const char *wanted = session->options->partition;

	if (!wanted)
		return true;
	for (uint8_t i = 0; i < session->partitions; i++) {
		if (strcmp(session->name[i], wanted) == 0) {
			session->screen.focus = i;
			return true;
		}
	}
	fprintf(stderr, "kumiki console: the system has no partition '%s', but:", wanted);
	for (uint32_t i = 0; i < session->partitions; i++)
		fprintf(stderr, " %s", session->name[i]);
	fputc('\n', stderr);
	return false;
}

/* The command that packs a system allows only letters, digits, '-' and '_' in a name. But over a
 * link, a name may have any bytes. */
static bool session_log_name(const char *name)
{
	return *name && !strchr(name, '/') && *name != '.';
}

static bool session_unlogged(const char *path)
{
	fprintf(stderr,
	        "kumiki console: cannot write '%s': %s; give --log a folder where you may write\n",
	        path, strerror(errno));
	return false;
}

static bool session_open_log(struct session *session, uint32_t source)
{
	char path[4096];
	const char *name = session->name[source];

	if (!session_log_name(name))
		return true;
	snprintf(path, sizeof(path), "%s/%s.log", session->options->log, name);
	session->logs[source] = fopen(path, "ab");
	if (!session->logs[source])
		session_unlogged(path);
	return session->logs[source] != NULL;
}

static bool session_open_logs(struct session *session)
{
	const char *folder = session->options->log;
	bool good = true;

	if (folder && mkdir(folder, 0777) != 0 && errno != EEXIST)
		return session_unlogged(folder);
	for (uint32_t i = 0; folder && good && i < session->sources; i++)
		good = session_open_log(session, i);
	return good;
}

static void session_log_failed(struct session *session, uint32_t source)
{
	if (session->log_error)
		return;
	session->log_error = errno;
	session->log_failed = source;
	session_notice(session, "a log takes nothing more: ", session->name[source]);
}

/* If a log has no room, this is told once, and the exit status shows it. The person's session goes
 * on. */
static void session_log(struct session *session, uint32_t source, const uint8_t *bytes, size_t size)
{
	FILE *log = session->logs[source];

	if (log && (fwrite(bytes, 1, size, log) != size || fflush(log) != 0))
		session_log_failed(session, source);
}

/* False: a log lacks output, and there was a complaint. */
static bool session_close_logs(struct session *session)
{
	for (uint32_t i = 0; i < session->sources; i++)
		if (session->logs[i] && fclose(session->logs[i]) != 0)
			session_log_failed(session, i);
	if (session->log_error)
		fprintf(stderr,
		        "kumiki console: '%s/%s.log' lacks output of this session: %s; make room "
		        "there, or give --log another folder\n",
		        session->options->log, session->name[session->log_failed],
		        strerror(session->log_error));
	return session->log_error == 0;
}

void session_show(struct session *session, uint8_t source, const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size;)
		at += termscreen_put(&session->screen, source, bytes + at, size - at);
}

static void session_output(struct session *session, uint8_t source, const uint8_t *bytes,
                           size_t size)
{
	if (size == 0 || source >= session->sources)
		return;
	session_log(session, source, bytes, size);
	if (session->options->partition && source != session->screen.focus)
		return;
	if (session->options->raw) {
		fwrite(bytes, 1, size, session->out);
		return;
	}
	if (source == session->partitions)
		prompt_news(session, bytes, size);
	else
		session_show(session, source, bytes, size);
}

/* Shows the frame's report of the machine's end or reset. A hub gives it as output. */
static void session_report(struct session *session)
{
	const uint8_t *report;
	const size_t size = plain_report(&session->link.plain, &report);

	session_output(session, session->partitions, report, size);
	session->link.plain.size = 0;
}

/* Says hello again. The system has gone back to plain text, as it does when it has heard nothing:
 * it or this program stood still. */
static void session_again(struct session *session)
{
	const uint32_t hello[2] = {LINK_REVISION, session->link.rights};

	session->keys.asked = false;
	(void)link_send(&session->link, LINK_HELLO, hello, sizeof(hello));
	prompt_again(session);
}

/* Type 0: a frame came damaged. It may have been the command, or a Ctrl-C after it. */
static void session_refused(struct session *session, const struct linkframe *frame)
{
	if (frame->size && frame->payload[0] == 0)
		prompt_damaged(session, frame);
	else if (frame->size && frame->payload[0] == LINK_COMMAND)
		prompt_error(session, frame);
	else if (session->keys.asked) /* the system can't take them */
		session->keys.count = 0;
}

static int64_t session_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void session_frame(struct session *session, const struct linkframe *frame)
{
	switch (frame->type) {
	case LINK_OUTPUT:
		if (frame->size > 1)
			session_output(session, frame->payload[0], frame->payload + 1,
			               frame->size - 1u);
		break;
	case LINK_WELCOME:
		session_report(session);
		break;
	case LINK_TOOK:
		session_took(session, frame, session_now());
		break;
	case LINK_ANSWER:
		prompt_answer(session, frame);
		break;
	case LINK_ERROR:
		if (link_wants_hello(frame))
			session_again(session);
		else
			session_refused(session, frame);
		session->keys.asked = false;
		break;
	default:
		break;
	}
}

/* False: the link is gone. */
static bool session_frames(struct session *session)
{
	struct linkframe frame;
	enum link_result result;

	while ((result = link_receive(&session->link, &frame, 0)) == LINK_GOT_FRAME)
		session_frame(session, &frame);
	if (result == LINK_CLOSED)
		session_report(session);
	termscreen_settle(&session->screen);
	if (!termscreen_is_covered(&session->screen)) /* the rest of that line may be on its way */
		termscreen_return(&session->screen);
	fflush(session->out);
	return result != LINK_CLOSED;
}

/* Reads the person's keys. The end of a file ends the reading, but not the session. */
static void session_keys(struct session *session, struct pollfd *input)
{
	uint8_t bytes[SESSION_KEYS_MAX / 4];
	ssize_t count;

	if (!(input->revents & (POLLIN | POLLHUP)))
		return;
	count = read(input->fd, bytes, sizeof(bytes));
	if (count > 0)
		session_type(session, bytes, (size_t)count);
	else if (count == 0)
		input->fd = -1;
}

/* While the buffer for keys is nearly full, a file's next bytes wait. A person's keys are always
 * read, as Ctrl-] must be heard. */
static bool session_reads(const struct session *session)
{
	return session->keys.count < SESSION_KEYS_MAX / 2 || isatty(STDIN_FILENO);
}

static bool session_turn(struct session *session, struct pollfd poller[2], int64_t *pinged)
{
	int64_t left = *pinged + SESSION_PING_MS - session_now();
	int wait = left > 0 ? (int)left : 0;
	bool covered = termscreen_is_covered(&session->screen);

	if (covered && wait > SESSION_QUIET_MS)
		wait = SESSION_QUIET_MS;
	if (session->keys.count && wait > SESSION_RETRY_MS)
		wait = SESSION_RETRY_MS;
	poller[1].events = session_reads(session) ? POLLIN : 0;
	if (poll(poller, 2, wait) > 0)
		session_keys(session, &poller[1]);
	else if (covered)
		termscreen_return(&session->screen);
	termscreen_width(&session->screen, session->sources,
	                 terminal_columns(fileno(session->out)));
	if (!session_frames(session) || !session_send_keys(session, session_now()))
		return false;
	if (session_now() - *pinged < SESSION_PING_MS)
		return true;
	*pinged = session_now();
	return link_send(&session->link, LINK_PING, NULL, 0);
}

/* False: the link is gone. */
static bool session_loop(struct session *session)
{
	struct pollfd poller[2] = {{.fd = session->link.input, .events = POLLIN},
	                           {.fd = STDIN_FILENO, .events = POLLIN}};
	int64_t pinged = session_now();
	bool good = true;

	if (session->link.input == STDIN_FILENO) /* the link itself: no keys */
		poller[1].fd = -1;
	while (good && !session->over && !terminal_ended() && !ferror(session->out))
		good = session_turn(session, poller, &pinged);
	termscreen_close(&session->screen);
	fflush(session->out);
	return good;
}

/* If the machine switches itself off, the session ends as usual. */
static bool session_attached(struct session *session)
{
	bool left;

	terminal_raw();
	session_notice(session, "Ctrl-] ? for help, Ctrl-] q leaves", NULL);
	left = session_loop(session);
	terminal_restore();
	if (!left)
		fprintf(stderr, "kumiki console: %s\n",
		        link_why(&session->link, "the machine is off, or the link was closed"));
	return link_printed(session->out, "console", stderr);
}

int session_run(struct session *session, const char *path, const struct session_options *options)
{
	struct linkframe welcome;
	int status = EXIT_FAILURE;

	session->options = options;
	if (!link_open(&session->link, path, stderr))
		return EXIT_FAILURE;
	session->link.rights = options->look        ? LINK_LOOK
	                       : options->partition ? LINK_LOOK | LINK_TYPE
	                                            : LINK_LOOK | LINK_TYPE | LINK_ORDER;
	session->out = session->link.output == STDOUT_FILENO ? stderr : stdout;
	if (link_hello(&session->link, &welcome, SESSION_HELLO_MS, stderr)) {
		if (!session_welcome(session, &welcome)) {
			fputs("kumiki console: the system's welcome makes no sense\n", stderr);
		} else {
			session_screen(session);
			if (session_choose(session) && session_open_logs(session) &&
			    session_attached(session))
				status = EXIT_SUCCESS;
		}
	}
	if (!session_close_logs(session))
		status = EXIT_FAILURE;
	link_close(&session->link, true);
	return status;
}
