/*
 * Clocks and timers in nanoseconds, for their tests: each call must succeed.
 */
#ifndef TESTS_RTOS_LIBC_TIMES_H
#define TESTS_RTOS_LIBC_TIMES_H

#include <libc/expect.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

static inline struct timespec time_of(int64_t nanoseconds)
{
	return (struct timespec){.tv_sec = nanoseconds / SECOND,
	                         .tv_nsec = (long)(nanoseconds % SECOND)};
}

static inline int64_t nanoseconds_of(const struct timespec *time)
{
	return time->tv_sec * SECOND + time->tv_nsec;
}

static inline int64_t ask(clockid_t clock)
{
	struct timespec time = {.tv_sec = 0};

	expect(clock_gettime(clock, &time) == 0);
	return nanoseconds_of(&time);
}

static inline void set(timer_t timer, int flags, int64_t value, int64_t interval)
{
	const struct itimerspec times = {.it_value = time_of(value),
	                                 .it_interval = time_of(interval)};

	expect(timer_settime(timer, flags, &times, NULL) == 0);
}

static inline int64_t left(timer_t timer)
{
	struct itimerspec times = {.it_value.tv_sec = -1};

	expect(timer_gettime(timer, &times) == 0);
	return nanoseconds_of(&times.it_value);
}

#endif
