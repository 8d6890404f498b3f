/*
 * Any bytes from the clients of a hub, and from its system, in any order with their coming and
 * going. Whatever they are, the system hears whole frames, one input, one trace and one command on
 * each line at a time; each client hears whole frames; nothing belongs to a client that is gone.
 * In the end, while all others still do what they did, a good client's command is answered.
 *
 * An input is a row of steps: a byte says what, and who; see fuzz_step().
 */
#include <hub/hub.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_PEERS    6 /* clients, then the good one */
#define FUZZ_GOOD     (FUZZ_PEERS - 1)
#define FUZZ_CORES    2
#define FUZZ_SIZE_MAX 4096
#define FUZZ_TURNS    64 /* within which a good client has its answer */

struct fuzz_peer {
	int file; /* -1: it isn't there */
	bool welcomed, answered;
	struct linkframe_parser parser;
};

static struct hub hub;
static struct fuzz_peer peers[FUZZ_PEERS], fuzz_system;
static int64_t now;
static bool greeted; /* the system heard a hello */

struct fuzz_requests {
	bool hello, input, trace, line[LINK_LINES], leave[BUNDLE_PARTITIONS_MAX];
};

/* What the hub may not ask again before it has heard something; and what the system still owes an
 * answer, whatever else it has said. */
static struct fuzz_requests asked, owed;

static void fuzz_check(bool holds)
{
	if (!holds)
		abort();
}

