/* The judge and the rusher: who restarts the loader at a moment that the judge says. */
#ifndef TESTS_RTOS_LOADING_PROTO_H
#define TESTS_RTOS_LOADING_PROTO_H

enum rush_operation {
	/* word 1: ticks from the answer on, which comes at once. Then the loader is restarted, and
	 * at once asked for the program that counts, by who is more urgent than everybody else. */
	RUSH_AT = 1,
	/* Answered when that program has ended. Word 1: how many of them ran. */
	RUSH_DONE = 2,
};

#endif
