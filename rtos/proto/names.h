/*
 * The names' port: ports that programs from files offer (docs/rtos/services.md). The operation is
 * in word 0, the name in words 2 to 7, with its NUL; word 0 of the answer is an enum
 * names_status. All operations are repeatable. The badge names the caller.
 */
#ifndef PROTO_NAMES_H
#define PROTO_NAMES_H

#define NAMES_NAME 48 /* with the closing NUL */

enum names_operation {
	/* along: a handle on the port, with CALL and GIVE, without a badge. The call isn't answered
	 * as long as the offer lasts. */
	NAMES_OFFER = 1,
	NAMES_ASK = 2, /* answer: the status of an offer that would fail; else NAMES_OK */
	NAMES_WITHDRAW = 3,
	NAMES_FIND = 4, /* word 1: 1: waits for an offer. Answer: along: a handle, to call */
};

enum names_status {
	NAMES_OK = 0,
	NAMES_BAD = 1,    /* no such operation, no name, no handle on a port that the caller made */
	NAMES_DENIED = 2, /* the manifest doesn't allow the caller this */
	NAMES_NONE = 3,   /* no program offers the name */
	NAMES_TAKEN = 4,  /* another program offers the name */
	NAMES_FULL = 5,   /* too many names, or too many waiting calls */
	NAMES_OVER = 6,   /* the offer was withdrawn, or made anew */
	NAMES_NO_ROOM = 7, /* the caller has no room for a handle */
	NAMES_NO_SERVER =
	    8, /* from rtos/names.h: the manifest gives no such port, or it is closed */
};

#endif
