/*
 * The clock's port: people's time. Word 0 of a call is the operation, word 0 of the answer an enum
 * clock_status. All operations are repeatable. An offset is the number of nanoseconds from 1970
 * (UTC) to the moment when the counter was 0, modulo 2^64. The caller adds the counter's
 * nanoseconds to it.
 */
#ifndef PROTO_CLOCK_H
#define PROTO_CLOCK_H

#include <stdint.h>

/* All times are before this one: a PL031 counts seconds in 32 bits. */
#define CLOCK_END (UINT64_C(1000000000) << 32)

enum clock_operation {
	CLOCK_READ = 1, /* answer: word 1: the offset, word 2: since when it holds */
	CLOCK_SET = 2,  /* word 1: the new offset; for programs that the manifest names */
	/* word 2: the `since` of the offset that the caller knows. The answer is that of
	 * CLOCK_READ, and comes as soon as there is another offset. So callers use a time-out. */
	CLOCK_CHANGED = 3,
};

enum clock_status {
	CLOCK_OK = 0,
	CLOCK_BAD = 1,    /* no such operation; not a time, or a time that is too late */
	CLOCK_DENIED = 2, /* the manifest doesn't let the caller set it */
	CLOCK_UNSET = 3,  /* nobody knows the time */
	CLOCK_BUSY = 4,   /* too many calls of the program wait: ask again later */
};

/* The counter's nanoseconds. The counter's frequency is 1 GHz at most. */
static inline uint64_t clock_nanoseconds(uint64_t ticks, uint64_t hz)
{
	return ticks / hz * 1000000000 + ticks % hz * 1000000000 / hz;
}

#endif
