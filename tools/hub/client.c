/* What clients ask of the hub: see hub.h. The hub answers a frame itself, passes it to the system,
 * or lets it wait for its turn. If the client has no right to a frame, the answer says so in words.
 */
#include "hub.h"
#include <lib/operatorline.h>
#include <stdio.h>
#include <string.h>

static bool client_refuse(struct hub *hub, int number, const struct linkframe *frame,
                          const char *text)
{
	hub_error(hub, number, frame->type, frame->size ? frame->payload[0] : 0, text);
	return true;
}

/* False: the client doesn't have this right, and has been told so. */
static bool client_may(struct hub *hub, int number, const struct linkframe *frame, uint8_t right)
{
	char text[160], name[64];

	if ((hub->clients[number].rights & right) != 0)
		return true;
	snprintf(text, sizeof(text),
	         "this client has no right to %s; it hasn't asked for it, or "
	         "its socket doesn't give it",
	         hub_rights_words(right, name, sizeof(name)));
	(void)client_refuse(hub, number, frame, text);
	return false;
}

/* ---- coming and going ---- */

void client_welcome(struct hub *hub, int number)
{
	uint8_t payload[1 + HUB_BEGUN];

	hub->clients[number].state = HUB_IN;
	hub_answer(hub, number, LINK_WELCOME, hub->welcome, hub->welcome_size);
	for (uint8_t i = 0; i < hub->sources; i++) {
		if (hub->begun_size[i] == 0 || (hub->clients[number].rights & LINK_LOOK) == 0)
			continue;
		payload[0] = i;
		memcpy(payload + 1, hub->begun[i], hub->begun_size[i]);
		hub_answer(hub, number, LINK_OUTPUT, payload, 1u + hub->begun_size[i]);
	}
}

static bool client_wants_more(struct hub *hub, int number, const struct linkframe *frame,
                              uint32_t asked)
{
	uint8_t allowed = hub->clients[number].allowed;
	char text[240], names[64], given[64];

	snprintf(text, sizeof(text), "this socket doesn't give the right to %s, but: %s",
	         hub_rights_words(asked & ~(uint32_t)allowed, names, sizeof(names)),
	         hub_rights_words(allowed, given, sizeof(given)));
	return client_refuse(hub, number, frame, text);
}

static bool client_hello(struct hub *hub, int number, const struct linkframe *frame)
{
	struct hub_client *client = &hub->clients[number];
	uint32_t revision = 0, asked = client->allowed;

	if (frame->size >= sizeof(revision))
		memcpy(&revision, frame->payload, sizeof(revision));
	if (revision != LINK_REVISION)
		return client_refuse(hub, number, frame,
		                     "this hub speaks revision " LINK_REVISION_TEXT " of the link");
	if (frame->size >= sizeof(revision) + sizeof(asked))
		memcpy(&asked, frame->payload + sizeof(revision), sizeof(asked));
	if ((asked & ~(uint32_t)client->allowed) != 0)
		return client_wants_more(hub, number, frame, asked);
	hub_release(hub, number);
	client->rights = (uint8_t)asked;
	client->state = HUB_WAITS;
	if (hub->in)
		client_welcome(hub, number);
	return true;
}

static bool client_bye(struct hub *hub, int number)
{
	hub_release(hub, number);
	hub->clients[number].state = HUB_NEW;
	return true;
}

/* Keeps what the client asks. The frame may be the kept one. */
static void client_asks(struct hub_client *client, const struct linkframe *frame)
{
	client->asked.type = frame->type;
	client->asked.size = frame->size;
	memmove(client->asked.payload, frame->payload, frame->size);
}

/* ---- keys, traces ---- */

static bool client_input(struct hub *hub, int number, const struct linkframe *frame)
{
	if (!client_may(hub, number, frame, LINK_TYPE))
		return true;
	if (hub->input != HUB_NOBODY)
		return false;
	hub->input = number;
	hub->input_since = hub->now;
	client_asks(&hub->clients[number], frame);
	hub_tell(hub, LINK_INPUT, frame->payload,
	         frame->size < 1 + HUB_KEYS ? frame->size : 1 + HUB_KEYS);
	return true;
}

static bool client_trace(struct hub *hub, int number, const struct linkframe *frame)
{
	if (!client_may(hub, number, frame, LINK_LOOK))
		return true;
	if (hub->tracer != HUB_NOBODY)
		return false;
	hub->tracer = number;
	client_asks(&hub->clients[number], frame);
	hub_tell(hub, LINK_GET_TRACE, NULL, 0);
	return true;
}

/* ---- commands ---- */

/* A free line for a client's command. The last line is only for operators: so clients that only
 * look can't keep an operator from giving orders. */
static int client_free_line(const struct hub *hub, const struct hub_client *client)
{
	const int lines = client->rights & LINK_ORDER ? LINK_LINES : LINK_LINES - 1;

	for (int i = 0; i < lines; i++)
		if (hub->lines[i] == HUB_NOBODY)
			return i;
	return HUB_NOBODY;
}

