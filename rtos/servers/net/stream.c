/* See stream.h. lwIP calls back with the socket of a control block. stream_let_go() parts the two:
 * afterwards the control block has no socket, and lwIP calls nothing back for it. */
#include "stream.h"
#include "address.h"
#include <lib/copy.h>

static enum socket_status stream_status(err_t error)
{
	switch (error) {
	case ERR_OK:
		return SOCKET_OK;
	case ERR_USE:
		return SOCKET_IN_USE;
	case ERR_RTE:
	case ERR_IF:
		return SOCKET_NO_ROUTE;
	case ERR_RST:
	case ERR_CLSD:
		return SOCKET_RESET;
	case ERR_ABRT:
	case ERR_TIMEOUT:
		return SOCKET_TIMED_OUT;
	case ERR_MEM:
	case ERR_BUF:
		return SOCKET_NO_ROOM;
	case ERR_ISCONN:
		return SOCKET_IS_CONNECTED;
	default:
		return SOCKET_BAD;
	}
}

/* Counts acknowledgements and ends of streams. With each, memory may come back for which other
 * streams wait. */
static uint32_t stream_freed = 1;

bool stream_starves(const struct table_socket *socket)
{
	return socket->starved == stream_freed;
}

static void stream_let_go(struct tcp_pcb *pcb, bool listens)
{
	tcp_arg(pcb, NULL);
	if (listens) {
		tcp_accept(pcb, NULL);
		return;
	}
	tcp_recv(pcb, NULL);
	tcp_sent(pcb, NULL);
	tcp_err(pcb, NULL);
}

/* Lets the control block go when both sides have closed, as lwIP soon frees it without a word. */
static void stream_settle(struct table_socket *socket)
{
	if (socket->tcp->state != TIME_WAIT && socket->tcp->state != CLOSING)
		return;
	stream_let_go(socket->tcp, false);
	socket->tcp = NULL;
	socket->gone = socket->ended_out = true;
}

/* ---- lwIP calls back ---- */

static err_t stream_came(void *argument, struct tcp_pcb *pcb, struct pbuf *pbuf, err_t error)
{
	struct table_socket *socket = argument;

	(void)error;
	table_changed = true;
	if (!pbuf) {
		socket->ended_in = true;
		stream_settle(socket);
		return ERR_OK;
	}
	if (socket->ended_in) { /* a shutdown ended this way: nobody wants it */
		tcp_recved(pcb, pbuf->tot_len);
		pbuf_free(pbuf);
		return ERR_OK;
	}
	/* Several segments were merged, and their sender waits for word (RFC 5681, 4.2). */
	if (pbuf->next)
		tcp_set_flags(pcb, TF_ACK_NOW);
	if (socket->in)
		socket->in_last->next = pbuf;
	else
		socket->in = pbuf;
	while (pbuf->next)
		pbuf = pbuf->next;
	socket->in_last = pbuf;
	return ERR_OK;
}

static err_t stream_sent(void *argument, struct tcp_pcb *pcb, u16_t length)
{
	(void)argument;
	(void)pcb;
	(void)length;
	stream_freed++;
	table_changed = true;
	return ERR_OK;
}

/* lwIP has freed the control block already. */
static void stream_failed(void *argument, err_t error)
{
	struct table_socket *socket = argument;
	const bool early = !socket->connected;

	stream_freed++;
	table_changed = true;
	socket->tcp = NULL;
	socket->gone = true;
	if (socket->number == TABLE_UNNAMED) {
		table_free(socket);
		return;
	}
	if (socket->ended_in && socket->ended_out)
		return; /* both sides have said good-bye */
	socket->status = early && error == ERR_RST ? SOCKET_REFUSED : (uint8_t)stream_status(error);
}

static void stream_adopt(struct table_socket *socket, struct tcp_pcb *pcb)
{
	socket->tcp = pcb;
	tcp_arg(pcb, socket);
	tcp_recv(pcb, stream_came);
	tcp_sent(pcb, stream_sent);
	tcp_err(pcb, stream_failed);
}

static void stream_connected_to(struct table_socket *socket)
{
	const struct tcp_pcb *pcb = socket->tcp;

	socket->connected = true;
	socket->local = address_word(&pcb->local_ip, pcb->local_port);
	socket->remote = address_word(&pcb->remote_ip, pcb->remote_port);
	table_changed = true;
}

static err_t stream_connected(void *argument, struct tcp_pcb *pcb, err_t error)
{
	(void)pcb;
	(void)error;
	stream_connected_to(argument);
	return ERR_OK;
}

