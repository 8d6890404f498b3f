/*
 * POSIX timers (time.h): a table, and one shared thread. That thread waits for the earliest expiry,
 * and calls one timer's function after another. The library makes it when a timer first needs it. A
 * timer that was made with a thread's attributes has a thread of its own, which ends with the
 * timer.
 *
 * A thread copies the function and its value before it lets the mutex go. So the program, even the
 * function itself, may delete a timer or set it anew at any moment.
 *
 * One more thread waits until somebody sets CLOCK_REALTIME, then moves the timers of that clock.
 */
#include "errors.h"
#include "expiry.h"
#include <errno.h>
#include <kumiki/rtos/program.h>
#include <limits.h>
#include <pthread.h>
#include <rtos/clock.h>
#include <rtos/sys.h>
#include <signal.h>

#define TIMER_PLACES 32
#define TIMER_SHARED 0 /* for all timers that the shared thread serves */

/* timer_mutex guards all of this. */
static struct timer {
	uint64_t generation; /* how many timers have had this place */
	bool used;
	bool served;  /* it has a thread of its own */
	bool follows; /* set to an absolute CLOCK_REALTIME, as timer_base has it */
	clockid_t clock;
	void (*function)(union sigval value); /* NULL: SIGEV_NONE */
	union sigval value;
	struct expiry expiry;
	int overruns;           /* at the last call */
	pthread_cond_t changed; /* for the timer's own thread */
} timers[TIMER_PLACES];
static bool timer_served;   /* the shared thread is there */
static bool timer_followed; /* the thread that follows the clock is there */
static struct clock_base timer_base;

static pthread_mutex_t timer_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t timer_changed = PTHREAD_COND_INITIALIZER; /* for the shared thread */

static timer_t timer_number(const struct timer *timer)
{
	return timer->generation * TIMER_PLACES + (uint64_t)(timer - timers);
}

/* NULL: the timer was deleted, or was never made. */
static struct timer *timer_of(timer_t number)
{
	struct timer *timer = &timers[number % TIMER_PLACES];

	return timer->used && timer_number(timer) == number ? timer : NULL;
}

static int64_t timer_now(clockid_t clock)
{
	struct timespec time;
	int64_t now;

	if (clock_gettime(clock, &time) != 0 || !expiry_nanoseconds(&time, &now))
		return -1;
	return now;
}

/* ---- threads ---- */

static bool timer_waits(const struct timer *timer)
{
	return timer->function != NULL && timer->expiry.next != 0;
}

/* The timer with the earliest expiry, among those that a thread serves: its own timer, or all
 * shared ones. */
static struct timer *timer_earliest(timer_t own)
{
	struct timer *earliest = own != TIMER_SHARED ? timer_of(own) : NULL;

	if (own != TIMER_SHARED)
		return earliest != NULL && timer_waits(earliest) ? earliest : NULL;
	for (struct timer *timer = timers; timer < timers + TIMER_PLACES; timer++)
		if (!timer->served && timer_waits(timer) &&
		    (earliest == NULL || timer->expiry.next < earliest->expiry.next))
			earliest = timer;
	return earliest;
}

/* Calls the function without the mutex, as the function may use all functions of this file. */
static void timer_call(struct timer *timer, int64_t now)
{
	const int64_t more = expiry_take(&timer->expiry, now);
	void (*const function)(union sigval value) = timer->function;
	const union sigval value = timer->value;

	timer->overruns = more < INT_MAX ? (int)more : INT_MAX;
	(void)pthread_mutex_unlock(&timer_mutex);
	function(value);
	(void)pthread_mutex_lock(&timer_mutex);
}

static void timer_turn(timer_t own)
{
	struct timer *timer = timer_earliest(own);
	pthread_cond_t *changed =
	    own != TIMER_SHARED ? &timers[own % TIMER_PLACES].changed : &timer_changed;
	const int64_t now = timer_now(CLOCK_MONOTONIC);

	if (timer == NULL) {
		(void)pthread_cond_wait(changed, &timer_mutex);
	} else if (timer->expiry.next > now) {
		const struct timespec then = expiry_time(timer->expiry.next);

		(void)pthread_cond_timedwait(changed, &timer_mutex, &then);
	} else {
		timer_call(timer, now);
	}
}

