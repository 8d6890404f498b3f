/* The host's end of the link: see host/link.h. It has one thread, waits with poll(), and has no
 * buffer besides the parser's. */
#include <errno.h>
#include <fcntl.h>
#include <host/link.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* When to send a second hello. If an earlier client left within a frame, the service takes the
 * first hello for the rest of that frame. By now it has given that frame up. */
#define LINK_HELLO_AGAIN_MS (LINK_FRAME_MS + LINK_FRAME_MS / 2)

/* The longest wait for a system that takes no bytes. */
#define LINK_LEAVE_MS 1000

#define LINK_FAULT 2u /* an error's bytes before its text: which frame is at fault */

/* The longest wait is then half a day. */
#define LINK_PATIENCE_MAX 1000

/* Reads how many times as long the link waits: it can't know how slow the machine and its host
 * are. */
static bool open_patience(struct link *link, FILE *complaints)
{
	const char *text = getenv("KUMIKI_PATIENCE");
	char *end = NULL;
	long patience = 1;

	if (text && *text)
		patience = strtol(text, &end, 10);
	if ((end && *end) || patience < 1 || patience > LINK_PATIENCE_MAX) {
		fprintf(
		    complaints,
		    "kumiki: KUMIKI_PATIENCE is '%s'; give a whole number from 1 to %d: so many "
		    "times as long is waited for what a running system is to answer\n",
		    text, LINK_PATIENCE_MAX);
		return false;
	}
	link->patience = (int)patience;
	return true;
}

int link_patient(const struct link *link, int milliseconds)
{
	return link->patience > 1 ? milliseconds * link->patience : milliseconds;
}

void link_too_late(const struct link *link, int milliseconds, const char *what, FILE *complaints)
{
	int patience = link->patience > 1 ? link->patience : 1;
	int more = patience < LINK_PATIENCE_MAX / 4 ? 4 * patience : LINK_PATIENCE_MAX;

	fprintf(complaints,
	        "%s within %d s; if the machine or its host is slow, wait longer: "
	        "KUMIKI_PATIENCE=%d in the environment\n",
	        what, (link_patient(link, milliseconds) + 999) / 1000, more);
}

static bool open_error(const char *path, FILE *complaints)
{
	fprintf(complaints,
	        "kumiki: cannot open the link '%s': %s; give the socket of 'kumiki run --link' (it "
	        "is there once the machine has started), a terminal device, or - for standard "
	        "input and output\n",
	        path, strerror(errno));
	return false;
}

static bool open_socket(struct link *link, const char *path, FILE *complaints)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return open_error(path, complaints);
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	link->input = link->output = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (link->input < 0 ||
	    connect(link->input, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		open_error(path, complaints);
		link_close(link, false);
		return false;
	}
	return true;
}

/* Sets a terminal device to raw bytes. Its speed stays: the user sets it with stty, and the
 * system's UART has the speed that its firmware chose. */
static void open_raw(struct link *link)
{
	struct termios raw;

	if (tcgetattr(link->input, &link->settings) != 0)
		return;
	link->terminal = true;
	raw = link->settings;
	cfmakeraw(&raw);
	raw.c_cflag |= CLOCAL;
	tcsetattr(link->input, TCSANOW, &raw);
}

/* Refuses a plain file: a hello would overwrite its first bytes. */
static bool open_no_link(const char *path, FILE *complaints)
{
	fprintf(complaints,
	        "kumiki: '%s' is no link: it is neither a socket nor a terminal device; give the "
	        "socket of 'kumiki run --link', a terminal device, or - for standard input and "
	        "output\n",
	        path);
	return false;
}

static bool open_device(struct link *link, const char *path, FILE *complaints)
{
	link->input = link->output = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (link->input < 0)
		return open_error(path, complaints);
	open_raw(link);
	return true;
}

