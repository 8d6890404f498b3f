/* See serve.h. */
#include "serve.h"
#include "datagram.h"
#include "link.h"
#include "record.h"
#include "stream.h"
#include "waits.h"
#include <lwip/dns.h>
#include <lwip/stats.h>
#include <proto/policy.h>
#include <proto/supervisor.h>
#include <rtos/buffer.h>

static struct {
	struct buffers buffers;
	const struct netif *netif;
	bool wants_record; /* something has changed that is in kept memory, too */
} serve;

void serve_begin(const char *port, const struct netif *netif)
{
	serve.buffers.port = port;
	serve.netif = netif;
}

static void serve_close(struct table_socket *socket)
{
	if (socket->kind == TABLE_DATAGRAM)
		datagram_close(socket);
	else
		stream_close(socket);
	serve.wants_record = true;
}

/* Closes all sockets of a program. Connections that wait to be accepted go with their listener. */
static void serve_close_all(uint64_t badge)
{
	for (uint64_t number = 0; number < SOCKET_NUMBERS; number++) {
		struct table_socket *socket = table_find(badge, number);

		if (socket)
			serve_close(socket);
	}
	waits_forget(badge);
}

/* ---- programs ---- */

/* Asks for the program's starts. False: the program has ended, and isn't about to be started. */
static bool serve_ask(uint64_t badge, uint32_t *starts)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, badge - 1};

	if (sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) != RTOS_OK ||
	    word[0] != SUPERVISOR_OK)
		return false;
	*starts = (uint32_t)word[3];
	return policy_has_process((enum policy_state)word[1]);
}

static void serve_look_at(uint64_t badge)
{
	uint32_t starts = 0;

	if (serve_ask(badge, &starts) && starts == record_facts.program_starts[badge])
		return;
	serve_close_all(badge);
}

void serve_look(void)
{
	bool has[TABLE_PROGRAMS] = {false};

	for (uint32_t i = 0; i < TABLE_SOCKETS; i++) {
		if (table_sockets[i].kind != TABLE_FREE)
			has[table_sockets[i].badge] = true;
	}
	for (uint64_t badge = 1; badge < TABLE_PROGRAMS; badge++)
		if (has[badge])
			serve_look_at(badge);
	if (serve.wants_record)
		record_write();
	serve.wants_record = false;
}

static enum socket_status serve_open(uint64_t badge)
{
	serve_close_all(badge);
	(void)serve_ask(badge, &record_facts.program_starts[badge]);
	serve.wants_record = true;
	return SOCKET_OK;
}

/* ---- sockets ---- */

static enum socket_status serve_make(uint64_t badge, uint64_t number, uint64_t type)
{
	struct table_socket *socket = table_find(badge, number);

	if (number >= SOCKET_NUMBERS || (type != SOCKET_STREAM && type != SOCKET_DATAGRAM))
		return SOCKET_BAD;
	if (socket)
		serve_close(socket);
	serve.wants_record = true;
	return table_new(badge, number, type == SOCKET_STREAM ? TABLE_STREAM : TABLE_DATAGRAM)
	           ? SOCKET_OK
	           : SOCKET_NO_ROOM;
}

static enum socket_status serve_accept(struct table_socket *listener, uint64_t word[RTOS_WORDS])
{
	struct table_socket *connection = table_find(listener->badge, word[2]);
	enum socket_status status;

	if (word[2] >= SOCKET_NUMBERS || connection == listener)
		return SOCKET_BAD;
	if (connection)
		serve_close(connection);
	status = stream_accept(listener, word[2], &connection);
	if (status != SOCKET_OK)
		return status;
	serve.wants_record = true;
	word[1] = connection->remote;
	return status;
}

/* The place of a piece in the caller's buffer; NULL: it isn't wholly in the buffer. */
static uint8_t *serve_piece(uint64_t badge, uint64_t piece)
{
	const struct buffer *buffer = buffer_of(&serve.buffers, badge);
	const uint64_t count = SOCKET_PIECE_COUNT(piece), at = SOCKET_PIECE_AT(piece);

	return buffer->bytes && at <= buffer->size && count <= buffer->size - at
	           ? buffer->bytes + at
	           : NULL;
}

