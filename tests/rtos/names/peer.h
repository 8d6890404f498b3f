/* Calls and exit values that the programs of this test share. */
#ifndef TESTS_RTOS_NAMES_PEER_H
#define TESTS_RTOS_NAMES_PEER_H

/* Word 0 of a call to a program that offers a port. */
enum peer_operation {
	PEER_ADD = 1,   /* words 1 and 2; answer: their sum, and the caller's badge */
	PEER_HOLD = 2,  /* there is no answer */
	PEER_LEAVE = 3, /* it exits, and doesn't answer */
};

enum peer_status {
	PEER_OK = 0,
};

/* Exit values. */
#define PEER_FAILED  1
#define PEER_LEFT    2
#define PEER_REFUSED 100 /* plus an enum names_status */

#endif
