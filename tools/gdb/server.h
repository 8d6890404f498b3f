/*
 * Translates gdb's packets: a packet in, requests to the target, a packet out. The target's vCPUs
 * are gdb's threads, from 1 on; all of them stop together. Takes any packet.
 */
#ifndef GDB_SERVER_H
#define GDB_SERVER_H

#include "rsp.h"
#include "target.h"

struct server {
	struct target *target;
	bool running;  /* gdb waits for a stop, which server_stopped() makes the reply of */
	bool hurried;  /* Ctrl-C came while it stood: it is to halt as soon as it goes on */
	bool ended;    /* the partition's life is over */
	bool detached; /* gdb is gone, or about to go: the session is over */
	bool quiet;    /* packets aren't acknowledged any more */
	uint32_t general, going; /* vCPUs: of registers and memory, of `s` and `c` */
	struct debug_stop stop;  /* the last one */
	struct debug_hardware hardware;
	struct debug_registers registers[TARGET_VCPUS_MAX];
	uint32_t known; /* vCPUs with their registers here, a bit each */
	size_t size;    /* of the reply */
	char reply[RSP_PACKET_MAX + 1];
};

void server_start(struct server *server, struct target *target, const struct debug_stop *stop);

/* A packet; `text` is closed by a zero. True: there is a reply. */
bool server_packet(struct server *server, const char *text, size_t size);

/* Ctrl-C. Typed just as gdb lets the target go on it comes before that, and isn't lost. */
void server_interrupt(struct server *server);

/* The target says that it stopped. True: gdb waits for that, and it is the reply. */
bool server_stopped(struct server *server, const struct debug_stop *stop);

#endif