static enum socket_status serve_send(struct table_socket *socket, uint64_t word[RTOS_WORDS])
{
	const uint8_t *from = serve_piece(socket->badge, word[2]);
	const uint32_t count = SOCKET_PIECE_COUNT(word[2]);
	const bool was_bound = (socket->options & TABLE_BOUND) != 0;
	enum socket_status status;
	uint32_t done = 0;

	if (!from)
		return SOCKET_BAD;
	if (socket->kind == TABLE_DATAGRAM)
		status = datagram_send(socket, from, count, word[3], &done);
	else
		status = stream_send(socket, from, count, &done);
	serve.wants_record |= was_bound != ((socket->options & TABLE_BOUND) != 0);
	word[1] = done;
	return status;
}

static enum socket_status serve_receive(struct table_socket *socket, uint64_t word[RTOS_WORDS])
{
	uint8_t *to = serve_piece(socket->badge, word[2]);
	const uint32_t count = SOCKET_PIECE_COUNT(word[2]);
	enum socket_status status;
	uint64_t from = socket->remote;
	uint32_t done = 0, whole = 0;

	if (!to)
		return SOCKET_BAD;
	if (socket->kind == TABLE_DATAGRAM) {
		status = datagram_receive(socket, to, count, word[3] != 0, &done, &from, &whole);
	} else {
		status = stream_receive(socket, to, count, word[3] != 0, &done);
		whole = done;
	}
	word[1] = done;
	word[2] = from;
	word[3] = whole;
	return status;
}

static enum socket_status serve_shutdown(struct table_socket *socket, uint64_t how)
{
	if (how == 0 || how > 3)
		return SOCKET_BAD;
	if (socket->kind != TABLE_DATAGRAM)
		return stream_shutdown(socket, (how & 2) != 0, (how & 1) != 0);
	socket->ended_in |= (how & 2) != 0;
	socket->ended_out |= (how & 1) != 0;
	table_changed = true;
	return SOCKET_OK;
}

/* Tells a socket's state. An error is told once, but the error of a connection that is gone is told
 * each time. */
static enum socket_status serve_state(struct table_socket *socket, uint64_t word[RTOS_WORDS])
{
	word[1] = socket->local;
	word[2] = socket->connected || socket->gone ? socket->remote : 0;
	word[3] = socket->status;
	word[4] = socket->kind == TABLE_DATAGRAM ? SOCKET_DATAGRAM : SOCKET_STREAM;
	word[5] = socket->kind == TABLE_LISTENER;
	if (!socket->gone)
		socket->status = SOCKET_OK;
	return SOCKET_OK;
}

static enum socket_status serve_option(struct table_socket *socket, uint64_t option, uint64_t on)
{
	const uint8_t bit = option == SOCKET_NO_DELAY     ? TABLE_NO_DELAY
	                    : option == SOCKET_KEEP_ALIVE ? TABLE_KEEP_ALIVE
	                                                  : TABLE_BROADCAST;

	if (option == 0 || option > SOCKET_BROADCAST)
		return SOCKET_BAD;
	socket->options = (uint8_t)(on != 0 ? socket->options | bit : socket->options & ~bit);
	serve.wants_record = true;
	if (socket->kind == TABLE_DATAGRAM)
		datagram_set_options(socket);
	else
		stream_set_options(socket);
	return SOCKET_OK;
}

static enum socket_status serve_bind(struct table_socket *socket, uint64_t address)
{
	serve.wants_record = true;
	return socket->kind == TABLE_DATAGRAM ? datagram_bind(socket, address)
	                                      : stream_bind(socket, address);
}

static enum socket_status serve_connect(struct table_socket *socket, uint64_t address)
{
	serve.wants_record = true;
	return socket->kind == TABLE_DATAGRAM ? datagram_connect(socket, address)
	                                      : stream_connect(socket, address);
}

