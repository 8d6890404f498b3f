/* The calls of a server that fails on demand. The answer's words 1 to 3 are its starts, its count,
 * and the probes since this start. */
#ifndef TESTS_RTOS_PROBE_PROTO_H
#define TESTS_RTOS_PROBE_PROTO_H

enum probed_operation {
	PROBED_COUNT = 1, /* it counts one more, in kept memory */
	PROBED_SPOIL = 2, /* from now on its memory differs from its kept memory */
	PROBED_LIE = 3,   /* from now on the probe's call gets another answer */
	PROBED_FAULT = 4, /* the next probe ends the server */
	PROBED_ROT = 5,   /* its kept memory is damaged */
	PROBED_SLEEP = 6, /* word 1: milliseconds */
	PROBED_RUN = 7,   /* from now on another thread of it computes for ever */
};

#endif
