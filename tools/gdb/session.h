/* A session of one debugger with one partition, between gdb and the link. */
#ifndef GDB_SESSION_H
#define GDB_SESSION_H

#include "server.h"
#include <host/link.h>
#include <stdio.h>

#define SESSION_READ_SIZE 8192 /* has room for gdb's repeats while gdb waits */

struct session_gdb {
	struct target target; /* has to be first: its requests go over the link */
	struct link link;
	const char *name;
	uint8_t partition;
	FILE *complaints;
	int input, output; /* gdb's */
	size_t have, next; /* bytes[next .. have) are read, and not parsed yet */
	uint8_t bytes[SESSION_READ_SIZE];
	bool lost;       /* the link is closed, or nobody answers */
	bool unhalted;   /* refused, as the partition has a core that can't be halted */
	char busy[160];  /* why the system said: again later */
	bool stop_waits; /* the system has told a stop that wasn't passed on yet */
	struct debug_stop stop;
	struct rsp_parser parser;
	bool greeted; /* the last packet was gdb's first one, or its repeat */
	struct server server;
};

/* session_gdb_open() finds the partition on the link. session_gdb_serve() attaches, and serves the
 * gdb on these files until gdb goes. False: there was a complaint. */
bool session_gdb_open(struct session_gdb *session, const char *name, const char *link,
                      FILE *complaints);
bool session_gdb_serve(struct session_gdb *session, int input, int output);
void session_gdb_close(struct session_gdb *session);

/* Waits until `file` has something to read, and keeps the link meanwhile. False: the link is lost.
 */
bool session_gdb_wait(struct session_gdb *session, int file);

#endif
