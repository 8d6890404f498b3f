/* See datagram.h. */
#include "datagram.h"
#include "address.h"

#define DATAGRAM_MOST 65507 /* bytes of contents */
#define DATAGRAM_HOLDS                                                                             \
	(PBUF_POOL_SIZE / 2) /* buffers that all sockets together may hold; TCP has the rest */

uint64_t datagram_lost;

static uint32_t datagram_held; /* buffers that all sockets hold */

static void datagram_came(void *argument, struct udp_pcb *pcb, struct pbuf *pbuf,
                          const ip_addr_t *ip, u16_t port)
{
	struct table_socket *socket = argument;
	const uint32_t buffers = pbuf_clen(pbuf);

	(void)pcb;
	if (socket->count == TABLE_DATAGRAMS || socket->ended_in ||
	    datagram_held + buffers > DATAGRAM_HOLDS) {
		datagram_lost++;
		pbuf_free(pbuf);
		return;
	}
	datagram_held += buffers;
	socket->datagram[(socket->first + socket->count++) % TABLE_DATAGRAMS] =
	    (struct table_datagram){.pbuf = pbuf, .from = address_word(ip, port)};
	table_changed = true;
}

static enum socket_status datagram_new(struct table_socket *socket)
{
	if (socket->udp)
		return SOCKET_OK;
	socket->udp = udp_new();
	if (!socket->udp)
		return SOCKET_NO_ROOM;
	udp_recv(socket->udp, datagram_came, socket);
	datagram_set_options(socket);
	return SOCKET_OK;
}

void datagram_set_options(struct table_socket *socket)
{
	if (!socket->udp)
		return;
	if ((socket->options & TABLE_BROADCAST) != 0)
		ip_set_option(socket->udp, SOF_BROADCAST);
	else
		ip_reset_option(socket->udp, SOF_BROADCAST);
}

static enum socket_status datagram_place(struct table_socket *socket, uint64_t address)
{
	const ip_addr_t ip = address_ip(address);
	const err_t error = udp_bind(socket->udp, &ip, SOCKET_PORT(address));

	if (error != ERR_OK)
		return error == ERR_USE ? SOCKET_IN_USE : SOCKET_BAD;
	socket->options |= TABLE_BOUND;
	socket->local = address_word(&socket->udp->local_ip, socket->udp->local_port);
	return SOCKET_OK;
}

enum socket_status datagram_bind(struct table_socket *socket, uint64_t address)
{
	const enum socket_status status = datagram_new(socket);

	if (status != SOCKET_OK)
		return status;
	if ((socket->options & TABLE_BOUND) != 0) /* the call is repeated after a crash */
		return SOCKET_PORT(address) == SOCKET_PORT(socket->local) ? SOCKET_OK : SOCKET_BAD;
	return datagram_place(socket, address);
}

/* Makes the socket ready to send. A socket without a port gets a port, and keeps it. */
static enum socket_status datagram_ready(struct table_socket *socket)
{
	const enum socket_status status = datagram_new(socket);

	return status != SOCKET_OK || (socket->options & TABLE_BOUND) != 0
	           ? status
	           : datagram_place(socket, 0);
}

enum socket_status datagram_connect(struct table_socket *socket, uint64_t address)
{
	const ip_addr_t ip = address_ip(address);
	const enum socket_status status = datagram_ready(socket);

	if (status != SOCKET_OK)
		return status;
	socket->remote = address;
	socket->connected = address != 0;
	if (address == 0)
		udp_disconnect(socket->udp);
	else if (udp_connect(socket->udp, &ip, SOCKET_PORT(address)) != ERR_OK)
		return SOCKET_NO_ROUTE;
	return SOCKET_OK;
}

enum socket_status datagram_send(struct table_socket *socket, const uint8_t *from, uint32_t count,
                                 uint64_t address, uint32_t *done)
{
	const uint64_t to = address != 0 ? address : socket->remote;
	const ip_addr_t ip = address_ip(to);
	enum socket_status status = datagram_ready(socket);
	struct pbuf *pbuf;
	err_t error;

	if (status != SOCKET_OK)
		return status;
	if (to == 0)
		return SOCKET_NOT_CONNECTED;
	if (count > DATAGRAM_MOST)
		return SOCKET_TOO_LONG;
	pbuf = pbuf_alloc(PBUF_TRANSPORT, (uint16_t)count, PBUF_RAM);
	if (!pbuf)
		return SOCKET_NO_ROOM;
	(void)pbuf_take(pbuf, from, (uint16_t)count);
	error = udp_sendto(socket->udp, pbuf, &ip, SOCKET_PORT(to));
	pbuf_free(pbuf);
	*done = count;
	if (error == ERR_OK)
		return SOCKET_OK;
	return error == ERR_RTE ? SOCKET_NO_ROUTE : error == ERR_MEM ? SOCKET_NO_ROOM : SOCKET_BAD;
}

static void datagram_drop(struct table_socket *socket)
{
	struct pbuf *pbuf = socket->datagram[socket->first].pbuf;

	socket->first = (socket->first + 1) % TABLE_DATAGRAMS;
	socket->count--;
	datagram_held -= pbuf_clen(pbuf);
	pbuf_free(pbuf);
}

enum socket_status datagram_receive(struct table_socket *socket, uint8_t *to, uint32_t count,
                                    bool stays, uint32_t *done, uint64_t *address, uint32_t *whole)
{
	const struct table_datagram *datagram = &socket->datagram[socket->first];

	if (socket->count == 0)
		return socket->ended_in ? SOCKET_OK : SOCKET_AGAIN;
	*whole = datagram->pbuf->tot_len;
	*address = datagram->from;
	*done =
	    pbuf_copy_partial(datagram->pbuf, to, (uint16_t)(count < *whole ? count : *whole), 0);
	if (!stays)
		datagram_drop(socket);
	return SOCKET_OK;
}

void datagram_close(struct table_socket *socket)
{
	while (socket->count > 0)
		datagram_drop(socket);
	if (socket->udp)
		udp_remove(socket->udp);
	table_free(socket);
}
