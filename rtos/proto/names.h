/*
 * The names' port: ports that programs from files offer (docs/reference/rtos-servers.md). Word 0 of
 * a call is the operation, words 2 to 7 are the name, with its NUL; word 0 of the answer is an enum
 * names_status. All operations are repeatable. The badge names the caller.
 */
#ifndef PROTO_NAMES_H
#define PROTO_NAMES_H

#define NAMES_NAME 48 /* with the closing NUL */

enum names_operation {
	/* along: a handle on the port, with CALL and GIVE, without a badge. The answer comes only
	 * when the offer ends. */
	NAMES_OFFER = 1,
	NAMES_ASK = 2, /* answer: NAMES_OK, or why an offer would fail */
	NAMES_WITHDRAW = 3,
	NAMES_FIND = 4, /* word 1: 1: waits for an offer. Answer: along: a handle, for calls */
};

enum names_status {
	NAMES_OK = 0,
	NAMES_BAD = 1,     /* no such operation, no name, or no handle on the caller's own port */
	NAMES_DENIED = 2,  /* the manifest doesn't allow the caller this operation */
	NAMES_NONE = 3,    /* no program offers the name */
	NAMES_TAKEN = 4,   /* another program offers the name */
	NAMES_FULL = 5,    /* too many names, or too many waiting calls */
	NAMES_OVER = 6,    /* the offer was withdrawn, or replaced by a newer one */
	NAMES_NO_ROOM = 7, /* the caller has no room for a handle */
	NAMES_NO_SERVER =
	    8, /* set by the client's side (rtos/names.h): there is no such port, or it is closed */
};

#endif