/* A client can have one command at a time, so that other clients have lines, too. */
static bool client_command(struct hub *hub, int number, const struct linkframe *frame)
{
	struct hub_client *client = &hub->clients[number];
	uint8_t payload[LINK_PAYLOAD_MAX];
	int line = client_free_line(hub, client);

	if (frame->size < 1)
		return client_refuse(hub, number, frame, "a command begins with its line's number");
	if (!((client->rights & LINK_LOOK) != 0 &&
	      operator_only_looks((const char *)frame->payload + 1, frame->size - 1u)) &&
	    !client_may(hub, number, frame, LINK_ORDER))
		return true;
	if (client->line != HUB_NOBODY)
		return client_refuse(hub, number, frame, "a client has one command at a time");
	if (line == HUB_NOBODY)
		return false;
	client->line = line;
	client->number = frame->payload[0];
	client_asks(client, frame);
	hub->lines[line] = number;
	memcpy(payload, frame->payload, frame->size);
	payload[0] = (uint8_t)line;
	hub_tell(hub, LINK_COMMAND, payload, frame->size);
	return true;
}

static bool client_cancel(struct hub *hub, int number, const struct linkframe *frame)
{
	const struct hub_client *client = &hub->clients[number];
	const uint8_t line = (uint8_t)client->line;

	if (client->line != HUB_NOBODY && frame->size >= 1 && frame->payload[0] == client->number)
		hub_tell(hub, LINK_CANCEL, &line, 1);
	return true;
}

/* ---- debuggers ---- */

static bool client_taken(struct hub *hub, int number, uint8_t partition)
{
	const uint32_t status = DEBUG_TAKEN;
	uint8_t payload[8 + 64] = {partition};
	int size = snprintf((char *)payload + 8, sizeof(payload) - 8, "process %d",
	                    (int)hub->clients[hub->debugger[partition]].process);

	memcpy(payload + 4, &status, sizeof(status));
	hub_answer(hub, number, LINK_DEBUGGED, payload, 8 + (size_t)size);
	return true;
}

static bool client_debug(struct hub *hub, int number, const struct linkframe *frame)
{
	uint8_t partition = frame->size < 1 ? BUNDLE_PARTITIONS_MAX : frame->payload[0];

	if (!client_may(hub, number, frame, LINK_DEBUGS))
		return true;
	if (partition >= BUNDLE_PARTITIONS_MAX)
		return client_refuse(hub, number, frame, "no partition has that number");
	if (hub->leaving[partition])
		return client_refuse(hub, number, frame,
		                     "a debugger is still attached to the partition");
	if (hub->debugger[partition] != HUB_NOBODY && hub->debugger[partition] != number)
		return client_taken(hub, number, partition);
	hub->debugger[partition] = number;
	client_asks(&hub->clients[number], frame);
	hub_tell(hub, LINK_DEBUG, frame->payload, frame->size);
	return true;
}

static bool client_leave(struct hub *hub, int number, const struct linkframe *frame)
{
	uint8_t partition = frame->size < 1 ? BUNDLE_PARTITIONS_MAX : frame->payload[0];

	if (partition >= BUNDLE_PARTITIONS_MAX || hub->debugger[partition] != number)
		return client_refuse(hub, number, frame, "this client doesn't debug the partition");
	if (!hub->leaving[partition])
		hub_tell(hub, LINK_LEAVE, &partition, 1);
	hub->leaving[partition] = true;
	return true;
}

/* ---- updates of the frame ---- */

/* A client that has begun has the updater for itself until it leaves. */
static bool client_update(struct hub *hub, int number, const struct linkframe *frame)
{
	if (!client_may(hub, number, frame, LINK_ORDER))
		return true;
	if (hub->updater == HUB_GONE)
		return false; /* the machine hasn't forgotten an earlier client's package yet */
	if (hub->updater != HUB_NOBODY && hub->updater != number)
		return client_refuse(
		    hub, number, frame,
		    "another client updates the frame; try again when it has ended");
	hub->updater = number;
	hub_tell(hub, LINK_UPDATE, frame->payload, frame->size);
	return true;
}

/* ---- all frames ---- */

bool client_frame(struct hub *hub, int number, const struct linkframe *frame)
{
	if (frame->type == LINK_HELLO)
		return client_hello(hub, number, frame);
	if (hub->clients[number].state != HUB_IN)
		return frame->type == LINK_BYE ||
		       client_refuse(hub, number, frame, "say hello first");
	if (!hub->in && frame->type != LINK_BYE)
		return false; /* waits until the system has heard the hub's hello */
	switch (frame->type) {
	case LINK_BYE:
		return client_bye(hub, number);
	case LINK_PING:
		hub_answer(hub, number, LINK_PONG, frame->payload,
		           frame->size < 8 ? frame->size : 8);
		return true;
	case LINK_INPUT:
		return client_input(hub, number, frame);
	case LINK_GET_TRACE:
		return client_trace(hub, number, frame);
	case LINK_COMMAND:
		return client_command(hub, number, frame);
	case LINK_CANCEL:
		return client_cancel(hub, number, frame);
	case LINK_DEBUG:
		return client_debug(hub, number, frame);
	case LINK_UPDATE:
		return client_update(hub, number, frame);
	case LINK_LEAVE:
		return client_leave(hub, number, frame);
	default:
		return client_refuse(hub, number, frame, "unknown type of frame");
	}
}
