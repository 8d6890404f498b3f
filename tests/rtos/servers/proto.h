/*
 * The port of the victim, a server that does what it is asked, crashes included. Word 0 is what,
 * word 1 a number; the answer's word 1 is the number plus 1, word 2 how often it was started, word
 * 3 how often the call was delivered before, word 4 what it counted in kept memory.
 */
#ifndef TESTS_RTOS_SERVERS_PROTO_H
#define TESTS_RTOS_SERVERS_PROTO_H

enum victim_operation {
	VICTIM_ECHO = 1,
	VICTIM_FAULT = 2,   /* the first time that it is delivered */
	VICTIM_EXIT = 3,    /* likewise, with value 7 */
	VICTIM_HANG = 4,    /* likewise, without a heartbeat */
	VICTIM_DEADLY = 5,  /* faults each time */
	VICTIM_LOSE = 7,    /* likewise not answered; it goes on with the next one, and is well */
	VICTIM_SPIN = 8,    /* likewise: it computes without an end, and says that it is well */
	VICTIM_BREAK = 9,   /* likewise: a system call with a handle that it hasn't got */
	VICTIM_GREEDY = 10, /* likewise: all memory that it can get, and more */
	VICTIM_COUNT = 6,   /* counts in kept memory, then faults the first time */
};

#endif
