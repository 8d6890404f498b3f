/* One debugger, one partition: between gdb and the link. */
#ifndef GDB_SESSION_H
#define GDB_SESSION_H

#include "server.h"
#include <host/link.h>
#include <stdio.h>

#define SESSION_READ_SIZE 8192 /* room for gdb's repeats while it waits */

struct session_gdb {
	struct target target; /* first: the requests of this target go over the link */
	struct link link;
	const char *name;
	uint8_t partition;
	FILE *complaints;
	int input, output; /* gdb's */
	size_t have, next; /* read and not yet parsed: bytes[next .. have) */
	uint8_t bytes[SESSION_READ_SIZE];
	bool lost;       /* the link is closed, or nobody answers */
	bool unhalted;   /* refused: it has a core that can't be halted */
	char busy[160];  /* why it was told to ask again later */
	bool stop_waits; /* told, and not yet passed on */
	struct debug_stop stop;
	struct rsp_parser parser;
	bool greeted; /* the last packet was gdb's first one, or that once more */
	struct server server;
};

/* Finds the partition on the link; then attaches, and serves the gdb on these files until it goes.
 * False after a complaint. */
bool session_gdb_open(struct session_gdb *session, const char *name, const char *link,
                      FILE *complaints);
bool session_gdb_serve(struct session_gdb *session, int input, int output);
void session_gdb_close(struct session_gdb *session);

/* Waits until `file` has something to read, while the link is kept; false: the link is lost. */
bool session_gdb_wait(struct session_gdb *session, int file);

#endif
