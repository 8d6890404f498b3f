/* The server that is replaced, its clients, and who breaks in. */
#ifndef TESTS_RTOS_REPLACE_PROTO_H
#define TESTS_RTOS_REPLACE_PROTO_H

#include <stdint.h>

#define COUNTERS 400
#define CLIENTS  2

enum counter_operation {
	COUNTER_ADD = 1,     /* word 1: a counter. Answer: word 1: the value before. Once only. */
	COUNTER_VERSION = 2, /* answer: word 1: of the server that answers. Repeatable. */
};

/* What a client tells in its window. */
struct tally {
	uint64_t adds, wrong; /* answers, and those that weren't right */
	uint64_t longest;     /* ticks that a call took, since `round` */
	uint64_t round;
};

/* What the judge orders in a window of its own. */
struct order {
	uint64_t round; /* a new one: the longest call is forgotten */
};

enum breaker_operation {
	BREAKER_AT = 1, /* word 1: ticks from now; word 2: enum breaker_what */
};

enum breaker_what {
	BREAKER_SUPERVISOR, /* is restarted */
	BREAKER_LOADER,
	BREAKER_KILLS, /* the counter's server, as if it had crashed */
	BREAKER_KINDS
};

#endif
