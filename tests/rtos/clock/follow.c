/*
 * Sleeps and timers until a time of CLOCK_REALTIME, which is set an hour forth and back meanwhile:
 * a wait for the next hour is over at once, a wait for the next milliseconds isn't over with these,
 * and nothing is early.
 */
#include <clock/follow.h>
#include <inttypes.h>
#include <libc/expect.h>
#include <libc/times.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#define HOUR     (3600 * SECOND)
#define SOON     (20 * SECOND / 1000)
#define SLACK    (60 * SECOND) /* the time that a busy host may take in between */
#define URGENT   101           /* as clock.dts allows; the library's threads have one less */
#define SLEEPERS 6             /* more than the clock has places for */

static void set_later(int64_t by)
{
	const struct timespec time = time_of(ask(CLOCK_REALTIME) + by);

	expect(clock_settime(CLOCK_REALTIME, &time) == 0);
}

static void pass(int64_t nanoseconds)
{
	const struct timespec time = time_of(nanoseconds);

	expect(clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL) == 0);
}

/* ---- sleeps ---- */

struct sleeper {
	pthread_t thread;
	int64_t until, woken;
	_Atomic bool over;
	int error;
};

static void *sleeps(void *argument)
{
	struct sleeper *sleeper = argument;
	const struct timespec until = time_of(sleeper->until);
	struct timespec now = {.tv_sec = 0};

	sleeper->error = clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	sleeper->woken = now.tv_sec * SECOND + now.tv_nsec;
	sleeper->over = true;
	return NULL;
}

static void begin(struct sleeper *sleeper, int64_t later)
{
	pthread_attr_t attributes;

	*sleeper = (struct sleeper){.until = ask(CLOCK_REALTIME) + later};
	expect(pthread_attr_init(&attributes) == 0);
	expect(pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN) == 0);
	expect(pthread_create(&sleeper->thread, &attributes, sleeps, sleeper) == 0);
}

static void end(struct sleeper *sleeper)
{
	expect(pthread_join(sleeper->thread, NULL) == 0);
	expect(sleeper->error == 0 && sleeper->woken >= sleeper->until);
}

void follow_sleeps(void)
{
	const struct timespec wrong = {.tv_nsec = SECOND};
	struct sleeper sleeper;

	expect(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &wrong, NULL) != 0);
	expect(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &(struct timespec){.tv_nsec = 1},
	                       NULL) == 0);
	expect(clock_nanosleep(CLOCK_REALTIME, 0, &(struct timespec){.tv_nsec = 1}, NULL) == 0);
	begin(&sleeper, SECOND / 1000); /* nobody sets it */
	end(&sleeper);
	begin(&sleeper, HOUR);
	pass(SECOND / 1000);
	expect(!sleeper.over);
	set_later(HOUR);
	end(&sleeper);
	begin(&sleeper, SOON);
	set_later(-HOUR);
	pass(2 * SOON); /* it would be early now */
	set_later(HOUR);
	end(&sleeper);
}

/* Those that the clock can't tell are a second late. */
void follow_many(void)
{
	static struct sleeper sleepers[SLEEPERS];
	int over = 0;

	for (int i = 0; i < SLEEPERS; i++)
		begin(&sleepers[i], HOUR);
	pass(SECOND / 1000);
	for (int i = 0; i < SLEEPERS; i++)
		over += sleepers[i].over;
	expect(over == 0);
	set_later(HOUR);
	for (int i = 0; i < SLEEPERS; i++)
		end(&sleepers[i]);
}

/* ---- timers ---- */

static struct {
	sem_t called;
	_Atomic int calls;
	int64_t at;
} rung;

static void ring(union sigval value)
{
	struct timespec now = {.tv_sec = 0};

	(void)value;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	rung.at = now.tv_sec * SECOND + now.tv_nsec;
	rung.calls++;
	(void)sem_post(&rung.called);
}

/* Also if the clock is set before the timer, whether or not the library knows of it by then. */
static void expect_called(timer_t timer, int64_t by, int64_t then, int calls)
{
	set_later(by);
	expect(sem_wait(&rung.called) == 0);
	expect(rung.at >= then && rung.calls == calls);
	expect(left(timer) == 0);
}

/* Before the library's thread comes to hear of it: just set back, a time is one of the new hour. */
static void *set_back(void *argument)
{
	const timer_t *timer = argument;

	set_later(-HOUR);
	set(*timer, TIMER_ABSTIME, ask(CLOCK_REALTIME) + HOUR / 2, 0);
	expect(left(*timer) > HOUR / 2 - SLACK);
	return NULL;
}

static void be_set_back(timer_t timer)
{
	const struct sched_param urgent = {.sched_priority = URGENT};
	pthread_attr_t attributes;
	pthread_t thread;

	expect(pthread_attr_init(&attributes) == 0);
	expect(pthread_attr_setschedparam(&attributes, &urgent) == 0);
	expect(pthread_create(&thread, &attributes, set_back, &timer) == 0);
	expect(pthread_join(thread, NULL) == 0);
}

static void follow_timer(pthread_attr_t *attributes)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD,
	                         .sigev_notify_function = ring,
	                         .sigev_notify_attributes = attributes};
	timer_t timer = 0;
	int64_t then;

	rung.calls = 0;
	expect(timer_create(CLOCK_REALTIME, &event, &timer) == 0);
	then = ask(CLOCK_REALTIME) + HOUR;
	set(timer, TIMER_ABSTIME, then, 0);
	pass(SECOND / 1000);
	expect(rung.calls == 0);
	expect_called(timer, HOUR, then, 1);
	then = ask(CLOCK_REALTIME) + SOON;
	set(timer, TIMER_ABSTIME, then, 0);
	set_later(-HOUR);
	pass(2 * SOON);
	expect(rung.calls == 1 ? left(timer) > HOUR - SLACK : rung.at >= then);
	expect_called(timer, HOUR, then, 2);
	be_set_back(timer);
	expect(left(timer) > HOUR / 2 - SLACK && rung.calls == 2);
	/* A wait for a length of time doesn't depend on that clock. */
	set(timer, 0, HOUR, HOUR);
	set_later(HOUR);
	pass(SECOND / 1000);
	expect(rung.calls == 2 && left(timer) > HOUR - SLACK && left(timer) < HOUR);
	expect(timer_delete(timer) == 0);
}

/* A period's expiries are times of the clock, too: those that it skips are overruns. */
static void follow_period(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = ring};
	timer_t timer = 0;

	rung.calls = 0;
	expect(timer_create(CLOCK_REALTIME, &event, &timer) == 0);
	set(timer, TIMER_ABSTIME, ask(CLOCK_REALTIME) + 60 * SECOND, 60 * SECOND);
	set_later(HOUR);
	expect(sem_wait(&rung.called) == 0);
	expect(rung.calls == 1 && timer_getoverrun(timer) == 59);
	expect(left(timer) > 0 && left(timer) <= 60 * SECOND);
	expect(timer_delete(timer) == 0);
}

void follow_timers(void)
{
	pthread_attr_t attributes;

	expect(pthread_attr_init(&attributes) == 0);
	expect(sem_init(&rung.called, 0, 0) == 0);
	follow_timer(NULL);
	follow_timer(&attributes);
	follow_period();
	expect(sem_destroy(&rung.called) == 0);
}
