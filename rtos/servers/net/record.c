/* See record.h. */
#include "record.h"
#include "datagram.h"
#include "port.h"
#include "stream.h"
#include <rtos/keep.h>
#include <rtos/sys.h>

#define RECORD_VERSION 1

struct record_facts record_facts;

struct record_socket {
	uint8_t kind, number, options, badge;
	uint8_t backlog, reserved[3];
	uint64_t local, remote;
};

static struct {
	struct record_facts facts;
	struct record_socket socket[TABLE_SOCKETS];
} record_state;

static struct keep record_keep;

static void record_note(struct record_socket *entry, const struct table_socket *socket)
{
	*entry = (struct record_socket){.kind = socket->kind,
	                                .number = socket->number,
	                                .options = socket->options,
	                                .badge = socket->badge,
	                                .backlog = socket->backlog,
	                                .local = socket->local,
	                                .remote = socket->remote};
}

void record_write(void)
{
	record_state.facts = record_facts;
	for (uint32_t i = 0; i < TABLE_SOCKETS; i++)
		record_note(&record_state.socket[i], &table_sockets[i]);
	keep_write(&record_keep, &record_state);
}

/* Makes the socket of an entry again. The other side of a connection doesn't know this server. So
 * the connection becomes one that is gone, and its program is told of a reset. */
static bool record_again(struct table_socket *socket, const struct record_socket *entry)
{
	const bool bound = (entry->options & TABLE_BOUND) != 0;

	socket->options = entry->options & (uint8_t)~TABLE_BOUND;
	switch (entry->kind) {
	case TABLE_DATAGRAM:
		return (!bound || datagram_bind(socket, entry->local) == SOCKET_OK) &&
		       (entry->remote == 0 || datagram_connect(socket, entry->remote) == SOCKET_OK);
	case TABLE_STREAM:
		return !bound || stream_bind(socket, entry->local) == SOCKET_OK;
	case TABLE_LISTENER:
		socket->kind = TABLE_STREAM;
		return stream_bind(socket, entry->local) == SOCKET_OK &&
		       stream_listen(socket, entry->backlog) == SOCKET_OK;
	default:
		record_facts.ended++;
		socket->gone = true;
		socket->status = SOCKET_RESET;
		socket->local = entry->local;
		socket->remote = entry->remote;
		return true;
	}
}

static bool record_possible(const struct record_socket *entry)
{
	return entry->kind > TABLE_FREE && entry->kind <= TABLE_CONNECTION &&
	       entry->number < SOCKET_NUMBERS && entry->badge < TABLE_PROGRAMS;
}

static void record_restore(void)
{
	record_facts = record_state.facts;
	for (uint32_t i = 0; i < TABLE_SOCKETS; i++) {
		const struct record_socket *entry = &record_state.socket[i];
		struct table_socket *socket;

		if (!record_possible(entry))
			continue;
		socket = table_new(entry->badge, entry->number, entry->kind);
		if (!record_again(socket, entry))
			port_say("a socket of an earlier server can't be made again");
	}
}

const char *record_begin(void)
{
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);

	if (!keep || keep->size < keep_area(sizeof(record_state)))
		return "its kumiki,keep is missing or too small";
	if (keep_open(&record_keep, (void *)keep->address, &record_state, sizeof(record_state),
	              RECORD_VERSION) == KEEP_FOUND)
		record_restore();
	record_facts.starts++;
	record_write();
	return NULL;
}

bool record_is_sound(void)
{
	return keep_holds(&record_keep, &record_state);
}