bool link_open(struct link *link, const char *path, FILE *complaints)
{
	struct stat status;

	memset(link, 0, sizeof(*link));
	link->input = link->output = -1;
	signal(SIGPIPE, SIG_IGN); /* a write to a closed link fails, with a message */
	if (!open_patience(link, complaints))
		return false;
	if (strcmp(path, "-") == 0) {
		link->input = STDIN_FILENO;
		link->output = STDOUT_FILENO;
		return true;
	}
	if (stat(path, &status) != 0)
		return open_error(path, complaints);
	if (S_ISSOCK(status.st_mode))
		return open_socket(link, path, complaints);
	return S_ISCHR(status.st_mode) ? open_device(link, path, complaints)
	                               : open_no_link(path, complaints);
}

static int64_t link_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for input. True: there are bytes, or the input's end. */
static bool link_wait(const struct link *link, int64_t deadline)
{
	struct pollfd poller = {.fd = link->input, .events = POLLIN};
	int64_t left = deadline - link_now();

	return poll(&poller, 1, left > 0 ? (int)left : 0) > 0;
}

/*
 * Ends the output, and waits until the other side has taken all of it. If the client just closed,
 * QEMU would drop the bytes that haven't reached the UART. Then the next client would wait until
 * the service gives up half a frame. Only a socket can end one direction alone.
 */
static void link_leave(struct link *link)
{
	int64_t deadline = link_now() + link_patient(link, LINK_LEAVE_MS);

	(void)link_send(link, LINK_BYE, NULL, 0);
	if (shutdown(link->output, SHUT_WR) != 0)
		return;
	while (link_wait(link, deadline))
		if (read(link->input, link->bytes, sizeof(link->bytes)) <= 0)
			return;
}

void link_close(struct link *link, bool bye)
{
	if (bye && link->output >= 0)
		link_leave(link);
	if (link->terminal)
		tcsetattr(link->input, TCSADRAIN, &link->settings);
	if (link->input > STDERR_FILENO)
		close(link->input);
	link->input = link->output = -1;
}

static bool link_write(struct link *link, const uint8_t *bytes, size_t size)
{
	size_t sent = 0;

	while (sent < size) {
		ssize_t count = write(link->output, bytes + sent, size - sent);

		if (count < 0 && errno != EINTR)
			return false;
		if (count > 0)
			sent += (size_t)count;
	}
	return true;
}

bool link_send(struct link *link, uint8_t type, const void *payload, size_t size)
{
	uint8_t frame[LINKFRAME_MAX];

	if (size)
		memcpy(frame + LINKFRAME_HEADER, payload, size);
	return link_write(link, frame, linkframe_close(frame, type, size));
}

static bool link_parse(struct link *link, struct linkframe *frame)
{
	if (linkframe_next(&link->parser, frame))
		return true;
	while (link->next < link->have) {
		const uint8_t byte = link->bytes[link->next++];

		plain_put(&link->plain, byte);
		(void)linkframe_put(&link->parser, byte);
		if (linkframe_next(&link->parser, frame))
			return true;
	}
	return false;
}

/* The text of a frame, from byte `from` on, without control characters. */
static const char *link_words(const struct linkframe *frame, size_t from, char *text, size_t size)
{
	int length = frame->size > from ? (int)(frame->size - from) : 0;

	snprintf(text, size, "%.*s", length, (const char *)frame->payload + from);
	for (char *at = text; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return text;
}

enum link_result link_receive(struct link *link, struct linkframe *frame, int milliseconds)
{
	int64_t deadline = link_now() + milliseconds;

	while (!link_parse(link, frame)) {
		if (!link_wait(link, deadline)) {
			if (link_now() >= deadline)
				return LINK_NOTHING;
			continue;
		}
		ssize_t count = read(link->input, link->bytes, sizeof(link->bytes));
		if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN))
			return LINK_CLOSED;
		link->next = 0;
		link->have = count > 0 ? (size_t)count : 0;
	}
	if (frame->type != LINK_WELCOME && frame->type != LINK_ERROR)
		link->plain.size = 0;
	if (frame->type != LINK_OVER)
		return LINK_GOT_FRAME;
	(void)link_words(frame, 0, link->last, sizeof(link->last));
	return LINK_CLOSED;
}

