/* When a timer expires: times in nanoseconds, so that no tick's remainder adds up. No clock is
 * asked here. */
#ifndef LIBC_EXPIRY_H
#define LIBC_EXPIRY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* A timer's times. All zeros: it isn't armed. */
struct expiry {
	int64_t next;     /* CLOCK_MONOTONIC, before its beginning, too; 0: never */
	int64_t interval; /* 0: once */
};

/* What time it is as one number; what is beyond 2^62 ns, 146 years, is 2^62. False: it isn't a
 * time. */
bool expiry_nanoseconds(const struct timespec *time, int64_t *nanoseconds);
struct timespec expiry_time(int64_t nanoseconds);

/* As timer_settime() says it, counted from a moment of CLOCK_MONOTONIC (0: an absolute time).
 * False: one of its times isn't one, and nothing is changed. */
bool expiry_set(struct expiry *expiry, const struct itimerspec *value, int64_t from);

/* The clock that it goes by was set: it expires so much later, if it is armed. */
void expiry_move(struct expiry *expiry, int64_t later);

/* Until the next expiry; 0: there is none. One that is overdue isn't counted. */
int64_t expiry_left(const struct expiry *expiry, int64_t now);

/* Once it is due: goes on to the first expiry that is still to come, if there is one. How many
 * more than one are over by now. */
int64_t expiry_take(struct expiry *expiry, int64_t now);

#endif
