/* The calls of the rusher, which restarts the loader at a moment that the judge says. */
#ifndef TESTS_RTOS_LOADING_PROTO_H
#define TESTS_RTOS_LOADING_PROTO_H

enum rush_operation {
	/* Word 1: ticks from the answer on, which comes at once. After these the loader is
	 * restarted, and at once the rusher, which is the most urgent, asks it for the program that
	 * counts. */
	RUSH_AT = 1,
	/* The answer comes when that program has ended. Word 1: how many such programs ran. */
	RUSH_DONE = 2,
};

#endif
