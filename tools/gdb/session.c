/*
 * A debugger's session: see session.h. A request is a LINK_DEBUG, and waits for its LINK_DEBUGGED.
 * Stops come without a request. Partitions' output stays in their black boxes meanwhile.
 */
#include "session.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SESSION_HELLO_MS  10000
#define SESSION_ANSWER_MS 10000 /* for the answer to a request, and for the first stop */
#define SESSION_PING_MS   3000
#define SESSION_AGAIN_MS  100 /* until the next try, while an earlier debugger is being detached */
#define SESSION_LEAVE_MS  5000
#define SESSION_HEADER    8u

static int64_t session_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool session_lost(struct session_gdb *session, const char *why)
{
	if (!session->lost)
		fprintf(session->complaints, "kumiki gdb: %s\n", why);
	session->lost = true;
	return false;
}

static bool session_late(struct session_gdb *session, int milliseconds, const char *what)
{
	if (!session->lost) {
		fputs("kumiki gdb: ", session->complaints);
		link_too_late(&session->link, milliseconds, what, session->complaints);
	}
	session->lost = true;
	return false;
}

static int64_t session_deadline(const struct session_gdb *session, int milliseconds)
{
	return session_now() + link_patient(&session->link, milliseconds);
}

/* ---- frames ---- */

/* Whether the frame is about our partition. */
static bool session_ours(const struct session_gdb *session, const struct linkframe *frame)
{
	return frame->size >= SESSION_HEADER && frame->payload[0] == session->partition;
}

static void session_stop(struct session_gdb *session, const struct linkframe *frame)
{
	if (frame->type != LINK_DEBUG_STOP || !session_ours(session, frame) ||
	    frame->size < SESSION_HEADER + sizeof(session->stop))
		return;
	memcpy(&session->stop, frame->payload + SESSION_HEADER, sizeof(session->stop));
	session->stop_waits = true;
}

/* Gets one frame, and keeps stops. False: no frame came in this time. */
static bool session_receive(struct session_gdb *session, struct linkframe *frame, int64_t deadline)
{
	int64_t left = deadline - session_now();
	enum link_result result = link_receive(&session->link, frame, left > 0 ? (int)left : 0);

	if (result == LINK_CLOSED)
		return session_lost(
		    session,
		    link_why(&session->link, "the link was closed; does the system still run?"));
	if (result != LINK_GOT_FRAME)
		return false;
	if (link_wants_hello(frame))
		return session_lost(session,
		                    "the system let the partition go, as it had heard nothing "
		                    "for ten of its seconds; where instructions are counted "
		                    "(kumiki run --icount), these are over at once while no vCPU "
		                    "has work: start it without --icount");
	session_stop(session, frame);
	return true;
}

enum session_answer { SESSION_DONE, SESSION_REFUSED, SESSION_BUSY, SESSION_NONE };

/* Says that another gdb has the partition. */
static enum session_answer session_taken(struct session_gdb *session, const struct linkframe *frame)
{
	char text[160];

	snprintf(text, sizeof(text), "%s is debugged already, by %.*s; end that session first",
	         session->name, frame->size - (int)SESSION_HEADER,
	         (const char *)frame->payload + SESSION_HEADER);
	(void)session_lost(session, text);
	return SESSION_NONE;
}

static enum session_answer session_answer(struct session_gdb *session, struct target_data *data)
{
	int64_t deadline = session_deadline(session, SESSION_ANSWER_MS);
	struct linkframe frame;
	uint32_t status;
	char said[128];

	session->unhalted = false;
	while (session_receive(session, &frame, deadline)) {
		if (frame.type == LINK_ERROR) {
			snprintf(session->busy, sizeof(session->busy), "the system refuses: %s",
			         link_fault(&frame, said, sizeof(said)));
			return SESSION_BUSY;
		}
		if (frame.type != LINK_DEBUGGED || !session_ours(session, &frame))
			continue;
		memcpy(&status, frame.payload + 4, sizeof(status));
		session->unhalted = status == DEBUG_NO_HALT;
		if (status == DEBUG_TAKEN)
			return session_taken(session, &frame);
		data->size = frame.size - SESSION_HEADER;
		if (data->size > sizeof(data->bytes))
			data->size = sizeof(data->bytes);
		memcpy(data->bytes, frame.payload + SESSION_HEADER, data->size);
		return status == DEBUG_OK ? SESSION_DONE : SESSION_REFUSED;
	}
	(void)session_late(session, SESSION_ANSWER_MS, "the system doesn't answer");
	return SESSION_NONE;
}

static enum session_answer session_ask(struct session_gdb *session,
                                       const struct debug_request *request,
                                       struct target_data *data)
{
	uint8_t payload[SESSION_HEADER + sizeof(*request) + DEBUG_DATA_SIZE] = {session->partition};