static enum socket_status serve_listen(struct table_socket *socket, uint64_t backlog)
{
	serve.wants_record = true;
	return socket->kind == TABLE_DATAGRAM
	           ? SOCKET_BAD
	           : stream_listen(socket,
	                           backlog < SOCKET_NUMBERS ? (uint32_t)backlog : SOCKET_NUMBERS);
}

/* Carries out a call that names a socket. */
static enum socket_status serve_of(struct table_socket *socket, uint64_t word[RTOS_WORDS])
{
	switch (word[0]) {
	case SOCKET_CLOSE:
		serve_close(socket);
		return SOCKET_OK;
	case SOCKET_BIND:
		return serve_bind(socket, word[2]);
	case SOCKET_CONNECT:
		return serve_connect(socket, word[2]);
	case SOCKET_LISTEN:
		return serve_listen(socket, word[2]);
	case SOCKET_ACCEPT:
		return serve_accept(socket, word);
	case SOCKET_SEND:
		return serve_send(socket, word);
	case SOCKET_RECEIVE:
		return serve_receive(socket, word);
	case SOCKET_SHUTDOWN:
		return serve_shutdown(socket, word[2]);
	case SOCKET_STATE:
		return serve_state(socket, word);
	case SOCKET_OPTION:
		return serve_option(socket, word[2], word[3]);
	default:
		return SOCKET_BAD;
	}
}

/* ---- figures ---- */

static void serve_of_network(uint64_t word[RTOS_WORDS])
{
	const struct netif *netif = serve.netif;

	word[1] = lwip_ntohl(netif_ip4_addr(netif)->addr);
	word[2] = lwip_ntohl(netif_ip4_netmask(netif)->addr);
	word[3] = lwip_ntohl(netif_ip4_gw(netif)->addr);
	word[4] = lwip_ntohl(ip_addr_get_ip4_u32(dns_getserver(0)));
	word[5] = link_address();
	word[6] = link_works();
	word[7] = record_facts.starts;
}

static void serve_of_card(uint64_t word[RTOS_WORDS])
{
	const struct nic_counts counts = link_counts();

	word[1] = counts.received;
	word[2] = counts.sent;
	word[3] = counts.dropped;
	word[4] = counts.lost_in;
	word[5] = counts.lost_out;
	word[6] = counts.starts;
	word[7] = link_lost.no_room + link_lost.not_sent;
}

static enum socket_status serve_figures(uint64_t word[RTOS_WORDS])
{
	switch (word[1]) {
	case SOCKET_OF_NETWORK:
		serve_of_network(word);
		return SOCKET_OK;
	case SOCKET_OF_CARD:
		serve_of_card(word);
		return SOCKET_OK;
	case SOCKET_OF_SERVER:
		word[1] = table_used();
		word[2] = record_facts.ended;
		word[3] = datagram_lost;
		word[4] = link_lost.damaged;
		word[5] = 0;
		return SOCKET_OK;
	default:
		return SOCKET_BAD;
	}
}

/* ---- calls ---- */

static enum socket_status serve_one(struct sys_message *message)
{
	struct table_socket *socket;

	if (message->badge == 0 || message->badge >= TABLE_PROGRAMS)
		return SOCKET_BAD;
	switch (message->word[0]) {
	case SOCKET_OPEN:
		return serve_open(message->badge);
	case SOCKET_MAKE:
		return serve_make(message->badge, message->word[1], message->word[2]);
	case SOCKET_WAIT:
		return waits_wait(message);
	case SOCKET_PING:
		return waits_ping(message);
	case SOCKET_LOOKUP:
		return waits_lookup(message);
	case SOCKET_FIGURES:
		return serve_figures(message->word);
	default:
		socket = table_find(message->badge, message->word[1]);
		return socket ? serve_of(socket, message->word) : SOCKET_NONE;
	}
}

/* Carries a call out. What outlives the server is written before the answer goes. */
void serve_call(struct sys_message *message)
{
	message->word[0] = serve_one(message);
	if (serve.wants_record)
		record_write();
	serve.wants_record = false;
}
