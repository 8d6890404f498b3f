/* See table.h. */
#include "table.h"
#include "stream.h"
#include <stddef.h>

struct table_socket table_sockets[TABLE_SOCKETS];
bool table_changed;

static uint32_t table_orders;
static uint8_t table_named[TABLE_PROGRAMS][SOCKET_NUMBERS]; /* the socket's place plus 1; 0: none */

struct table_socket *table_find(uint64_t badge, uint64_t number)
{
	const uint32_t place =
	    badge < TABLE_PROGRAMS && number < SOCKET_NUMBERS ? table_named[badge][number] : 0;

	return place != 0 ? &table_sockets[place - 1] : NULL;
}

void table_name(struct table_socket *socket, uint64_t number)
{
	socket->number = (uint8_t)number;
	if (number < SOCKET_NUMBERS)
		table_named[socket->badge][number] = (uint8_t)(table_place(socket) + 1);
}

struct table_socket *table_new(uint64_t badge, uint64_t number, enum table_kind kind)
{
	for (uint32_t i = 0; i < TABLE_SOCKETS; i++) {
		if (table_sockets[i].kind != TABLE_FREE)
			continue;
		table_sockets[i] = (struct table_socket){
		    .kind = (uint8_t)kind, .badge = (uint8_t)badge, .order = table_orders++};
		table_name(&table_sockets[i], number);
		return &table_sockets[i];
	}
	return NULL;
}

static void table_free_in(struct table_socket *socket)
{
	struct pbuf *pbuf = socket->in;

	while (pbuf) {
		struct pbuf *next = pbuf->next;

		pbuf->next = NULL;
		pbuf->tot_len = pbuf->len;
		pbuf_free(pbuf);
		pbuf = next;
	}
}

void table_free(struct table_socket *socket)
{
	table_free_in(socket);
	for (uint32_t i = 0; i < socket->count; i++)
		pbuf_free(socket->datagram[(socket->first + i) % TABLE_DATAGRAMS].pbuf);
	if (socket->number < SOCKET_NUMBERS)
		table_named[socket->badge][socket->number] = 0;
	else if (socket->kind == TABLE_CONNECTION)
		table_sockets[socket->listener].waiting--;
	*socket = (struct table_socket){.kind = TABLE_FREE};
	table_changed = true;
}

uint32_t table_place(const struct table_socket *socket)
{
	return (uint32_t)(socket - table_sockets);
}

struct table_socket *table_waiting(const struct table_socket *listener)
{
	struct table_socket *first = NULL;

	if (listener->waiting == 0)
		return NULL;
	for (uint32_t i = 0; i < TABLE_SOCKETS; i++) {
		struct table_socket *socket = &table_sockets[i];

		if (socket->kind == TABLE_CONNECTION && socket->number == TABLE_UNNAMED &&
		    socket->listener == table_place(listener) &&
		    (!first || (int32_t)(socket->order - first->order) < 0))
			first = socket;
	}
	return first;
}

uint32_t table_waits(uint64_t badge)
{
	uint32_t waits = 0;

	for (uint32_t i = 0; i < TABLE_SOCKETS; i++)
		if (table_sockets[i].kind == TABLE_LISTENER && table_sockets[i].badge == badge)
			waits += table_sockets[i].waiting;
	return waits;
}

uint32_t table_used(void)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < TABLE_SOCKETS; i++)
		used += table_sockets[i].kind != TABLE_FREE;
	return used;
}

bool table_failed(const struct table_socket *socket)
{
	return socket->status != SOCKET_OK;
}

bool table_readable(const struct table_socket *socket)
{
	switch (socket->kind) {
	case TABLE_DATAGRAM:
		return socket->count > 0 || table_failed(socket);
	case TABLE_LISTENER:
		return socket->waiting > 0;
	case TABLE_CONNECTION:
		return socket->in || socket->ended_in || table_failed(socket);
	default:
		return true; /* a read fails at once */
	}
}

/* Whether a program may be told that it can write. A stream with little room isn't woken for each
 * acknowledgement. */
bool table_writable(const struct table_socket *socket)
{
	if (socket->kind != TABLE_CONNECTION || table_failed(socket) || socket->ended_out)
		return true;
	return socket->connected && !stream_starves(socket) &&
	       tcp_sndbuf(socket->tcp) >= TCP_SND_BUF / 2 &&
	       tcp_sndqueuelen(socket->tcp) < TCP_SND_QUEUELEN / 2;
}
