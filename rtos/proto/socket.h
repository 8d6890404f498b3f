/*
 * The port of the network's server (docs/rtos/network.md). A program chooses the numbers of its
 * sockets itself, below SOCKET_NUMBERS. Contents go through a buffer. That is memory which the
 * client and the server share by the manifest: a window named PORT-PROGRAM, "net-hello" for
 * example.
 *
 * Word 0 of a call is an enum socket_operation; word 1 is a socket's number, unless the operation
 * says otherwise. Word 0 of the answer is an enum socket_status. The answer's other words count
 * only with SOCKET_OK. Only SOCKET_WAIT, SOCKET_PING and SOCKET_LOOKUP wait for the network. All
 * operations can be repeated: if a crash of the server ends a connection, a call that comes again
 * finds it gone.
 */
#ifndef PROTO_SOCKET_H
#define PROTO_SOCKET_H

#include <stdint.h>

#define SOCKET_NUMBERS 32 /* how many one program can have */
#define SOCKET_NAME    48 /* bytes of a name, with its closing NUL */

/* An IPv4 address and a port in one word: 10.0.2.15 is 0x0a00020f. An address of 0 means any
 * address, a port of 0 any port. */
#define SOCKET_ADDRESS(ip, port) ((uint64_t)(ip) << 16 | (uint16_t)(port))
#define SOCKET_IP(address)       ((uint32_t)((address) >> 16))
#define SOCKET_PORT(address)     ((uint16_t)(address))

/* Word 2 of SOCKET_SEND and SOCKET_RECEIVE: bytes, and the place in the buffer. */
#define SOCKET_PIECE(count, at)   ((uint64_t)(at) << 32 | (count))
#define SOCKET_PIECE_COUNT(piece) ((uint32_t)(piece))
#define SOCKET_PIECE_AT(piece)    ((uint32_t)((piece) >> 32))

enum socket_operation {
	/* Closes all sockets of an earlier life of the program. */
	SOCKET_OPEN = 1,
	/* word 2: enum socket_type. If a socket has this number already, it is closed first. */
	SOCKET_MAKE = 2,
	SOCKET_CLOSE = 3,
	SOCKET_BIND = 4,    /* word 2: SOCKET_ADDRESS */
	SOCKET_CONNECT = 5, /* word 2: SOCKET_ADDRESS. A stream's answer: SOCKET_AGAIN at first */
	SOCKET_LISTEN = 6,  /* word 2: how many connections may wait to be accepted */
	/* word 2: the number that the connection gets. If a socket has this number already, it is
	 * closed first. Answer: word 1: the other side's address. */
	SOCKET_ACCEPT = 7,
	/* word 2: SOCKET_PIECE; word 3: for datagrams, the address to send to; 0: the connected
	 * one. Answer: word 1: how many bytes were taken. */
	SOCKET_SEND = 8,
	/* word 2: SOCKET_PIECE; word 3: 1: the bytes stay to be received again. Answer: word 1:
	 * bytes; 0: the other side sends no more; word 2: the sender's address; word 3: bytes of
	 * the whole datagram. */
	SOCKET_RECEIVE = 9,
	SOCKET_SHUTDOWN = 10, /* word 2: 1: sends no more; 2: receives no more; 3: both */
	/* Answer: word 1: its own address; word 2: the other side's; word 3: enum socket_status of
	 * the last failure, which is forgotten then; word 4: enum socket_type; word 5: 1: it
	 * listens. */
	SOCKET_STATE = 11,
	/* word 1: a bit for each socket to be read from; word 2: to be written to; word 3: a
	 * deadline; 0: none. Answer: word 1: sockets that can be read; word 2: that can be written;
	 * word 3: that have ended or failed. SOCKET_TIMED_OUT: no socket was ready in time. */
	SOCKET_WAIT = 12,
	SOCKET_OPTION = 13, /* word 2: enum socket_option; word 3: 1: on; 0: off */
	/* word 1: address; word 2: bytes of contents. Waits for the echo, a second at most. Answer:
	 * word 1: microseconds. */
	SOCKET_PING = 14,
	/* words 2 to 7: a name, or an address in digits. Answer: word 1: the address. */
	SOCKET_LOOKUP = 15,
	/* word 1: enum socket_figures. Answer: words 1 to 7: the figures that are listed there. */
	SOCKET_FIGURES = 16,
};

enum socket_type {
	SOCKET_STREAM = 1,
	SOCKET_DATAGRAM = 2,
};

enum socket_option {
	SOCKET_NO_DELAY = 1,   /* a stream: sends small pieces at once */
	SOCKET_KEEP_ALIVE = 2, /* a stream: notices that the other side is gone */
	SOCKET_BROADCAST = 3,  /* datagrams */
};

enum socket_figures {
	/* Its address, its mask, the router, the names' server; the card's address; 1: the card
	 * works; how often the server was started. */
	SOCKET_OF_NETWORK = 0,
	/* Frames in, frames out, damaged frames; frames lost at the driver's restarts, in and out;
	 * the driver's starts; frames that had no room in the server. */
	SOCKET_OF_CARD = 1,
	/* Sockets in use; connections that the server's restarts ended; datagrams that had no room;
	 * frames that were damaged; segments sent again. */
	SOCKET_OF_SERVER = 2,
};

enum socket_status {
	SOCKET_OK = 0,
	SOCKET_BAD = 1,    /* no such operation; not for this kind of socket; a bad buffer */
	SOCKET_NONE = 2,   /* no socket has this number */
	SOCKET_AGAIN = 3,  /* the operation would have to wait: use SOCKET_WAIT */
	SOCKET_IN_USE = 4, /* another socket has the address */
	SOCKET_NOT_CONNECTED = 5,
	SOCKET_IS_CONNECTED = 6,
	SOCKET_REFUSED = 7,    /* nobody listens at that address */
	SOCKET_RESET = 8,      /* the other side or a restart has ended the connection */
	SOCKET_TIMED_OUT = 9,  /* no answer */
	SOCKET_NO_ROUTE = 10,  /* there is no way to that address, or no network */
	SOCKET_NO_ROOM = 11,   /* no further socket or call, or no memory */
	SOCKET_ENDED = 12,     /* this side sends no more, by SOCKET_SHUTDOWN */
	SOCKET_TOO_LONG = 13,  /* too long for a datagram */
	SOCKET_NO_NAME = 14,   /* nobody knows the name */
	SOCKET_NO_SERVER = 15, /* set by the client's side (rtos/socket.h): no server answers */
};

#endif