static void fuzz_send(const struct fuzz_peer *peer, const void *bytes, size_t size)
{
	if (peer->file >= 0)
		(void)send(peer->file, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void fuzz_say(const struct fuzz_peer *peer, uint8_t type, const void *payload, size_t size)
{
	uint8_t frame[LINKFRAME_MAX];

	if (size)
		memcpy(frame + LINKFRAME_HEADER, payload, size);
	fuzz_send(peer, frame, linkframe_close(frame, type, size));
}

/* ---- what comes of it ---- */

static bool fuzz_once(bool *flag, bool *owes)
{
	const bool fresh = !*flag;

	*flag = *owes = true;
	return fresh;
}

/* The hub keeps to what the system takes at once. */
static void fuzz_asked(const struct linkframe *frame)
{
	const uint8_t first = frame->size ? frame->payload[0] : 0;

	fuzz_check(frame->type != 0 && frame->type < LINK_WELCOME);
	switch (frame->type) {
	case LINK_HELLO:
		greeted = true; /* a byte that may be lost stands before the first */
		asked = owed = (struct fuzz_requests){.hello = true};
		break;
	case LINK_INPUT:
		fuzz_check(fuzz_once(&asked.input, &owed.input));
		break;
	case LINK_GET_TRACE:
		fuzz_check(fuzz_once(&asked.trace, &owed.trace));
		break;
	case LINK_COMMAND:
		fuzz_check(first < LINK_LINES);
		fuzz_check(fuzz_once(&asked.line[first], &owed.line[first]));
		break;
	case LINK_LEAVE:
		fuzz_check(first < BUNDLE_PARTITIONS_MAX);
		owed.leave[first] = true;
		break;
	default:
		break;
	}
}

static void fuzz_heard(struct fuzz_peer *peer, const struct linkframe *frame)
{
	if (peer == &fuzz_system) {
		fuzz_asked(frame);
		return;
	}
	fuzz_check(frame->type >= LINK_WELCOME);
	peer->welcomed |= frame->type == LINK_WELCOME;
	peer->answered |= frame->type == LINK_ANSWER || /* or it is said why there is none */
	                  (frame->type == LINK_ERROR && frame->payload[0] == LINK_COMMAND);
}

static void fuzz_hear(struct fuzz_peer *peer)
{
	uint8_t bytes[1024];
	struct linkframe frame;
	ssize_t count;

	while (peer->file >= 0 &&
	       (count = recv(peer->file, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		for (ssize_t i = 0; i < count; i++) {
			fuzz_check(!linkframe_put(&peer->parser, bytes[i]));
			while (linkframe_next(&peer->parser, &frame))
				fuzz_heard(peer, &frame);
		}
	fuzz_check(peer->parser.bad == (peer == &fuzz_system && greeted));
}

/* A client, if it is one, is there, and has the right. */
static void fuzz_owner(int owner, uint8_t right)
{
	fuzz_check(owner < 0 || (hub.clients[owner].state == HUB_IN &&
	                         (hub.clients[owner].rights & right) != 0));
}

static void fuzz_owners(void)
{
	fuzz_owner(hub.input, LINK_TYPE);
	fuzz_owner(hub.tracer, LINK_LOOK);
	for (int i = 0; i < BUNDLE_PARTITIONS_MAX; i++)
		fuzz_owner(hub.debugger[i], LINK_DEBUGS);
	for (int i = 0; i < LINK_LINES; i++) {
		fuzz_owner(hub.lines[i], LINK_LOOK | LINK_ORDER);
		fuzz_check(hub.lines[i] < 0 || hub.clients[hub.lines[i]].line == i);
	}
	for (int i = 0; i < HUB_CLIENTS; i++)
		if (hub.clients[i].state == HUB_IN && hub.clients[i].line != HUB_NOBODY)
			fuzz_check(hub.lines[hub.clients[i].line] == i);
}

static void fuzz_turn(void)
{
	fuzz_check(hub_turn(&hub, now));
	fuzz_owners();
	fuzz_hear(&fuzz_system);
}

/* ---- steps ---- */

static void fuzz_leave(struct fuzz_peer *peer)
{
	if (peer->file >= 0)
		close(peer->file);
	peer->file = -1;
}

static int fuzz_pair(struct fuzz_peer *peer)
{
	int ends[2];

	fuzz_check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	memset(peer, 0, sizeof(*peer));
	peer->file = ends[0];
	return ends[1];
}

static void fuzz_join(struct fuzz_peer *peer, uint8_t rights)
{
	int file;

	fuzz_leave(peer);
	file = fuzz_pair(peer);
	if (hub_accept(&hub, file, rights & LINK_RIGHTS) == HUB_NOBODY) {
		close(file);
		fuzz_leave(peer);
	}
}

static void fuzz_welcome(void)
{
	uint8_t payload[sizeof(struct link_welcome) + 3 * sizeof(struct link_source)] = {0};
	const struct link_welcome welcome = {
	    .revision = LINK_REVISION, .partitions = 2, .cores = FUZZ_CORES};

	memcpy(payload, &welcome, sizeof(welcome));
	fuzz_say(&fuzz_system, LINK_WELCOME, payload, sizeof(payload));
}

/* A system that does what it is asked. */
static void fuzz_answer(void)
{
	if (owed.hello)
		fuzz_welcome();
	if (owed.input)
		fuzz_say(&fuzz_system, LINK_TOOK, "\0\0\1\0", 4);
	for (uint8_t i = 0; i < FUZZ_CORES && owed.trace; i++)
		fuzz_say(&fuzz_system, LINK_TRACE_END, &i, 1);
	for (uint8_t i = 0; i < LINK_LINES; i++)
		if (owed.line[i])
			fuzz_say(&fuzz_system, LINK_ANSWER, (uint8_t[]){i, 1, 0}, 3);
	for (uint8_t i = 0; i < BUNDLE_PARTITIONS_MAX; i++)
		if (owed.leave[i])
			fuzz_say(&fuzz_system, LINK_LEFT, &i, 1);
	asked = owed = (struct fuzz_requests){0};
}

/* What the system says of itself may end what it was asked. */
static void fuzz_system_says(uint8_t type, const uint8_t *payload, size_t size)
{
	fuzz_say(&fuzz_system, type, payload, size);
	asked = (struct fuzz_requests){0};
}

/* The number of bytes that a step took behind its first one. */
static size_t fuzz_step(uint8_t what, const uint8_t *data, size_t size)
{
	const uint8_t first = size ? data[0] : 0;
	struct fuzz_peer *peer = &peers[what % 16 % FUZZ_GOOD];
	size_t length = first < size ? first : size ? size - 1 : 0;

	switch (what / 16 % 8) {
	case 0: /* bytes */
		fuzz_send(peer, data + 1, length);
		return 1 + length;
	case 1: /* a whole frame, its type behind its size */
		if (length)
			fuzz_say(peer, data[1], data + 2, length - 1);
		return 1 + length;
	case 2:
		if (length)
			fuzz_system_says(data[1], data + 2, length - 1);
		return 1 + length;
	case 3:
		fuzz_join(peer, first);
		return 1;
	case 4:
		fuzz_leave(peer);
		return 0;
	case 5:
		now += 100 * first;
		return 1;
	case 6:
		fuzz_hear(peer);
		return 0;
	default:
		fuzz_answer();
		return 0;
	}
}

/* ---- the end ---- */

/* Behind half a frame the hub's parser waits for its rest. */
static void fuzz_rest(void)
{
	static const uint8_t rest[2 * LINKFRAME_MAX];

	fuzz_system_says(LINK_PONG, rest, LINK_PAYLOAD_MAX);
	fuzz_system_says(LINK_PONG, rest, LINK_PAYLOAD_MAX);
	fuzz_turn();
}

static void fuzz_until(const bool *came)
{
	for (int i = 0; i < FUZZ_TURNS && !*came; i++) {
		now += HUB_HELLO_MS;
		fuzz_turn();
		fuzz_answer();
		fuzz_turn();
		fuzz_hear(&peers[FUZZ_GOOD]);
	}
	fuzz_check(*came);
}

static void fuzz_good(void)
{
	struct fuzz_peer *good = &peers[FUZZ_GOOD];
	const uint32_t hello[2] = {LINK_REVISION, LINK_RIGHTS};

	fuzz_rest();
	fuzz_join(good, LINK_RIGHTS);
	fuzz_check(good->file >= 0);
	fuzz_say(good, LINK_HELLO, hello, sizeof(hello));
	fuzz_until(&good->welcomed);
	fuzz_say(good, LINK_COMMAND, "\0list", 5);
	fuzz_until(&good->answered);
}

static void fuzz_end(void)
{
	hub_over(&hub, "the end");
	for (int i = 0; i < FUZZ_PEERS; i++)
		fuzz_hear(&peers[i]);
	while (hub_part(&hub, now))
		now += HUB_LEAVES_MS;
	for (int i = 0; i < FUZZ_PEERS; i++)
		fuzz_leave(&peers[i]);
	end_close(&hub.system);
	fuzz_leave(&fuzz_system);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > FUZZ_SIZE_MAX)
		return 0;
	signal(SIGPIPE, SIG_IGN); /* as hub_serve() has it */
	now = 1000000;
	greeted = false;
	asked = owed = (struct fuzz_requests){0};
	hub_start(&hub, fuzz_pair(&fuzz_system), now);
	for (int i = 0; i < FUZZ_PEERS; i++)
		peers[i].file = -1;
	for (size_t at = 0; at < size;) {
		const uint8_t what = data[at++];
		const size_t took = fuzz_step(what, data + at, size - at);

		at += took < size - at ? took : size - at;
		fuzz_turn();
	}
	fuzz_good();
	fuzz_end();
	return 0;
}
