/*
 * The calls of this test's servers. Word 0 is the operation. The answer's word 0 is 0, word 1 the
 * number of the server's earlier starts, word 2 its count in kept memory.
 */
#ifndef TESTS_RTOS_LIFE_PROTO_H
#define TESTS_RTOS_LIFE_PROTO_H

enum life_operation {
	LIFE_COUNT = 1, /* it counts one more */
	LIFE_FAULT = 2, /* it faults when this is delivered for the first time */
};

#define LIFE_LEAVE_MS 20 /* as in the manifest: when "lazy" leaves */
#define LIFE_DELAY_MS 8  /* the delay of the second restart of "frail" in a level */

#endif
