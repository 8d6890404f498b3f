/* The hub's clients and turns: see hub.h. */
#include "hub.h"
#include <kumiki/package.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Doesn't clear the buffers, which have megabytes: no byte of them is read before it is written. */
void hub_start(struct hub *hub, int system, int64_t now)
{
	memset(&hub->next, 0, sizeof(*hub) - offsetof(struct hub, next));
	end_start(&hub->system, system);
	for (int i = 0; i < HUB_CLIENTS; i++) {
		hub->clients[i].state = HUB_FREE;
		hub->clients[i].end.file = -1;
	}
	for (int i = 0; i < LINK_LINES; i++)
		hub->lines[i] = HUB_NOBODY;
	for (int i = 0; i < BUNDLE_PARTITIONS_MAX; i++)
		hub->debugger[i] = HUB_NOBODY;
	hub->input = hub->tracer = hub->updater = HUB_NOBODY;
	hub->now = now;
}

/* ---- the system ---- */

/* Sends a frame to the system. The buffer has room for more than all clients can have under way. If
 * it is full all the same, the system stands still; the hub says hello again when it goes on. */
void hub_tell(struct hub *hub, uint8_t type, const void *payload, size_t size)
{
	if (!end_send(&hub->system, type, payload, size))
		hub->in = false;
}

void hub_hello(struct hub *hub)
{
	static const uint8_t revision[4] = {LINK_REVISION};

	system_forget(hub);
	hub->in = false;
	hub->helloed = hub->now;
	memset(hub->begun_size, 0, sizeof(hub->begun_size));
	if (!hub->greeted) /* a byte that may be lost */
		end_byte(&hub->system, LINK_START);
	hub->greeted = true;
	hub_tell(hub, LINK_HELLO, revision, sizeof(revision));
}

static bool hub_has(const struct hub *hub, enum hub_state state)
{
	for (int i = 0; i < HUB_CLIENTS; i++)
		if (hub->clients[i].state == state)
			return true;
	return false;
}

/* Whether the system may be starting: it hasn't welcomed the hub, or hasn't answered to keys. */
static bool hub_is_forgotten(const struct hub *hub)
{
	if (!hub->in)
		return hub->now - hub->helloed >= HUB_HELLO_MS;
	return hub->input != HUB_NOBODY && hub->now - hub->input_since >= HUB_TAKES_MS;
}

/* The hub attaches to the system when the first client comes, and leaves when the last one goes. */
static void hub_attend(struct hub *hub)
{
	bool wanted = hub_has(hub, HUB_WAITS) || hub_has(hub, HUB_IN);

	if (!wanted && hub->in) {
		hub_tell(hub, LINK_BYE, NULL, 0);
		hub->in = false;
		hub->helloed = 0;
	} else if (wanted && hub_is_forgotten(hub)) {
		hub_hello(hub);
	} else if (hub->in && hub->now - hub->pinged >= HUB_PING_MS && end_is_empty(&hub->system)) {
		hub->pinged = hub->now;
		hub_tell(hub, LINK_PING, NULL, 0);
	}
}

/* Of what came before the welcome, an error alone may follow a report: all else is of a system that
 * went on. */
static void hub_hear_frames(struct hub *hub)
{
	struct linkframe frame;

	while (end_next(&hub->system, &frame)) {
		system_frame(hub, &frame);
		if (hub->in || (frame.type != LINK_WELCOME && frame.type != LINK_ERROR))
			hub->system.plain.size = 0;
	}
}

/* Hears the system. If a frame came damaged, nobody knows what it was; it may have been an answer.
 * Then everything begins anew. */
static bool hub_hear(struct hub *hub)
{
	const uint32_t bad = hub->system.parser.bad;
	bool there = end_read(&hub->system);

	hub_hear_frames(hub);
	if (hub->in && hub->system.parser.bad != bad)
		hub_hello(hub);
	return there;
}

/* ---- clients ---- */

int hub_places(uint8_t rights)
{
	return rights & LINK_ORDER ? HUB_CLIENTS : HUB_CLIENTS - HUB_KEPT;
}

