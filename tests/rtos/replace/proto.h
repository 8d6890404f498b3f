/*
 * The calls of the replaced server, and of the breaker, which disturbs replacements; and the
 * clients' records.
 */
#ifndef TESTS_RTOS_REPLACE_PROTO_H
#define TESTS_RTOS_REPLACE_PROTO_H

#include <stdint.h>

#define COUNTERS 400
#define CLIENTS  2

enum counter_operation {
	COUNTER_ADD = 1,     /* word 1: a counter. Answer: word 1: the value before. Once only. */
	COUNTER_VERSION = 2, /* answer: word 1: the version of the answering server. Repeatable. */
};

/* A client writes this into its window. */
struct tally {
	uint64_t adds, wrong; /* all answers, and the wrong ones */
	uint64_t longest;     /* the most ticks that a call took since `round` */
	uint64_t round;
};

/* The judge writes this into a window of its own. */
struct order {
	uint64_t round; /* when it changes, the client forgets its longest call */
};

enum breaker_operation {
	BREAKER_AT = 1, /* word 1: ticks from now; word 2: enum breaker_what */
};

enum breaker_what {
	BREAKER_SUPERVISOR, /* restarts the supervisor; the next one the loader */
	BREAKER_LOADER,
	BREAKER_KILLS, /* kills the counting server, as if it had crashed */
	BREAKER_KINDS
};

#endif