/* Takes a connection that came. A connection without room is refused. All listeners of a program
 * together have as many waiting connections as the program has sockets. */
static err_t stream_accepted(void *argument, struct tcp_pcb *pcb, err_t error)
{
	struct table_socket *listener = argument, *socket;

	if (error != ERR_OK || !pcb)
		return ERR_VAL;
	socket = table_waits(listener->badge) < SOCKET_NUMBERS
	             ? table_new(listener->badge, TABLE_UNNAMED, TABLE_CONNECTION)
	             : NULL;
	if (!socket)
		return ERR_MEM;
	socket->listener = (uint8_t)table_place(listener);
	listener->waiting++;
	stream_adopt(socket, pcb);
	stream_connected_to(socket);
	tcp_backlog_delayed(pcb);
	return ERR_OK;
}

/* ---- what programs ask for ---- */

/* Makes a control block for a stream that has none yet. */
static enum socket_status stream_new(struct table_socket *socket)
{
	struct tcp_pcb *pcb = tcp_new();

	if (!pcb)
		return SOCKET_NO_ROOM;
	/* An address can be bound again at once, also if an earlier server had bound it. */
	ip_set_option(pcb, SOF_REUSEADDR);
	stream_adopt(socket, pcb);
	stream_set_options(socket);
	return SOCKET_OK;
}

void stream_set_options(struct table_socket *socket)
{
	struct tcp_pcb *pcb = socket->tcp;

	if (!pcb || socket->kind == TABLE_LISTENER)
		return;
	if ((socket->options & TABLE_NO_DELAY) != 0)
		tcp_nagle_disable(pcb);
	else
		tcp_nagle_enable(pcb);
	if ((socket->options & TABLE_KEEP_ALIVE) != 0)
		ip_set_option(pcb, SOF_KEEPALIVE);
	else
		ip_reset_option(pcb, SOF_KEEPALIVE);
}

enum socket_status stream_bind(struct table_socket *socket, uint64_t address)
{
	const ip_addr_t ip = address_ip(address);
	enum socket_status status = SOCKET_OK;

	if (socket->kind != TABLE_STREAM)
		return SOCKET_BAD;
	if ((socket->options & TABLE_BOUND) != 0) /* the call is repeated after a crash */
		return SOCKET_PORT(address) == SOCKET_PORT(socket->local) ? SOCKET_OK : SOCKET_BAD;
	if (!socket->tcp)
		status = stream_new(socket);
	if (status == SOCKET_OK)
		status = stream_status(tcp_bind(socket->tcp, &ip, SOCKET_PORT(address)));
	if (status != SOCKET_OK)
		return status;
	socket->options |= TABLE_BOUND;
	socket->local = address_word(&socket->tcp->local_ip, socket->tcp->local_port);
	return status;
}

enum socket_status stream_connect(struct table_socket *socket, uint64_t address)
{
	const ip_addr_t ip = address_ip(address);
	enum socket_status status = SOCKET_OK;

	if (socket->kind == TABLE_CONNECTION && socket->gone)
		return (enum socket_status)socket->status;
	if (socket->kind == TABLE_CONNECTION)
		return socket->connected ? SOCKET_IS_CONNECTED : SOCKET_AGAIN;
	if (socket->kind != TABLE_STREAM || SOCKET_PORT(address) == 0 || SOCKET_IP(address) == 0)
		return SOCKET_BAD;
	if (!socket->tcp)
		status = stream_new(socket);
	if (status == SOCKET_OK)
		status = stream_status(
		    tcp_connect(socket->tcp, &ip, SOCKET_PORT(address), stream_connected));
	if (status != SOCKET_OK)
		return status;
	socket->kind = TABLE_CONNECTION;
	socket->remote = address;
	return SOCKET_AGAIN;
}

enum socket_status stream_listen(struct table_socket *socket, uint32_t backlog)
{
	struct tcp_pcb *listening;
	err_t error = ERR_OK;

	backlog = backlog == 0 ? 1 : backlog < SOCKET_NUMBERS ? backlog : SOCKET_NUMBERS;
	if (socket->kind == TABLE_LISTENER) {
		tcp_backlog_set(socket->tcp, (uint8_t)backlog);
		return SOCKET_OK;
	}
	if (socket->kind != TABLE_STREAM || (socket->options & TABLE_BOUND) == 0)
		return SOCKET_BAD;
	listening = tcp_listen_with_backlog_and_err(socket->tcp, (uint8_t)backlog, &error);
	if (!listening)
		return stream_status(error);
	socket->kind = TABLE_LISTENER;
	socket->backlog = (uint8_t)backlog;
	socket->tcp = listening;
	tcp_arg(listening, socket);
	tcp_accept(listening, stream_accepted);
	return SOCKET_OK;
}

