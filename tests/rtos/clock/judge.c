/*
 * Asks for the time and sets it while the clock is restarted: it begins with the device's time,
 * never jumps, and keeps its last setting. Only a program that the manifest names may set it. A
 * program that waits for a time of it hears of each setting.
 */
#include <clock/base.h>
#include <clock/follow.h>
#include <errno.h>
#include <inttypes.h>
#include <libc/expect.h>
#include <proto/clock.h>
#include <stdio.h>
#include <sys/time.h>
#include <templates/programs.h>
#include <time.h>

#define SECOND  INT64_C(1000000000)
#define PATIENT 600 /* seconds that the machine may take to get here */

static uint64_t clock_number;

static int64_t ask(clockid_t clock)
{
	struct timespec time = {.tv_sec = 0};

	expect(clock_gettime(clock, &time) == 0);
	expect(time.tv_nsec >= 0 && time.tv_nsec < SECOND);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static int set(int64_t time)
{
	const struct timespec wanted = {.tv_sec = time / SECOND, .tv_nsec = (long)(time % SECOND)};

	return clock_settime(CLOCK_REALTIME, &wanted);
}

/* The time of the machine's start, by each of the functions. */
static void test_device(void)
{
	const time_t now = time(NULL);
	struct timespec resolution = {.tv_sec = 1};
	struct timeval parts = {.tv_sec = 0};

	expect(now >= BASE_TIME && now < BASE_TIME + PATIENT);
	expect(gettimeofday(&parts, NULL) == 0);
	expect(parts.tv_sec >= now && parts.tv_sec < now + PATIENT);
	expect(parts.tv_usec >= 0 && parts.tv_usec < 1000000);
	expect(ask(CLOCK_REALTIME) / SECOND >= parts.tv_sec);
	expect(clock_getres(CLOCK_REALTIME, &resolution) == 0);
	expect(resolution.tv_sec == 0 && resolution.tv_nsec > 0);
}

/* The one offset to the counter that each answer allows, restarts or not. */
static void test_no_jumps(void)
{
	int64_t least = INT64_MIN, most = INT64_MAX;

	for (int i = 0; i < 100; i++) {
		const int64_t before = ask(CLOCK_MONOTONIC), now = ask(CLOCK_REALTIME);
		const int64_t after = ask(CLOCK_MONOTONIC);

		if (now - after > least)
			least = now - after;
		if (now - before < most)
			most = now - before;
		if (i % 10 == 0)
			expect(programs_restart(clock_number) == SUPERVISOR_OK);
	}
	expect(least <= most);
}

/* It is that time plus the time since. */
static void test_set(int64_t time)
{
	const int64_t before = ask(CLOCK_MONOTONIC);
	int64_t now;

	expect(set(time) == 0);
	now = ask(CLOCK_REALTIME);
	expect(now >= time && now - time <= ask(CLOCK_MONOTONIC) - before);
}

static void test_refused(void)
{
	const struct timespec wrong = {.tv_sec = BASE_TIME, .tv_nsec = SECOND};
	const struct timespec early = {.tv_sec = -1};
	uint64_t word[RTOS_WORDS] = {77};

	errno = 0;
	expect(set((INT64_C(1) << 32) * SECOND) == -1 && errno == EINVAL);
	expect(clock_settime(CLOCK_REALTIME, &wrong) == -1 && errno == EINVAL);
	expect(clock_settime(CLOCK_REALTIME, &early) == -1 && errno == EINVAL);
	expect(clock_settime(CLOCK_MONOTONIC, &wrong) == -1 && errno == EINVAL);
	expect(sys_call(sys_given(RTOS_GIVEN_USE, "clock", 0)->handle, word, 0) == RTOS_OK);
	expect(word[0] == CLOCK_BAD);
}

/* A restart while nothing else goes on. */
static void test_kept(void)
{
	const int64_t wanted = (BASE_TIME - 86400) * SECOND + 123456789;
	const uint64_t starts = programs_starts(clock_number);
	const int64_t before = ask(CLOCK_MONOTONIC);
	int64_t now;

	test_set(wanted);
	expect(programs_restart(clock_number) == SUPERVISOR_OK);
	now = ask(CLOCK_REALTIME);
	expect(programs_starts(clock_number) == starts + 1);
	expect(now >= wanted && now - wanted <= ask(CLOCK_MONOTONIC) - before);
}

static void test_ended_well(const char *name)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_WAIT, programs_find(name)};

	expect(sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK);
	expect(word[0] == SUPERVISOR_OK);
	expect(word[1] == RTOS_PROCESS_EXITED && word[2] == 0);
}

int main(void)
{
	int64_t rounds = 0, follows = 0;

	clock_number = programs_find("clock");
	test_device();
	test_no_jumps();
	test_refused();
	test_ended_well("stranger");
	for (; programs_starts(clock_number) < BASE_STARTS / 2; rounds++)
		test_set((BASE_TIME + rounds * 7919 % 1000000) * SECOND + rounds);
	for (; programs_starts(clock_number) < BASE_STARTS; follows++) {
		follow_sleeps();
		follow_timers();
	}
	test_ended_well("restart");
	follow_sleeps();
	follow_many();
	follow_timers();
	test_kept();
	printf("set %" PRId64 " times, followed %" PRId64 " times, %" PRIu64
	       " starts of the clock\n",
	       rounds, follows, programs_starts(clock_number));
	return expect_end();
}