/* A timer's own thread ends with the timer. The timer's place may belong to another timer by then.
 */
static void *timer_serve(void *argument)
{
	const timer_t own = (timer_t)argument;

	(void)pthread_mutex_lock(&timer_mutex);
	while (own == TIMER_SHARED || timer_of(own) != NULL)
		timer_turn(own);
	(void)pthread_mutex_unlock(&timer_mutex);
	return NULL;
}

/* The new thread is detached. It looks at the timers when its maker lets the mutex go. */
static int timer_thread(pthread_attr_t attributes, void *(*what)(void *), timer_t own)
{
	pthread_t thread;

	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	return pthread_create(&thread, &attributes, what, (void *)own);
}

/* The threads of this file have the program's priority, whatever the priority of the thread that
 * made the first timer. */
static pthread_attr_t timer_attributes(void)
{
	const struct sched_param parameters = {.sched_priority = sys_program->priority};
	pthread_attr_t attributes;

	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setschedparam(&attributes, &parameters);
	(void)pthread_attr_setcpu_np(&attributes, sys_program->cpu);
	return attributes;
}

static int timer_serve_shared(void)
{
	int error = 0;

	if (!timer_served)
		error = timer_thread(timer_attributes(), timer_serve, TIMER_SHARED);
	timer_served = error == 0;
	return error;
}

/* ---- following the clock ---- */

/* Has the timer's thread look at the timer once more. */
static void timer_news(struct timer *timer)
{
	(void)pthread_cond_signal(timer->served ? &timer->changed : &timer_changed);
}

/* The caller has the mutex. `base` may be older than the known one, as several threads ask for it.
 */
static void timer_rebase(const struct clock_base *base)
{
	const int64_t later = (int64_t)(timer_base.offset - base->offset);

	if (base->since <= timer_base.since)
		return;
	timer_base = *base;
	for (struct timer *timer = timers; timer < timers + TIMER_PLACES; timer++)
		if (timer->follows) {
			expiry_move(&timer->expiry, later);
			timer_news(timer);
		}
}

static _Noreturn void *timer_follow(void *unused)
{
	struct clock_base base = {.since = 0};

	(void)unused;
	for (;;)
		if (clock_await(&base, 0)) {
			(void)pthread_mutex_lock(&timer_mutex);
			timer_rebase(&base);
			(void)pthread_mutex_unlock(&timer_mutex);
		}
}

static int timer_follow_begin(void)
{
	pthread_attr_t attributes = timer_attributes();
	int error = 0;

	(void)pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN);
	if (!timer_followed)
		error = timer_thread(attributes, timer_follow, TIMER_SHARED);
	timer_followed = error == 0;
	return error;
}

/* ---- time.h ---- */

/* The error for a timer that can't be made: timers that send signals, for example. */
static int timer_refused(clockid_t clock, const struct sigevent *event)
{
	struct timespec now;

	if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
		return ENOTSUP;
	if (clock_gettime(clock, &now) != 0)
		return EINVAL;
	if (event == NULL || event->sigev_notify == SIGEV_SIGNAL)
		return ENOTSUP;
	if (event->sigev_notify == SIGEV_NONE)
		return 0;
	return event->sigev_notify == SIGEV_THREAD && event->sigev_notify_function != NULL ? 0
	                                                                                   : EINVAL;
}

/* Makes the thread that calls the timer's function, unless the shared thread does so and exists. */
static int timer_serve_begin(const struct sigevent *event, timer_t number)
{
	const pthread_attr_t *attributes = event->sigev_notify_attributes;

	if (event->sigev_notify != SIGEV_THREAD)
		return 0;
	if (attributes != NULL)
		return timer_thread(*attributes, timer_serve, number);
	return timer_serve_shared();
}

/* The caller has the mutex. The steps that can fail come before the timer takes its place. */
static int timer_make(clockid_t clock, const struct sigevent *event, timer_t *number)
{
	const bool calls = event->sigev_notify == SIGEV_THREAD;
	struct timer *timer = timers, made;
	int error;

	while (timer < timers + TIMER_PLACES && timer->used)
		timer++;
	if (timer == timers + TIMER_PLACES)
		return EAGAIN;
	made = (struct timer){.generation = timer->generation + 1,
	                      .used = true,
	                      .served = calls && event->sigev_notify_attributes != NULL,
	                      .clock = clock,
	                      .function = calls ? event->sigev_notify_function : NULL,
	                      .value = event->sigev_value,
	                      .changed = PTHREAD_COND_INITIALIZER};
	*number = made.generation * TIMER_PLACES + (uint64_t)(timer - timers);
	error = clock == CLOCK_REALTIME ? timer_follow_begin() : 0;
	if (error == 0)
		error = timer_serve_begin(event, *number);
	if (error == 0)
		*timer = made;
	return error;
}

