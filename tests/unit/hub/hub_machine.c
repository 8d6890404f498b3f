/* See hub_machine.h. */
#include "hub_machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unit.h>

struct hub hub;
struct peer system_end, peers[PEERS];
int64_t now;

void turns(int count)
{
	while (count-- > 0)
		assert_true(hub_turn(&hub, now));
}

void says(struct peer *peer, uint8_t type, const void *payload, size_t size)
{
	uint8_t frame[LINKFRAME_MAX];

	if (size)
		memcpy(frame + LINKFRAME_HEADER, payload, size);
	size = linkframe_close(frame, type, size);
	assert_int_equal(write(peer->file, frame, size), size);
	turns(3);
}

bool hears(struct peer *peer)
{
	uint8_t byte;

	while (!linkframe_next(&peer->parser, &peer->frame)) {
		if (recv(peer->file, &byte, 1, MSG_DONTWAIT) != 1)
			return false;
		(void)linkframe_put(&peer->parser, byte);
	}
	return true;
}

void hears_type(struct peer *peer, uint8_t type)
{
	if (!hears(peer))
		fail_msg("no frame, but %u was to come", type);
	if (peer->frame.type != type)
		fail_msg("%u came, but %u was to come: %.*s", peer->frame.type, type,
		         (int)peer->frame.size, (const char *)peer->frame.payload);
}

void hears_nothing(struct peer *peer)
{
	assert_false(hears(peer));
}

void is_refused(struct peer *peer, uint8_t type, const char *words)
{
	char text[LINK_PAYLOAD_MAX + 1];

	hears_type(peer, LINK_ERROR);
	assert_int_equal(peer->frame.payload[0], type);
	snprintf(text, sizeof(text), "%.*s", peer->frame.size - 2,
	         (const char *)peer->frame.payload + 2);
	if (!strstr(text, words))
		fail_msg("\"%s\" isn't in \"%s\"", words, text);
}

void hears_last(struct peer *peer, const char *words)
{
	char text[LINK_PAYLOAD_MAX + 1];

	hears_type(peer, LINK_OVER);
	snprintf(text, sizeof(text), "%.*s", peer->frame.size, (const char *)peer->frame.payload);
	if (!strstr(text, words))
		fail_msg("\"%s\" isn't in \"%s\"", words, text);
}

int peer_start(struct peer *peer)
{
	int ends[2];

	memset(peer, 0, sizeof(*peer));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	peer->file = ends[0];
	return ends[1];
}

void system_welcomes(void)
{
	uint8_t payload[sizeof(struct link_welcome) + 3 * sizeof(struct link_source)] = {0};
	const struct link_welcome welcome = {
	    .revision = LINK_REVISION, .partitions = 2, .cores = 2};

	memcpy(payload, &welcome, sizeof(welcome));
	says(&system_end, LINK_WELCOME, payload, sizeof(payload));
}

void joins(int number, uint8_t allowed)
{
	assert_int_equal(hub_accept(&hub, peer_start(&peers[number]), allowed), number);
}

void asks_for(int number, uint32_t rights)
{
	const uint32_t hello[2] = {LINK_REVISION, rights};

	says(&peers[number], LINK_HELLO, hello, sizeof(hello));
}

void leaves(int number)
{
	close(peers[number].file);
	peers[number].file = -1;
	turns(3);
}

void begin(void)
{
	now = 1000000;
	hub_start(&hub, peer_start(&system_end), now);
	for (int i = 0; i < PEERS; i++)
		joins(i, LINK_RIGHTS);
	asks_for(0, LINK_RIGHTS);
	hears_type(&system_end, LINK_HELLO);
	system_welcomes();
	hears_type(&peers[0], LINK_WELCOME);
	for (int i = 1; i < PEERS; i++) {
		asks_for(i, LINK_RIGHTS);
		hears_type(&peers[i], LINK_WELCOME);
	}
	hears_nothing(&system_end);
}

void end(void)
{
	for (int i = 0; i < HUB_CLIENTS; i++)
		end_close(&hub.clients[i].end);
	end_close(&hub.system);
	for (int i = 0; i < PEERS; i++)
		if (peers[i].file > 0)
			close(peers[i].file);
	close(system_end.file);
	memset(peers, 0, sizeof(peers));
}

void commands(int number, uint8_t line, const char *text)
{
	uint8_t payload[64] = {line};

	snprintf((char *)payload + 1, sizeof(payload) - 1, "%s", text);
	says(&peers[number], LINK_COMMAND, payload, 1 + strlen(text));
}

void system_answers(uint8_t line, bool last, const char *text)
{
	uint8_t payload[64] = {line, last, 0};

	snprintf((char *)payload + 3, sizeof(payload) - 3, "%s", text);
	says(&system_end, LINK_ANSWER, payload, 3 + strlen(text));
}

void debugs(int number, uint8_t partition)
{
	uint8_t payload[8 + sizeof(struct debug_request)] = {partition};

	says(&peers[number], LINK_DEBUG, payload, sizeof(payload));
}
