/* The sockets of all programs. stream.c and datagram.c have what lwIP knows of each. */
#ifndef NET_TABLE_H
#define NET_TABLE_H

#include <lwip/pbuf.h>
#include <lwip/tcp.h>
#include <lwip/udp.h>
#include <proto/socket.h>
#include <stdbool.h>

#define TABLE_SOCKETS   128
#define TABLE_PROGRAMS  65   /* badges: numbers of programs plus 1; 0 is nobody */
#define TABLE_DATAGRAMS 16   /* datagrams that a socket holds until they are read */
#define TABLE_UNNAMED   0xff /* the number of a connection that wasn't accepted yet */

enum table_kind {
	TABLE_FREE = 0,
	TABLE_DATAGRAM = 1,
	TABLE_STREAM = 2, /* neither listens, nor is connected */
	TABLE_LISTENER = 3,
	TABLE_CONNECTION = 4, /* being made, made, or gone */
};

/* Bits of `options`. */
enum table_option {
	TABLE_NO_DELAY = 1,
	TABLE_KEEP_ALIVE = 2,
	TABLE_BROADCAST = 4,
	TABLE_BOUND = 8,
};

struct table_datagram {
	struct pbuf *pbuf;
	uint64_t from;
};

struct table_socket {
	uint8_t kind, number, options, badge;
	uint8_t status; /* enum socket_status of what went wrong; told once, if `gone` isn't set */
	bool gone;      /* the connection is gone: `status` says why, each time */
	bool connected; /* both sides know each other */
	bool ended_in, ended_out; /* nothing more comes in; nothing more may go out */
	uint8_t backlog;          /* a listener's */
	uint32_t waiting;         /* a listener's connections that wait to be accepted */
	uint8_t listener;         /* the place of an unaccepted connection's listener */
	uint32_t starved;         /* a connection's: see stream_starves() */
	uint32_t order;           /* grows from socket to socket: connections are accepted in it */
	uint64_t local, remote;   /* SOCKET_ADDRESS */
	struct tcp_pcb *tcp;
	struct udp_pcb *udp;
	struct pbuf *in, *in_last; /* a connection's input, linked by `next` */
	uint32_t in_at;            /* bytes of its first buffer that were read */
	struct table_datagram datagram[TABLE_DATAGRAMS];
	uint32_t first, count; /* which datagrams wait */
};

extern struct table_socket table_sockets[TABLE_SOCKETS];

/* Something has changed that a waiting program may want to know. */
extern bool table_changed;

/* The program's socket with that number; NULL: there is none. */
struct table_socket *table_find(uint64_t badge, uint64_t number);
/* Takes a free place for a socket with that owner and number; NULL: there is none. */
struct table_socket *table_new(uint64_t badge, uint64_t number, enum table_kind kind);
/* Gives an accepted connection its number. */
void table_name(struct table_socket *socket, uint64_t number);
/* Takes the place back, and what lies in it. lwIP's part of the socket is gone before. */
void table_free(struct table_socket *socket);
uint32_t table_place(const struct table_socket *socket);
/* The listener's connection that has waited longest to be accepted; NULL: none waits. */
struct table_socket *table_waiting(const struct table_socket *listener);
/* How many connections of a program's listeners wait to be accepted. */
uint32_t table_waits(uint64_t badge);
uint32_t table_used(void);

bool table_readable(const struct table_socket *socket);
bool table_writable(const struct table_socket *socket);
bool table_failed(const struct table_socket *socket);

#endif