/* What the system said as it closed the link. Before that message there may be frames that no
 * caller waits for. */
const char *link_why(struct link *link, const char *otherwise)
{
	struct linkframe frame;

	while (*link->last == 0 && link_receive(link, &frame, 0) == LINK_GOT_FRAME)
		continue;
	return *link->last ? link->last : otherwise;
}

bool link_wants_hello(const struct linkframe *frame)
{
	static const char words[] = "say hello first";

	return frame->type == LINK_ERROR && frame->size == LINK_FAULT + strlen(words) &&
	       memcmp(frame->payload + LINK_FAULT, words, strlen(words)) == 0;
}

const char *link_fault(const struct linkframe *frame, char *text, size_t size)
{
	return link_words(frame, LINK_FAULT, text, size);
}

bool link_printed(FILE *out, const char *program, FILE *complaints)
{
	if (fflush(out) == 0 && !ferror(out))
		return true;
	fprintf(complaints,
	        "kumiki %s: standard output takes nothing more: nobody reads it any more, or its "
	        "disk is full\n",
	        program);
	return false;
}

static bool hello_failed(struct link *link, enum link_result result, const char *said,
                         int milliseconds, FILE *complaints)
{
	if (result == LINK_CLOSED)
		fprintf(complaints, "kumiki: %s\n",
		        link_why(link, "the link was closed; does the system still run?"));
	else if (*said)
		fprintf(complaints, "kumiki: the system refuses: %s\n", said);
	else
		link_too_late(link, milliseconds,
		              "kumiki: no system answers on the link (is it a Kumiki system's "
		              "UART, and has no other program opened it?)",
		              complaints);
	return false;
}

/* Waits for the welcome. An error before it needn't be about our hello: it can be about half a
 * frame that an earlier client left behind. Its text is kept in case no welcome follows. */
static enum link_result hello_answer(struct link *link, struct linkframe *frame, char *said,
                                     size_t size)
{
	int64_t deadline = link_now() + LINK_HELLO_AGAIN_MS;
	enum link_result result;

	do {
		result = link_receive(link, frame, LINK_HELLO_AGAIN_MS);
		if (result == LINK_GOT_FRAME && frame->type == LINK_WELCOME)
			return result;
		if (result == LINK_GOT_FRAME && frame->type == LINK_ERROR)
			(void)link_fault(frame, said, size);
		if (result == LINK_GOT_FRAME && frame->type == LINK_ERROR && frame->size &&
		    frame->payload[0] == LINK_HELLO)
			return LINK_REFUSED;
	} while (result == LINK_GOT_FRAME && link_now() < deadline);
	return result == LINK_CLOSED ? LINK_CLOSED : LINK_NOTHING;
}

bool link_hello(struct link *link, struct linkframe *welcome, int milliseconds, FILE *complaints)
{
	const uint32_t hello[2] = {LINK_REVISION, link->rights};
	const uint8_t lost = LINK_START; /* or perhaps lost */
	int64_t deadline = link_now() + link_patient(link, milliseconds);
	enum link_result result = LINK_NOTHING;
	char said[128] = "";

	(void)link_write(link, &lost, 1);
	while (result == LINK_NOTHING && link_now() < deadline) {
		const bool sent = link_send(link, LINK_HELLO, hello, link->rights ? 8 : 4);

		/* A system that doesn't take the hello may have said why. */
		result = hello_answer(link, welcome, said, sizeof(said));
		if (!sent && result == LINK_NOTHING)
			result = LINK_CLOSED;
	}
	return (result == LINK_GOT_FRAME && welcome->type == LINK_WELCOME) ||
	       hello_failed(link, result, said, milliseconds, complaints);
}