int hub_accept(struct hub *hub, int file, uint8_t allowed)
{
	struct ucred peer = {0};
	socklen_t size = sizeof(peer);
	struct hub_client *client;
	int i = 0;

	while (i < hub_places(allowed) && hub->clients[i].state != HUB_FREE)
		i++;
	if (i == hub_places(allowed))
		return HUB_NOBODY;
	client = &hub->clients[i];
	end_start(&client->end, file);
	(void)getsockopt(file, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	client->process = peer.pid;
	client->state = HUB_NEW;
	client->allowed = allowed;
	client->rights = 0;
	client->line = HUB_NOBODY;
	client->pending = client->ended = false;
	client->asked.type = 0;
	client->heard = hub->now;
	memset(client->lost, 0, sizeof(client->lost));
	return i;
}

void hub_release(struct hub *hub, int number)
{
	static const uint8_t forget[8] = {PACKAGE_FORGET};
	struct hub_client *client = &hub->clients[number];
	const uint8_t line = (uint8_t)client->line;

	if (client->line != HUB_NOBODY) {
		hub->lines[client->line] = HUB_GONE;
		hub_tell(hub, LINK_CANCEL, &line, 1);
		client->line = HUB_NOBODY;
	}
	if (hub->input == number)
		hub->input = HUB_GONE;
	if (hub->tracer == number)
		hub->tracer = HUB_GONE;
	if (hub->updater == number) {
		hub_tell(hub, LINK_UPDATE, forget, sizeof(forget));
		hub->updater = HUB_GONE;
	}
	for (uint8_t i = 0; i < BUNDLE_PARTITIONS_MAX; i++) {
		if (hub->debugger[i] != number)
			continue;
		if (!hub->leaving[i])
			hub_tell(hub, LINK_LEAVE, &i, 1);
		hub->debugger[i] = HUB_GONE;
		hub->leaving[i] = true;
	}
}

void hub_gone(struct hub *hub, int number)
{
	hub_release(hub, number);
	end_close(&hub->clients[number].end);
	hub->clients[number].state = HUB_FREE;
}

void hub_dismiss(struct hub *hub, int number, const char *reason)
{
	struct hub_client *client = &hub->clients[number];

	if (client->state == HUB_LEAVES)
		return;
	hub_release(hub, number);
	(void)end_send(&client->end, LINK_OVER, reason, strlen(reason));
	client->state = HUB_LEAVES;
	client->leaves = hub->now + HUB_LEAVES_MS;
}

void hub_answer(struct hub *hub, int number, uint8_t type, const void *payload, size_t size)
{
	if (number < 0 || hub->clients[number].state == HUB_LEAVES)
		return;
	if (end_has_room(&hub->clients[number].end, size, HUB_REASON_ROOM))
		(void)end_send(&hub->clients[number].end, type, payload, size);
	else
		hub_dismiss(hub, number, "this client doesn't read its answers");
}

void hub_error(struct hub *hub, int number, uint8_t type, uint8_t subject, const char *text)
{
	uint8_t payload[256] = {type, subject};
	int size = snprintf((char *)payload + 2, sizeof(payload) - 2, "%s", text);

	hub_answer(hub, number, LINK_ERROR, payload, 2 + (size_t)size);
}

static bool hub_debugs(const struct hub *hub, int number)
{
	for (int i = 0; i < BUNDLE_PARTITIONS_MAX; i++)
		if (hub->debugger[i] == number && !hub->leaving[i])
			return true;
	return false;
}

/* Ends clients that wait too long. A debugger that stands still would hold its partition without
 * end. */
static void hub_patience(struct hub *hub, int number)
{
	const struct hub_client *client = &hub->clients[number];

	if (client->state == HUB_LEAVES &&
	    (end_is_empty(&client->end) || hub->now >= client->leaves))
		hub_gone(hub, number);
	else if (hub_debugs(hub, number) && !client->pending &&
	         hub->now - client->heard > 1000 * LINK_SILENCE_SECONDS)
		hub_dismiss(hub, number, "this debugger was silent for ten seconds");
}

/* Moves bytes in both directions. What a client sent before its end is still carried out. */
static void hub_bytes(struct hub *hub, int number)
{
	struct hub_client *client = &hub->clients[number];

	if (client->state == HUB_FREE)
		return;
	system_lost(hub, number);
	if (!end_flush(&client->end)) {
		hub_gone(hub, number);
		return;
	}
	if (client->state != HUB_LEAVES && !client->pending && !end_read(&client->end))
		client->ended = true;
	hub_patience(hub, number);
}

/* True: the client had a frame, and it was carried out. */
static bool hub_take(struct hub *hub, int number)
{
	struct hub_client *client = &hub->clients[number];

	if (client->state == HUB_FREE || client->state == HUB_LEAVES ||
	    !end_has_room(&client->end, LINK_PAYLOAD_MAX, 2 * HUB_REASON_ROOM))
		return false;
	if (!client->pending)
		client->pending = end_next(&client->end, &client->frame);
	if (client->pending) {
		client->heard = hub->now;
		client->pending = !client_frame(hub, number, &client->frame);
		return !client->pending;
	}
	if (client->ended)
		hub_gone(hub, number);
	return false;
}

/* Takes a frame of each client in turn, until the UART has one to carry. True: there was a frame.
 */
static bool hub_round(struct hub *hub)
{
	bool took = false;

	for (int i = 0; i < HUB_CLIENTS && end_is_empty(&hub->system); i++) {
		took |= hub_take(hub, (int)hub->next);
		hub->next = (hub->next + 1) % HUB_CLIENTS;
	}
	return took;
}

bool hub_turn(struct hub *hub, int64_t now)
{
	bool there;

	hub->now = now;
	there = hub_hear(hub);
	for (int i = 0; i < HUB_CLIENTS; i++)
		hub_bytes(hub, i);
	hub->busy = true;
	for (int i = 0; there && hub->busy && i < HUB_ROUNDS; i++) {
		hub->busy = hub_round(hub);
		there = end_flush(&hub->system);
	}
	hub_attend(hub);
	for (int i = 0; i < HUB_CLIENTS; i++)
		if (hub->clients[i].state != HUB_FREE && !end_flush(&hub->clients[i].end))
			hub_gone(hub, i);
	return there && end_flush(&hub->system);
}

void hub_over(struct hub *hub, const char *reason)
{
	for (int i = 0;
	     i < HUB_LAST && end_read(&hub->system) && hub->system.next < hub->system.have; i++)
		hub_hear_frames(hub);
	system_report(hub);
	for (int i = 0; i < HUB_CLIENTS; i++)
		if (hub->clients[i].state != HUB_FREE)
			hub_dismiss(hub, i, reason);
}

bool hub_part(struct hub *hub, int64_t now)
{
	bool some = false;

	hub->now = now;
	for (int i = 0; i < HUB_CLIENTS; i++) {
		if (hub->clients[i].state != HUB_FREE && !end_flush(&hub->clients[i].end))
			hub_gone(hub, i);
		else
			hub_patience(hub, i);
		some |= hub->clients[i].state != HUB_FREE;
	}
	return some;
}
