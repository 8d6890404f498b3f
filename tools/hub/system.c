/* How what the system says comes to the client that asked: see hub.h. */
#include "hub.h"
#include <kumiki/package.h>
#include <stdio.h>
#include <string.h>

/* ---- the beginning ---- */

/* If the hub is welcomed already, the system had heard an earlier hello late, but before all later
 * frames. */
static void system_welcome(struct hub *hub, const struct linkframe *frame)
{
	struct link_welcome welcome;

	if (hub->in || frame->size < sizeof(welcome))
		return;
	if (hub->sources != 0) /* it may have been reset */
		system_report(hub);
	memcpy(&welcome, frame->payload, sizeof(welcome));
	if (welcome.partitions > BUNDLE_PARTITIONS_MAX || welcome.cores > BUNDLE_CORES_MAX)
		return;
	memcpy(hub->welcome, frame->payload, frame->size);
	hub->welcome_size = frame->size;
	hub->cores = (uint8_t)welcome.cores;
	hub->sources = (uint8_t)(welcome.partitions + 1);
	hub->in = true;
	hub->pinged = hub->now;
	for (int i = 0; i < HUB_CLIENTS; i++)
		if (hub->clients[i].state == HUB_WAITS)
			client_welcome(hub, i);
}

/* ---- output ---- */

static void system_begun(struct hub *hub, uint8_t source, const uint8_t *bytes, size_t size)
{
	uint8_t *begun = hub->begun[source], *have = &hub->begun_size[source];

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n') {
			*have = 0;
			continue;
		}
		if (*have == HUB_BEGUN)
			memmove(begun, begun + 1, --*have);
		begun[(*have)++] = bytes[i];
	}
}

/* Sends output, but leaves room for answers. */
static bool system_show(struct hub_client *client, const void *payload, size_t size)
{
	return end_has_room(&client->end, size, HUB_OUT - HUB_OUTPUT_ROOM) &&
	       end_send(&client->end, LINK_OUTPUT, payload, size);
}

/* Writes how much was lost, at the place in the stream where the characters would have been. */
static bool system_lost_of(struct hub_client *client, uint8_t source)
{
	uint8_t payload[48] = {source};
	int size;

	if (client->lost[source] == 0)
		return true;
	size = snprintf((char *)payload + 1, sizeof(payload) - 1, "\r\n(%u characters lost)\r\n",
	                client->lost[source]);
	if (!system_show(client, payload, 1 + (size_t)size))
		return false;
	client->lost[source] = 0;
	return true;
}

void system_lost(struct hub *hub, int number)
{
	struct hub_client *client = &hub->clients[number];

	for (uint8_t i = 0; i < hub->sources && client->state == HUB_IN; i++)
		(void)system_lost_of(client, i);
}

static void system_output(struct hub *hub, const struct linkframe *frame)
{
	if (frame->size < 2 || frame->payload[0] >= hub->sources)
		return;
	system_begun(hub, frame->payload[0], frame->payload + 1, frame->size - 1u);
	for (int i = 0; i < HUB_CLIENTS; i++) {
		struct hub_client *client = &hub->clients[i];

		if (client->state != HUB_IN || (client->rights & LINK_LOOK) == 0)
			continue;
		if (!system_lost_of(client, frame->payload[0]) ||
		    !system_show(client, frame->payload, frame->size))
			client->lost[frame->payload[0]] += frame->size - 1u;
	}
}

void system_report(struct hub *hub)
{
	uint8_t payload[LINK_PAYLOAD_MAX] = {(uint8_t)(hub->sources - 1u)};
	struct linkframe frame = {LINK_OUTPUT, 0, payload};
	const uint8_t *report;
	size_t left = plain_report(&hub->system.plain, &report), size;

	for (; left > 0; report += size, left -= size) {
		size = left < sizeof(payload) - 1 ? left : sizeof(payload) - 1;
		memcpy(payload + 1, report, size);
		frame.size = (uint16_t)(size + 1);
		system_output(hub, &frame);
	}
}

/* ---- answers ---- */