/* If even the mutex can't be made, no timer was ever made. */
int timer_create(clockid_t clock, struct sigevent *restrict event, timer_t *restrict number)
{
	int error = timer_refused(clock, event);

	if (error != 0)
		return errors_set(error);
	if (pthread_mutex_lock(&timer_mutex) != 0)
		return errors_set(EAGAIN);
	error = timer_make(clock, event, number);
	(void)pthread_mutex_unlock(&timer_mutex);
	return errors_set(error);
}

int timer_delete(timer_t number)
{
	struct timer *timer;

	(void)pthread_mutex_lock(&timer_mutex);
	timer = timer_of(number);
	if (timer != NULL) {
		timer_news(timer); /* so that the timer's own thread ends */
		*timer = (struct timer){.generation = timer->generation};
	}
	(void)pthread_mutex_unlock(&timer_mutex);
	return errors_set(timer == NULL ? EINVAL : 0);
}

static struct itimerspec timer_times(const struct timer *timer, int64_t now)
{
	return (struct itimerspec){.it_interval = expiry_time(timer->expiry.interval),
	                           .it_value = expiry_time(expiry_left(&timer->expiry, now))};
}

/* -1: no timer has this number. */
static clockid_t timer_clock(timer_t number)
{
	const struct timer *timer;
	clockid_t clock;

	(void)pthread_mutex_lock(&timer_mutex);
	timer = timer_of(number);
	clock = timer != NULL ? timer->clock : (clockid_t)-1;
	(void)pthread_mutex_unlock(&timer_mutex);
	return clock;
}

/* The caller has the mutex. */
static int timer_set(struct timer *timer, bool follows, const struct itimerspec *value,
                     int64_t from, struct itimerspec *old)
{
	struct itimerspec before;

	if (timer == NULL)
		return EINVAL;
	before = timer_times(timer, timer_now(CLOCK_MONOTONIC));
	if (!expiry_set(&timer->expiry, value, from))
		return EINVAL;
	timer->follows = follows;
	timer->overruns = 0;
	if (old != NULL)
		*old = before;
	timer_news(timer);
	return 0;
}

/* Asks the clock without the mutex, as another program gives the answer. */
int timer_settime(timer_t number, int flags, const struct itimerspec *restrict value,
                  struct itimerspec *restrict old)
{
	const bool absolute = (flags & TIMER_ABSTIME) != 0;
	const bool follows = absolute && timer_clock(number) == CLOCK_REALTIME;
	struct clock_base base = {.since = 0};
	int64_t from = absolute ? 0 : timer_now(CLOCK_MONOTONIC);
	int error;

	if (follows && clock_read(&base) != CLOCK_OK)
		return errors_set(EINVAL);
	(void)pthread_mutex_lock(&timer_mutex);
	timer_rebase(&base);
	if (follows)
		from = -(int64_t)timer_base.offset;
	error = timer_set(timer_of(number), follows, value, from, old);
	(void)pthread_mutex_unlock(&timer_mutex);
	return errors_set(error);
}

int timer_gettime(timer_t number, struct itimerspec *value)
{
	const struct timer *timer;

	(void)pthread_mutex_lock(&timer_mutex);
	timer = timer_of(number);
	if (timer != NULL)
		*value = timer_times(timer, timer_now(CLOCK_MONOTONIC));
	(void)pthread_mutex_unlock(&timer_mutex);
	return errors_set(timer == NULL ? EINVAL : 0);
}

int timer_getoverrun(timer_t number)
{
	const struct timer *timer;
	int overruns;

	(void)pthread_mutex_lock(&timer_mutex);
	timer = timer_of(number);
	overruns = timer != NULL ? timer->overruns : -1;
	(void)pthread_mutex_unlock(&timer_mutex);
	return timer != NULL ? overruns : errors_set(EINVAL);
}