enum socket_status stream_accept(struct table_socket *listener, uint64_t number,
                                 struct table_socket **connection)
{
	if (listener->kind != TABLE_LISTENER)
		return SOCKET_BAD;
	*connection = table_waiting(listener);
	if (!*connection)
		return SOCKET_AGAIN;
	table_name(*connection, number);
	listener->waiting--;
	if ((*connection)->tcp)
		tcp_backlog_accepted((*connection)->tcp);
	return SOCKET_OK;
}

/* Why nothing can be sent or received; SOCKET_OK: it can be. */
static enum socket_status stream_can(const struct table_socket *socket)
{
	if (socket->kind != TABLE_CONNECTION)
		return SOCKET_NOT_CONNECTED;
	if (socket->gone)
		return (enum socket_status)socket->status;
	return socket->connected ? SOCKET_OK : SOCKET_AGAIN;
}

enum socket_status stream_send(struct table_socket *socket, const uint8_t *from, uint32_t count,
                               uint32_t *done)
{
	const enum socket_status status = stream_can(socket);
	err_t error;

	if (status != SOCKET_OK)
		return status;
	if (socket->ended_out)
		return SOCKET_ENDED;
	*done = count < tcp_sndbuf(socket->tcp) ? count : tcp_sndbuf(socket->tcp);
	if (*done == 0)
		return count == 0 ? SOCKET_OK : SOCKET_AGAIN;
	error = tcp_write(socket->tcp, from, (uint16_t)*done, TCP_WRITE_FLAG_COPY);
	if (error == ERR_MEM) {
		socket->starved = stream_freed;
		return SOCKET_AGAIN;
	}
	if (error == ERR_OK)
		(void)tcp_output(socket->tcp);
	return stream_status(error);
}

/* Frees the first buffer, which was read whole. */
static void stream_drop(struct table_socket *socket)
{
	struct pbuf *first = socket->in;

	socket->in = first->next;
	socket->in_at = 0;
	first->next = NULL;
	first->tot_len = first->len;
	pbuf_free(first);
}

static uint32_t stream_copy(struct table_socket *socket, uint8_t *to, uint32_t count, bool stays)
{
	const struct pbuf *pbuf = socket->in;
	uint32_t done = 0, at = socket->in_at;

	while (pbuf && done < count) {
		const uint32_t left = pbuf->len - at;
		const uint32_t piece = left < count - done ? left : count - done;

		copy_bytes(to + done, (const uint8_t *)pbuf->payload + at, piece);
		done += piece;
		at += piece;
		if (at < pbuf->len)
			break;
		pbuf = pbuf->next;
		at = 0;
		if (!stays)
			stream_drop(socket);
	}
	if (!stays)
		socket->in_at = at;
	return done;
}

enum socket_status stream_receive(struct table_socket *socket, uint8_t *to, uint32_t count,
                                  bool stays, uint32_t *done)
{
	enum socket_status status = stream_can(socket);

	*done = 0;
	if (socket->kind == TABLE_CONNECTION && socket->in) {
		*done = stream_copy(socket, to, count, stays);
		if (!stays && socket->tcp)
			tcp_recved(socket->tcp, (uint16_t)*done);
		return SOCKET_OK;
	}
	if (status == SOCKET_OK && !socket->ended_in)
		status = SOCKET_AGAIN;
	return status;
}

enum socket_status stream_shutdown(struct table_socket *socket, bool in, bool out)
{
	const enum socket_status status = stream_can(socket);
	err_t error = ERR_OK;

	if (status != SOCKET_OK)
		return status == SOCKET_AGAIN ? SOCKET_NOT_CONNECTED : status;
	socket->ended_in |= in;
	if (out && !socket->ended_out)
		error = tcp_shutdown(socket->tcp, 0, 1);
	if (error == ERR_OK)
		socket->ended_out |= out;
	table_changed = true;
	return stream_status(error);
}

/* Closes a socket. If nobody read what the other side sent, a reset tells the other side so (RFC
 * 2525, 2.17). */
void stream_close(struct table_socket *socket)
{
	const bool listens = socket->kind == TABLE_LISTENER;
	struct table_socket *waiting;

	while (listens && (waiting = table_waiting(socket)) != NULL)
		stream_close(waiting);
	if (socket->tcp) {
		stream_let_go(socket->tcp, listens);
		if (socket->in || tcp_close(socket->tcp) != ERR_OK)
			tcp_abort(socket->tcp);
	}
	table_free(socket);
}