	memcpy(payload + SESSION_HEADER, request, sizeof(*request));
	memcpy(payload + SESSION_HEADER + sizeof(*request), data->bytes, data->size);
	if (!link_send(&session->link, LINK_DEBUG, payload,
	               SESSION_HEADER + sizeof(*request) + data->size)) {
		(void)session_lost(session, link_why(&session->link, "the link was closed"));
		return SESSION_NONE;
	}
	return session_answer(session, data);
}

static bool session_request(struct target *target, const struct debug_request *request,
                            struct target_data *data)
{
	struct session_gdb *session = (struct session_gdb *)(void *)target;

	return !session->lost && session_ask(session, request, data) == SESSION_DONE;
}

/* ---- the beginning ---- */

static bool session_find(struct session_gdb *session, const struct linkframe *welcome)
{
	struct link_welcome head;
	struct link_source source;

	if (welcome->size < sizeof(head))
		return session_lost(session, "the system's welcome makes no sense");
	memcpy(&head, welcome->payload, sizeof(head));
	for (uint32_t i = 0; i < head.partitions && i < UINT8_MAX; i++) {
		if (welcome->size < sizeof(head) + (i + 1) * sizeof(source))
			break;
		memcpy(&source, welcome->payload + sizeof(head) + i * sizeof(source),
		       sizeof(source));
		if (strncmp(source.name, session->name, sizeof(source.name)) != 0)
			continue;
		session->partition = (uint8_t)i;
		return true;
	}
	fprintf(session->complaints,
	        "kumiki gdb: there is no partition '%s'; there is:", session->name);
	for (uint32_t i = 0; i < head.partitions; i++)
		if (welcome->size >= sizeof(head) + (i + 1) * sizeof(source))
			fprintf(session->complaints, " %.32s",
			        (const char *)welcome->payload + sizeof(head) + i * sizeof(source));
	fputc('\n', session->complaints);
	return false;
}

bool session_gdb_open(struct session_gdb *session, const char *name, const char *link,
                      FILE *complaints)
{
	struct linkframe welcome;

	memset(session, 0, sizeof(*session));
	session->target.request = session_request;
	session->name = name;
	session->complaints = complaints;
	if (!link_open(&session->link, link, complaints))
		return false;
	session->link.rights = LINK_DEBUGS;
	return link_hello(&session->link, &welcome, SESSION_HELLO_MS, complaints) &&
	       session_find(session, &welcome);
}

/* Attaches. The system may still be cleaning up after an earlier debugger, so this tries again. */
static bool session_attach(struct session_gdb *session)
{
	const struct debug_request request = {.op = DEBUG_ATTACH};
	int64_t deadline = session_deadline(session, SESSION_LEAVE_MS);
	struct target_data data = {0};
	enum session_answer answer = session_ask(session, &request, &data);

	while (answer == SESSION_BUSY && session_now() < deadline) {
		struct linkframe frame;

		(void)session_receive(session, &frame, session_now() + SESSION_AGAIN_MS);
		data.size = 0;
		answer = session_ask(session, &request, &data);
	}
	if (answer == SESSION_DONE && data.size >= sizeof(session->target.about)) {
		memcpy(&session->target.about, data.bytes, sizeof(session->target.about));
		return true;
	}
	if (answer == SESSION_BUSY)
		return session_late(session, SESSION_LEAVE_MS, session->busy);
	if (session->unhalted)
		fprintf(session->complaints,
		        "kumiki gdb: %s can't be debugged: nothing halts its core of another "
		        "architecture where it is\n",
		        session->name);
	else if (answer != SESSION_NONE)
		fprintf(session->complaints,
		        "kumiki gdb: %s neither runs nor is it held: there is nothing to debug; "
		        "start it (kumiki console --command 'start %s' LINK)\n",
		        session->name, session->name);
	return false;
}

static bool session_first_stop(struct session_gdb *session)
{
	int64_t deadline = session_deadline(session, SESSION_ANSWER_MS);
	struct linkframe frame;

	while (!session->stop_waits)
		if (!session_receive(session, &frame, deadline))
			return session_late(session, SESSION_ANSWER_MS,
			                    "its vCPUs don't come to a stop");
	session->stop_waits = false;
	/* gdb didn't ask for this stop, so it isn't a Ctrl-C. */
	if (session->stop.why == DEBUG_ASKED)
		session->stop.why = DEBUG_HIT;
	server_start(&session->server, &session->target, &session->stop);
	return true;
}

/* ---- gdb ---- */

static bool session_write(struct session_gdb *session, const char *bytes, size_t size)
{
	while (size != 0) {
		ssize_t count = write(session->output, bytes, size);

		if (count < 0 && errno != EINTR)
			return false;
		if (count > 0) {
			bytes += count;
			size -= (size_t)count;
		}
	}
	return true;
}

