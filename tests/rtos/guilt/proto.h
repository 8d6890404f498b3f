/*
 * The calls of this test's servers. Word 0 is the operation. The answer's word 0 is 0, word 1 the
 * number of the server's earlier starts, word 2 its count in kept memory.
 */
#ifndef TESTS_RTOS_GUILT_PROTO_H
#define TESTS_RTOS_GUILT_PROTO_H

enum guilt_operation {
	GUILT_COUNT = 1,      /* it counts one more */
	GUILT_FAULT = 2,      /* it faults when this is delivered for the first time */
	GUILT_DEADLY = 3,     /* it faults each time */
	GUILT_DEADLY_TOO = 4, /* the same */
	GUILT_COMPUTE = 5,    /* it computes for ever, the first time */
	GUILT_SLEEP = 6,      /* word 1: milliseconds, then it answers */
	GUILT_LOOP = 7,       /* it answers, then computes for ever */
};

/* The window "health": its first word. */
#define GUILT_SICK 1 /* the server fails at its start */

#define GUILT_PAUSE_MS 200 /* as in the manifest: the pause of "weak" between two starts */

#define GUILT_BUSY_MS 200 /* ten times the period in which the share of "eager" is measured */

#endif
