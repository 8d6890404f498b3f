/*
 * The clock's port: people's time. Word 0 of a call is the operation, word 0 of the answer an enum
 * clock_status. All operations are repeatable. An offset is the nanoseconds since 1970 (UTC) when
 * the counter was 0, modulo 2^64: the caller adds the counter's nanoseconds.
 */
#ifndef PROTO_CLOCK_H
#define PROTO_CLOCK_H

#include <stdint.h>

/* Times end before that: a PL031 counts seconds in 32 bits. */
#define CLOCK_END (UINT64_C(1000000000) << 32)

enum clock_operation {
	CLOCK_READ = 1, /* answer: word 1: the offset, word 2: since when it holds */
	CLOCK_SET = 2,  /* word 1: the new offset; for programs that the manifest names */
	/* word 2: since when the offset holds that the caller knows. Answered like CLOCK_READ as
	 * soon as there is another offset; so callers use a time-out. */
	CLOCK_CHANGED = 3,
};

enum clock_status {
	CLOCK_OK = 0,
	CLOCK_BAD = 1,    /* no such operation; not a time, or too late a time */
	CLOCK_DENIED = 2, /* the manifest doesn't let the caller set it */
	CLOCK_UNSET = 3,  /* nobody knows the time */
	CLOCK_BUSY = 4,   /* too many calls of the program wait already: ask again later */
};

/* The counter's nanoseconds. Its frequency is 1 GHz at most. */
static inline uint64_t clock_nanoseconds(uint64_t ticks, uint64_t hz)
{
	return ticks / hz * 1000000000 + ticks % hz * 1000000000 / hz;
}

#endif
