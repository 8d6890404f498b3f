/*
 * The calls of the victim, a server that crashes when it is told to. Word 0 is the operation, word
 * 1 a number. The answer's word 1 is the number plus 1, word 2 the number of the server's starts,
 * word 3 the number of the call's earlier deliveries, word 4 the count in kept memory.
 */
#ifndef TESTS_RTOS_SERVERS_PROTO_H
#define TESTS_RTOS_SERVERS_PROTO_H

enum victim_operation {
	VICTIM_ECHO = 1,
	VICTIM_FAULT = 2,   /* it faults when this is delivered for the first time */
	VICTIM_EXIT = 3,    /* the first time it exits with value 7 */
	VICTIM_HANG = 4,    /* the first time it hangs without a heartbeat */
	VICTIM_DEADLY = 5,  /* it faults each time */
	VICTIM_LOSE = 7,    /* the first time it doesn't answer, and goes on with the next call */
	VICTIM_SPIN = 8,    /* the first time it computes for ever, with its heartbeat */
	VICTIM_BREAK = 9,   /* the first time it makes a call with a handle that it doesn't have */
	VICTIM_GREEDY = 10, /* the first time it takes all memory that it can get, and more */
	VICTIM_COUNT = 6,   /* it counts in kept memory; the first time it then faults */
};

#endif
