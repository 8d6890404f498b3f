/* The port of a server that is wrong on demand. Answer: words 1 to 3: its starts, its count, the
 * probes of this start. */
#ifndef TESTS_RTOS_PROBE_PROTO_H
#define TESTS_RTOS_PROBE_PROTO_H

enum probed_operation {
	PROBED_COUNT = 1, /* counts by one, in kept memory */
	PROBED_SPOIL = 2, /* what it has in memory isn't what it keeps, from now on */
	PROBED_LIE = 3,   /* the probe's call gets another answer from now on */
	PROBED_FAULT = 4, /* the next probe ends the server */
	PROBED_ROT = 5,   /* what it keeps is damaged, whoever looks at it */
	PROBED_SLEEP = 6, /* word 1: milliseconds */
	PROBED_RUN = 7,   /* another thread of it computes without an end from now on */
};

#endif
