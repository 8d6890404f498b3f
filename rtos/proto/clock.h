/*
 * The clock's port: what time it is for people. The operation is in word 0, its answer's word 0 is
 * an enum clock_status. All are repeatable. An offset is nanoseconds since 1970 (UTC) when the
 * counter was 0, modulo 2^64: who asks adds the counter's.
 */
#ifndef PROTO_CLOCK_H
#define PROTO_CLOCK_H

#include <stdint.h>

/* Times end before that: a PL031 counts seconds in 32 bits. */
#define CLOCK_END (UINT64_C(1000000000) << 32)

enum clock_operation {
	CLOCK_READ = 1, /* answer: word 1: the offset, word 2: since when it is that one */
	CLOCK_SET = 2,  /* word 1: the offset from now on; for who is named in the manifest */
	/* word 2: since when the offset that the caller knows is the one. Answered as CLOCK_READ,
	 * as soon as it is another one, so it is called with a time-out. */
	CLOCK_CHANGED = 3,
};

enum clock_status {
	CLOCK_OK = 0,
	CLOCK_BAD = 1,    /* no such operation; no time, or a later one than there is */
	CLOCK_DENIED = 2, /* the manifest doesn't let the caller set it */
	CLOCK_UNSET = 3,  /* nobody knows the time */
	CLOCK_BUSY = 4,   /* so many of the program wait already: to be asked again, later */
};

/* What the counter says. Its frequency is 1 GHz at most. */
static inline uint64_t clock_nanoseconds(uint64_t ticks, uint64_t hz)
{
	return ticks / hz * 1000000000 + ticks % hz * 1000000000 / hz;
}

#endif
