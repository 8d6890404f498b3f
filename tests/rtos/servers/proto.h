/*
 * The calls of the victim, a server that does what it is told, and also crashes. Word 0 is the
 * operation, word 1 a number. The answer's word 1 is the number plus 1, word 2 says how often the
 * server was started, word 3 how often the call was delivered before, word 4 what it counted in
 * kept memory.
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
