/*
 * Clocks: CLOCK_MONOTONIC is the counter, which began with the machine. CLOCK_REALTIME is the clock
 * server's time (rtos/clock.h). This file asks that server each time; without the server,
 * CLOCK_REALTIME doesn't exist.
 */
#include "clock.h"
#include "errors.h"
#include "expiry.h"
#include <errno.h>
#include <rtos/clock.h>
#include <rtos/sys.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>

#define CLOCK_SECOND 1000000000L

void clock_time(uint64_t ticks, struct timespec *time)
{
	const uint64_t hz = sys_hertz();

	time->tv_sec = (time_t)(ticks / hz);
	time->tv_nsec = (long)(ticks % hz * CLOCK_SECOND / hz);
}

/* Rounds up, so that no thread goes on too early. A time beyond the counter's end becomes the
 * counter's end. */
bool clock_ticks(const struct timespec *time, uint64_t *ticks)
{
	const uint64_t hz = sys_hertz();

	if (time->tv_nsec < 0 || time->tv_nsec >= CLOCK_SECOND)
		return false;
	*ticks = 0;
	if (time->tv_sec < 0)
		return true;
	if ((uint64_t)time->tv_sec > UINT64_MAX / 2 / hz)
		*ticks = UINT64_MAX / 2;
	else
		*ticks = (uint64_t)time->tv_sec * hz +
		         ((uint64_t)time->tv_nsec * hz + CLOCK_SECOND - 1) / CLOCK_SECOND;
	return true;
}

static int clock_real(struct timespec *time)
{
	uint64_t now;

	if (clock_now(&now) != CLOCK_OK)
		return errors_set(EINVAL);
	time->tv_sec = (time_t)(now / CLOCK_SECOND);
	time->tv_nsec = (long)(now % CLOCK_SECOND);
	return 0;
}

/* The ticks that the calling thread ran, or its process. */
static uint64_t clock_ran(enum rtos_call whose)
{
	uint64_t ticks = 0;

	(void)sys_do(whose, 0, 0, 0, 0, 0, 0, &ticks);
	return ticks;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	switch (clock) {
	case CLOCK_REALTIME:
		return clock_real(time);
	case CLOCK_MONOTONIC:
		clock_time(sys_now(), time);
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		clock_time(clock_ran(RTOS_PROCESS_TIME), time);
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		clock_time(clock_ran(RTOS_THREAD_TIME), time);
		return 0;
	default:
		return errors_set(EINVAL);
	}
}

/* This function checks that the time fits into 64 bits; the server checks the rest. */
int clock_settime(clockid_t clock, const struct timespec *time)
{
	enum clock_status status;

	if (clock != CLOCK_REALTIME || time->tv_nsec < 0 || time->tv_nsec >= CLOCK_SECOND ||
	    time->tv_sec < 0 || time->tv_sec > UINT32_MAX)
		return errors_set(EINVAL);
	status = clock_set((uint64_t)time->tv_sec * CLOCK_SECOND + (uint64_t)time->tv_nsec);
	if (status == CLOCK_OK)
		return 0;
	return errors_set(status == CLOCK_DENIED ? EPERM : EINVAL);
}

/* The resolution is one tick of the counter. */
int clock_getres(clockid_t clock, struct timespec *resolution)
{
	struct timespec now;

	if (clock_gettime(clock, &now) != 0)
		return -1;
	if (resolution != NULL)
		clock_time(1, resolution);
	return 0;
}

/* Sleeps until a time of CLOCK_REALTIME, also if the clock is set meanwhile. */
static int clock_sleep_until(const struct timespec *time)
{
	struct clock_base base;
	int64_t then;
	uint64_t deadline;

	if (!expiry_nanoseconds(time, &then) || clock_read(&base) != CLOCK_OK)
		return EINVAL;
	for (;;) {
		const struct timespec left = expiry_time(then - (int64_t)base.offset);

		if (!clock_ticks(&left, &deadline) || deadline <= sys_now())
			return 0;
		(void)clock_await(&base, deadline);
	}
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
	const uint64_t from = (flags & TIMER_ABSTIME) ? 0 : sys_now();
	struct timespec now;
	uint64_t ticks;

	(void)left; /* nothing interrupts a sleep */
	if (clock == CLOCK_REALTIME && (flags & TIMER_ABSTIME) != 0)
		return clock_sleep_until(time);
	if ((clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME) ||
	    clock_gettime(clock, &now) != 0 || !clock_ticks(time, &ticks))
		return EINVAL;
	if (from + ticks > sys_now())
		(void)sys_wait(0, from + ticks);
	return 0;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
	return errors_set(clock_nanosleep(CLOCK_MONOTONIC, 0, time, left));
}

unsigned sleep(unsigned seconds)
{
	(void)nanosleep(&(struct timespec){.tv_sec = seconds}, NULL);
	return 0;
}

int usleep(useconds_t microseconds)
{
	const struct timespec time = {.tv_sec = (time_t)(microseconds / 1000000),
	                              .tv_nsec = (long)(microseconds % 1000000 * 1000)};

	return nanosleep(&time, NULL);
}

/* picolibc's time() calls this function. */
int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	struct timespec now = {.tv_sec = 0};

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	*time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
	return 0;
}

static clock_t clock_of(uint64_t ticks)
{
	const uint64_t hz = sys_hertz();

	return (clock_t)(ticks / hz * CLOCKS_PER_SEC + ticks % hz * CLOCKS_PER_SEC / hz);
}

/* picolibc's clock() calls this function. The kernel's work for a call counts as the caller's. */
clock_t times(struct tms *times)
{
	*times = (struct tms){.tms_utime = clock_of(clock_ran(RTOS_PROCESS_TIME))};
	return clock_of(sys_now());
}
