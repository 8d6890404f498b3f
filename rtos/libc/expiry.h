/* When a timer expires. Times are in nanoseconds, so that remainders of ticks don't add up. This
 * file asks no clock. */
#ifndef LIBC_EXPIRY_H
#define LIBC_EXPIRY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* A timer's times. All zeros: it isn't armed. */
struct expiry {
	int64_t next;     /* of CLOCK_MONOTONIC; negative: before its beginning; 0: never */
	int64_t interval; /* 0: the timer expires once */
};

/* A time as one number, at most 2^62 ns (146 years). False: `time` isn't a time. */
bool expiry_nanoseconds(const struct timespec *time, int64_t *nanoseconds);
struct timespec expiry_time(int64_t nanoseconds);

/* Sets the times of timer_settime(), counted from a moment of CLOCK_MONOTONIC (0: absolute times).
 * False: one of them isn't a time; then nothing is changed. */
bool expiry_set(struct expiry *expiry, const struct itimerspec *value, int64_t from);

/* The timer's clock was set: an armed timer expires later, by the time `later`. */
void expiry_move(struct expiry *expiry, int64_t later);

/* The time until the next expiry; 0: the timer isn't armed. An overdue expiry isn't counted. */
int64_t expiry_left(const struct expiry *expiry, int64_t now);

/* Takes a due expiry: the timer goes on to its first expiry that is still to come, if it has one.
 * Returns how many further expiries have passed. */
int64_t expiry_take(struct expiry *expiry, int64_t now);

#endif