static bool session_reply(struct session_gdb *session)
{
	char frame[RSP_FRAME_MAX];

	return session_write(session, frame,
	                     rsp_frame(frame, session->server.reply, session->server.size));
}

/*
 * gdb waits for its remotetimeout. It sends its first packet up to four times, until it gets an
 * answer. It would take a second answer for that to the next packet. After three repeats gdb goes
 * on without an answer, and would take a late answer in the same way.
 */
static const char session_greeting[] = "qSupported";
#define SESSION_GREETING (sizeof(session_greeting) - 1)

/* Reads all that gdb has said so far. False: gdb is gone. */
static bool session_listen(struct session_gdb *session)
{
	struct pollfd poller = {.fd = session->input, .events = POLLIN};
	ssize_t count = 1;

	while (count > 0 && session->have < sizeof(session->bytes) && poll(&poller, 1, 0) > 0) {
		count = read(session->input, session->bytes + session->have,
		             sizeof(session->bytes) - session->have);
		if (count > 0)
			session->have += (size_t)count;
		else if (count < 0 && errno == EINTR)
			count = 1;
	}
	return count > 0;
}

/* Whether gdb has begun another packet, which isn't its first one again. */
static bool session_gave_up(struct session_gdb *session)
{
	const uint8_t *at = session->bytes + session->next, *end;
	size_t left;

	(void)session_listen(session);
	end = session->bytes + session->have;
	while ((at = memchr(at, '$', (size_t)(end - at))) != NULL) {
		left = (size_t)(end - ++at);
		if (memcmp(at, session_greeting,
		           left < SESSION_GREETING ? left : SESSION_GREETING) != 0)
			return true;
	}
	return false;
}

static bool session_packet(struct session_gdb *session)
{
	bool quiet = session->server.quiet, again = session->greeted;

	session->greeted = strncmp(session->parser.packet, session_greeting, SESSION_GREETING) == 0;
	if (again && session->greeted)
		return true;
	if (!quiet && !session_write(session, "+", 1))
		return false;
	if (!server_packet(&session->server, session->parser.packet, session->parser.size))
		return true;
	if (session_gave_up(session))
		return session_lost(session,
		                    "gdb asked for something else before it had this answer, and "
		                    "would take it for the answer to that; let it wait longer: "
		                    "set remotetimeout 30, before target remote");
	return session_reply(session);
}

static bool session_byte(struct session_gdb *session, uint8_t byte)
{
	switch (rsp_put(&session->parser, byte)) {
	case RSP_PACKET:
		return session_packet(session);
	case RSP_BROKEN:
		return session->server.quiet || session_write(session, "-", 1);
	case RSP_INTERRUPT:
		server_interrupt(&session->server);
		return true;
	default:
		return true;
	}
}

/* False: gdb is gone. */
static bool session_read(struct session_gdb *session)
{
	bool there = session_listen(session);

	while (session->next < session->have && !session->server.detached)
		if (!session_byte(session, session->bytes[session->next++]))
			return false;
	session->have = session->next = 0;
	return there;
}

/* ---- both ---- */

/* Takes all frames that have come so far. */
static void session_drain(struct session_gdb *session)
{
	struct linkframe frame;

	while (session_receive(session, &frame, 0))
		continue;
}

bool session_gdb_wait(struct session_gdb *session, int file)
{
	struct pollfd files[2] = {{.fd = file, .events = POLLIN},
	                          {.fd = session->link.input, .events = POLLIN}};
	int64_t pinged = session_now();

	while (!session->lost && !session->stop_waits) {
		int64_t left = pinged + SESSION_PING_MS - session_now();

		if (left <= 0) {
			pinged = session_now();
			if (!link_send(&session->link, LINK_PING, NULL, 0))
				return session_lost(
				    session, link_why(&session->link, "the link was closed"));
			left = SESSION_PING_MS;
		}
		if (poll(files, 2, (int)left) <= 0)
			continue;
		if (files[1].revents != 0)
			session_drain(session);
		if (files[0].revents != 0)
			return true;
	}
	return !session->lost;
}

static bool session_turn(struct session_gdb *session)
{
	if (!session->stop_waits)
		return session_gdb_wait(session, session->input) &&
		       (session->stop_waits || session_read(session));
	session->stop_waits = false;
	return !server_stopped(&session->server, &session->stop) || session_reply(session);
}

bool session_gdb_serve(struct session_gdb *session, int input, int output)
{
	struct debug_request request = {.op = DEBUG_DETACH};
	struct target_data none = {0};

	session->input = input;
	session->output = output;
	if (!session_attach(session) || !session_first_stop(session))
		return false;
	while (!session->server.detached && session_turn(session))
		continue;
	if (!session->server.detached && !session->server.ended)
		(void)session_request(&session->target, &request, &none);
	return !session->lost;
}

void session_gdb_close(struct session_gdb *session)
{
	link_close(&session->link, true);
}
