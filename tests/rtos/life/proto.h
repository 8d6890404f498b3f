/* The port of the servers of this test. Word 0 is what; the answer's word 0 is 0, word 1 how often
 * the server was started before, word 2 what it counted in kept memory. */
#ifndef TESTS_RTOS_LIFE_PROTO_H
#define TESTS_RTOS_LIFE_PROTO_H

enum life_operation {
	LIFE_COUNT = 1, /* one more */
	LIFE_FAULT = 2, /* it faults, the first time that this is delivered */
};

#define LIFE_LEAVE_MS 20 /* as in the manifest: the lazy one leaves after */
#define LIFE_DELAY_MS 8  /* the frail one's second restart of a level comes after */

#endif
