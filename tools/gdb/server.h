/*
 * Translates gdb's packets: it takes a packet, makes requests to the target, and gives a packet.
 * The target's vCPUs are gdb's threads, counted from 1. All of them stop together. Any packet is
 * safe.
 */
#ifndef GDB_SERVER_H
#define GDB_SERVER_H

#include "rsp.h"
#include "target.h"

struct server {
	struct target *target;
	bool running;  /* gdb waits for a stop; server_stopped() makes the reply */
	bool hurried;  /* Ctrl-C came while the target stood: halt it as soon as it goes on */
	bool ended;    /* the partition's life is over */
	bool detached; /* gdb is gone, or leaves: the session is over */
	bool quiet;    /* packets aren't acknowledged any more */
	uint32_t general, going; /* the vCPU for registers and memory; the vCPU for `s` and `c` */
	struct debug_stop stop;  /* the last one */
	struct debug_hardware hardware;
	struct debug_registers registers[TARGET_VCPUS_MAX];
	uint32_t known; /* a bit for each vCPU whose registers are here */
	size_t size;    /* bytes of the reply */
	char reply[RSP_PACKET_MAX + 1];
};

void server_start(struct server *server, struct target *target, const struct debug_stop *stop);

/* Takes a packet; `text` has a zero at its end. True: there is a reply. */
bool server_packet(struct server *server, const char *text, size_t size);

/* Takes a Ctrl-C. If the person types it just when gdb lets the target go on, it comes before that;
 * it isn't lost. */
void server_interrupt(struct server *server);

/* The target has stopped. True: gdb waits for this, and the reply says it. */
bool server_stopped(struct server *server, const struct debug_stop *stop);

#endif