static void system_answer(struct hub *hub, const struct linkframe *frame)
{
	uint8_t payload[LINK_PAYLOAD_MAX];
	int owner;

	if (frame->size < 3 || frame->payload[0] >= LINK_LINES)
		return;
	owner = hub->lines[frame->payload[0]];
	if (owner >= 0) {
		memcpy(payload, frame->payload, frame->size);
		payload[0] = hub->clients[owner].number;
		hub_answer(hub, owner, LINK_ANSWER, payload, frame->size);
	}
	if (frame->payload[1] == 0)
		return;
	if (owner >= 0 && hub->lines[frame->payload[0]] == owner)
		hub->clients[owner].line = HUB_NOBODY;
	hub->lines[frame->payload[0]] = HUB_NOBODY;
}

static void system_trace(struct hub *hub, const struct linkframe *frame)
{
	int owner = hub->tracer;

	if (frame->size < 1)
		return;
	if (frame->type == LINK_TRACE_END && frame->payload[0] + 1u >= hub->cores)
		hub->tracer = HUB_NOBODY;
	hub_answer(hub, owner, frame->type, frame->payload, frame->size);
}

static void system_took(struct hub *hub, const struct linkframe *frame)
{
	int owner = hub->input;

	hub->input = HUB_NOBODY;
	hub_answer(hub, owner, frame->type, frame->payload, frame->size);
}

static void system_debugged(struct hub *hub, const struct linkframe *frame)
{
	if (frame->size < 1 || frame->payload[0] >= BUNDLE_PARTITIONS_MAX)
		return;
	if (!hub->leaving[frame->payload[0]])
		hub_answer(hub, hub->debugger[frame->payload[0]], frame->type, frame->payload,
		           frame->size);
}

static void system_left(struct hub *hub, const struct linkframe *frame)
{
	int owner;

	if (frame->size < 1 || frame->payload[0] >= BUNDLE_PARTITIONS_MAX)
		return;
	owner = hub->debugger[frame->payload[0]];
	hub->debugger[frame->payload[0]] = HUB_NOBODY;
	hub->leaving[frame->payload[0]] = false;
	hub_answer(hub, owner, frame->type, frame->payload, frame->size);
}

/* What answers, after the updater's client has gone, tells that its package is forgotten. */
static void system_updated(struct hub *hub, const struct linkframe *frame)
{
	const uint32_t order = frame->type == LINK_ERROR ? 1 : 0;

	if (hub->updater == HUB_GONE && frame->size > order &&
	    frame->payload[order] == PACKAGE_FORGET)
		hub->updater = HUB_NOBODY;
	hub_answer(hub, hub->updater, frame->type, frame->payload, frame->size);
}

/* ---- errors ---- */

void system_forget(struct hub *hub)
{
	static const char again[] = "the system began anew, and has forgotten this";
	int owner;

	for (int i = 0; i < LINK_LINES; i++) {
		owner = hub->lines[i];
		hub->lines[i] = HUB_NOBODY;
		if (owner < 0)
			continue;
		hub->clients[owner].line = HUB_NOBODY;
		hub_error(hub, owner, LINK_COMMAND, hub->clients[owner].number, again);
	}
	for (uint8_t i = 0; i < BUNDLE_PARTITIONS_MAX; i++) {
		owner = hub->debugger[i];
		hub->debugger[i] = HUB_NOBODY;
		hub->leaving[i] = false;
		hub_error(hub, owner, LINK_DEBUG, i, "say hello first");
	}
	owner = hub->input;
	hub->input = HUB_NOBODY;
	hub_error(hub, owner, LINK_INPUT, 0, again);
	owner = hub->tracer;
	hub->tracer = HUB_NOBODY;
	hub_error(hub, owner, LINK_GET_TRACE, 0, again);
	owner = hub->updater;
	hub->updater = HUB_NOBODY;
	hub_error(hub, owner, LINK_UPDATE, 0, "say hello first");
}

static void system_refused(struct hub *hub, const struct linkframe *frame)
{
	for (int i = 0; i < HUB_CLIENTS; i++)
		if (hub->clients[i].state == HUB_WAITS)
			hub_answer(hub, i, frame->type, frame->payload, frame->size);
}

/* Whether the frame is a debugger's first request: only this one doesn't depend on earlier ones. */
static bool system_attaches(const struct hub_frame *frame)
{
	struct debug_request request;

	if (frame->size < HUB_DEBUG_HEAD + sizeof(request))
		return false;
	memcpy(&request, frame->payload + HUB_DEBUG_HEAD, sizeof(request));
	return request.op == DEBUG_ATTACH;
}

