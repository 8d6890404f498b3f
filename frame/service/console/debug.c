/*
 * Debuggers on the link (docs/debugging.md). Requests go into their partition's debug box, and
 * answers and stops go to the host. If a debugger leaves, if the host says goodbye or falls silent,
 * or if this service begins anew and finds a debugger attached, the service asks for the partition
 * to be detached, until that is done.
 */
#include <console/console.h>
#include <service/call.h>

#define DEBUG_HEADER 8u /* byte 0: partition; bytes 4 to 7: an answer's status; else padding */

static struct debug_box *box_of(const struct console *console, uint8_t partition)
{
	return (struct debug_box *)(uintptr_t)console->info->sources[partition].debug;
}

static bool waits(const struct debug_box *box)
{
	return __atomic_load_n(&box->answered, __ATOMIC_ACQUIRE) != box->asked;
}

static uint32_t stops(const struct debug_box *box)
{
	return __atomic_load_n(&box->stops, __ATOMIC_ACQUIRE);
}

static void ask(struct console *console, uint8_t partition)
{
	struct debug_box *box = box_of(console, partition);

	__atomic_store_n(&box->asked, box->asked + 1, __ATOMIC_RELEASE);
	service_debug(partition);
}

void debug_start(struct console *console)
{
	for (uint8_t i = 0; i < console->partitions; i++) {
		const struct debug_box *box = box_of(console, i);

		console->debug[i].on = box != NULL && box->attached;
	}
	debug_leave(console);
}

bool debug_is_on(const struct console *console)
{
	for (uint8_t i = 0; i < console->partitions; i++)
		if (console->debug[i].on)
			return true;
	return false;
}

void debug_quit(struct console *console, uint8_t partition)
{
	console->debug[partition].leaving = console->debug[partition].on;
	console->debug[partition].told = true;
}

void debug_leave(struct console *console)
{
	for (uint8_t i = 0; i < console->partitions; i++) {
		console->debug[i].leaving = console->debug[i].on;
		console->debug[i].told = false;
	}
}

static const char *refusal(const struct console *console, uint8_t partition, uint32_t size)
{
	if (size < sizeof(struct debug_request) ||
	    size > sizeof(struct debug_request) + DEBUG_DATA_SIZE ||
	    partition >= console->partitions || box_of(console, partition) == NULL)
		return "not a debugger's request";
	if (console->debug[partition].leaving || console->debug[partition].told)
		return "a debugger is still attached to the partition";
	if (console->debug[partition].waiting)
		return "one request of a debugger at a time";
	return NULL;
}

/* Refuses a request for a partition that can't be halted. A debugger would stop the minder
 * (docs/unlike-cores.md), and the core that it minds would run on. */
static const char *refuse(struct console *console, uint8_t partition)
{
	const uint8_t head[DEBUG_HEADER] = {partition, [4] = DEBUG_NO_HALT};

	return link_reply(console, LINK_DEBUGGED, head, "", 0) ? NULL : "ask again later";
}

const char *debug_request(struct console *console, const uint8_t *payload, uint32_t size)
{
	uint8_t partition = size < DEBUG_HEADER ? console->partitions : payload[0];
	uint32_t rest = size < DEBUG_HEADER ? 0 : size - DEBUG_HEADER;
	const char *no = refusal(console, partition, rest);
	struct debug_box *box;

	if (no != NULL)
		return no;
	if ((tables_partition(console, partition)->flags & BUNDLE_NO_SUSPEND) != 0)
		return refuse(console, partition);
	box = box_of(console, partition);
	if (!console->debug[partition].on)
		console->debug[partition].seen = stops(box);
	console->debug[partition].on = true;
	console->debug[partition].waiting = true;
	__builtin_memcpy(&box->request, payload + DEBUG_HEADER, sizeof(box->request));
	__builtin_memcpy(box->data, payload + DEBUG_HEADER + sizeof(box->request),
	                 rest - sizeof(box->request));
	ask(console, partition);
	return NULL;
}

/* Sends an answer, or drops it if nobody waits for it any more. If the partition ended after the
 * answer, `on` stays set until its last stop is sent. */
static bool send_answer(struct console *console, uint8_t partition, const struct debug_box *box)
{
	struct console_debug *debug = &console->debug[partition];
	uint8_t head[DEBUG_HEADER] = {partition};
	uint32_t size;

	if (!debug->waiting || waits(box))
		return false;
	size = box->size < DEBUG_DATA_SIZE ? box->size : DEBUG_DATA_SIZE; /* the answer's size */
	__builtin_memcpy(head + 4, &box->status, 4);
	if (!debug->leaving && !link_reply(console, LINK_DEBUGGED, head, box->data, size))
		return true;
	debug->waiting = false;
	debug->on = box->attached != 0 || (!debug->leaving && stops(box) != debug->seen);
	debug->leaving &= debug->on;
	return true;
}

static bool send_stop(struct console *console, uint8_t partition, const struct debug_box *box)
{
	struct console_debug *debug = &console->debug[partition];
	uint32_t now = stops(box);
	uint8_t head[DEBUG_HEADER] = {partition};
	struct debug_stop stop = box->stop;

	if (debug->waiting || debug->leaving || now == debug->seen)
		return false;
	if (!link_reply(console, LINK_DEBUG_STOP, head, &stop, sizeof(stop)))
		return true;
	debug->seen = now;
	debug->on = box->attached != 0;
	return true;
}

static bool detach(struct console *console, uint8_t partition, struct debug_box *box)
{
	struct console_debug *debug = &console->debug[partition];

	if (!debug->leaving || waits(box))
		return false;
	if (!box->attached) {
		debug->on = debug->leaving = debug->waiting = false;
		return true;
	}
	box->request.op = DEBUG_DETACH;
	debug->waiting = true;
	ask(console, partition);
	return true;
}

/* Tells that the debugger has left. All that was on its way to the debugger is sent or
 * dropped by then. */
static bool send_left(struct console *console, uint8_t partition)
{
	struct console_debug *debug = &console->debug[partition];

	if (!debug->told || debug->on)
		return false;
	debug->told = !link_left(console, partition);
	debug->leaving = false;
	return true;
}

static bool pump(struct console *console, uint8_t partition)
{
	struct debug_box *box = box_of(console, partition);

	if (console->debug[partition].on)
		return send_answer(console, partition, box) || send_stop(console, partition, box) ||
		       detach(console, partition, box);
	return send_left(console, partition);
}

bool debug_pump(struct console *console)
{
	bool more = false;

	for (uint8_t i = 0; i < console->partitions; i++)
		more |= pump(console, i);
	return more;
}