/* The place that says which client such a frame belongs to. NULL: it belongs to no client. */
static int *system_owner(struct hub *hub, uint8_t type, uint8_t subject)
{
	switch (type) {
	case LINK_COMMAND:
		return subject < LINK_LINES ? &hub->lines[subject] : NULL;
	case LINK_INPUT:
		return &hub->input;
	case LINK_GET_TRACE:
		return &hub->tracer;
	case LINK_DEBUG:
		return subject < BUNDLE_PARTITIONS_MAX ? &hub->debugger[subject] : NULL;
	default:
		return NULL;
	}
}

/* The system was silent for too long, or is another one, so it didn't carry out this frame. After
 * the welcome, it is its client's turn again. */
static void system_again(struct hub *hub, uint8_t type, uint8_t subject)
{
	int *owner = system_owner(hub, type, subject);
	struct hub_client *client;

	if (owner == NULL || *owner < 0)
		return;
	client = &hub->clients[*owner];
	if (client->pending || client->asked.type != type ||
	    (type == LINK_DEBUG && !system_attaches(&client->asked)))
		return;
	client->frame.type = type;
	client->frame.size = client->asked.size;
	client->frame.payload = client->asked.payload;
	client->pending = true;
	if (type == LINK_COMMAND)
		client->line = HUB_NOBODY;
	*owner = HUB_NOBODY;
}

static bool system_wants_hello(const struct linkframe *frame)
{
	static const char hello[] = "say hello first";

	return frame->size == 2 + sizeof(hello) - 1 &&
	       memcmp(frame->payload + 2, hello, sizeof(hello) - 1) == 0;
}

static void system_refused_command(struct hub *hub, const struct linkframe *frame)
{
	const uint8_t line = frame->payload[1];
	uint8_t payload[LINK_PAYLOAD_MAX];
	int owner;

	if (line >= LINK_LINES)
		return;
	owner = hub->lines[line];
	hub->lines[line] = HUB_NOBODY;
	if (owner < 0)
		return;
	hub->clients[owner].line = HUB_NOBODY;
	memcpy(payload, frame->payload, frame->size);
	payload[1] = hub->clients[owner].number;
	hub_answer(hub, owner, frame->type, payload, frame->size);
}

/* If a frame came broken, nobody knows which command or input it was: everything begins anew. */
static void system_error(struct hub *hub, const struct linkframe *frame)
{
	const uint8_t subject = frame->size < 2 ? UINT8_MAX : frame->payload[1];
	const uint8_t type = frame->size < 2 ? 0 : frame->payload[0];

	if (type == 0 || system_wants_hello(frame)) {
		system_again(hub, type, subject);
		hub_hello(hub);
	} else if (type == LINK_INPUT) {
		system_took(hub, frame);
	} else if (type == LINK_DEBUG) {
		if (subject < BUNDLE_PARTITIONS_MAX && !hub->leaving[subject])
			hub_answer(hub, hub->debugger[subject], frame->type, frame->payload,
			           frame->size);
	} else if (type == LINK_UPDATE) {
		system_updated(hub, frame);
	} else if (type == LINK_COMMAND) {
		system_refused_command(hub, frame);
	}
}

/* Before the welcome, all that comes is about an earlier client. */
void system_frame(struct hub *hub, const struct linkframe *frame)
{
	if (frame->type == LINK_WELCOME)
		system_welcome(hub, frame);
	else if (!hub->in && frame->type == LINK_ERROR && frame->size > 2 &&
	         frame->payload[0] == LINK_HELLO)
		system_refused(hub, frame);
	if (!hub->in)
		return;
	switch (frame->type) {
	case LINK_OUTPUT:
		system_output(hub, frame);
		break;
	case LINK_ANSWER:
		system_answer(hub, frame);
		break;
	case LINK_TRACE:
	case LINK_TRACE_END:
		system_trace(hub, frame);
		break;
	case LINK_TOOK:
		system_took(hub, frame);
		break;
	case LINK_DEBUGGED:
	case LINK_DEBUG_STOP:
		system_debugged(hub, frame);
		break;
	case LINK_UPDATED:
		system_updated(hub, frame);
		break;
	case LINK_LEFT:
		system_left(hub, frame);
		break;
	case LINK_ERROR:
		system_error(hub, frame);
		break;
	default:
		break;
	}
}
