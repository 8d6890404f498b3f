/*
 * Periodic threads and interrupt threads (rt.h). On each CPU with periodic threads, one more
 * thread, the watcher, watches their budgets. The watcher is the program's most urgent thread on
 * its CPU. So it runs between two instructions of the threads that it watches, never beside them.
 */
#include "errors.h"
#include "sync.h"
#include <errno.h>
#include <kumiki/rtos/program.h>
#include <rt.h>
#include <rtos/sys.h>

#define RT_SECOND INT64_C(1000000000)
#define RT_PLACES 32 /* bits of a notification */
#define RT_LOOKS  16 /* looks at a thread in the time of a budget, at most */

/* rt_mutex guards this table; the watcher reads `periodic` without the mutex. */
static struct rt_watch {
	rtos_handle_t notification; /* 0: there is no watcher yet */
	struct rt_periodic *volatile periodic[RT_PLACES];
} rt_watches[RTOS_CPUS_MAX];
static pthread_mutex_t rt_mutex = PTHREAD_MUTEX_INITIALIZER;

/* Nanoseconds in ticks, without an error that adds up over many periods. */
static uint64_t rt_ticks(int64_t nanoseconds)
{
	const uint64_t time = (uint64_t)nanoseconds, hz = sys_hertz();

	return time / RT_SECOND * hz + time % RT_SECOND * hz / RT_SECOND;
}

static uint64_t rt_nanoseconds(uint64_t ticks)
{
	const uint64_t hz = sys_hertz();

	return ticks / hz * RT_SECOND + ticks % hz * RT_SECOND / hz;
}

static void rt_longest(uint64_t *longest, uint64_t from)
{
	const uint64_t time = rt_nanoseconds(sys_now() - from);

	if (time > *longest)
		*longest = time;
}

static void rt_priority(const struct rt_periodic *periodic, int priority)
{
	(void)sys_do(RTOS_THREAD_SET, periodic->thread->handle,
	             RTOS_THREAD(priority, periodic->cpu, 0), 0, 0, 0, 0, NULL);
}

/* ---- the watcher ---- */

/* The ticks that a thread has run. Handle 0 means the calling thread. */
static uint64_t rt_ran(rtos_handle_t thread)
{
	uint64_t ticks = 0;

	(void)sys_do(RTOS_THREAD_TIME, thread, 0, 0, 0, 0, 0, &ticks);
	return ticks;
}

/* The watcher looks again when the job could have used up the rest of its budget. The time until
 * then isn't shorter than a least length: otherwise, while other threads run instead of the job,
 * the watcher would look too often. */
static void rt_watch_later(const struct rt_periodic *periodic, uint64_t left)
{
	const uint64_t least = rt_ticks(periodic->budget) / RT_LOOKS;

	(void)sys_do_until(RTOS_TIMER_SET, periodic->timer, 0,
	                   sys_now() + (left > least ? left : least));
}

/* Since the timer's signal, the job may have ended and the next one begun, or other threads may
 * have run instead of the job. So this function checks the run time itself. */
static void rt_watch_one(struct rt_periodic *periodic)
{
	uint64_t ran;

	if (periodic == NULL || !periodic->runs || periodic->over)
		return;
	ran = rt_ran(periodic->thread->handle);
	if (ran < periodic->limit) {
		rt_watch_later(periodic, periodic->limit - ran);
		return;
	}
	periodic->over = true;
	periodic->counts.overruns++;
	if (periodic->over_priority >= 0)
		rt_priority(periodic, periodic->over_priority);
	if (periodic->overrun != NULL)
		periodic->overrun(periodic->argument);
}

static void *rt_watch_run(void *argument)
{
	struct rt_watch *watch = argument;

	while (watch->notification != 0) {
		const uint64_t bits = sys_wait(watch->notification, 0);

		for (unsigned i = 0; i < RT_PLACES; i++)
			if ((bits >> i & 1) != 0)
				rt_watch_one(watch->periodic[i]);
	}
	return NULL;
}

static int rt_thread(pthread_t *thread, void *(*start)(void *), void *argument, int priority,
                     int cpu, size_t stack)
{
	const struct sched_param parameters = {.sched_priority = priority};
	pthread_attr_t attributes;
	int error;

	(void)pthread_attr_init(&attributes);
	error = pthread_attr_setschedparam(&attributes, &parameters);
	if (error == 0)
		error = pthread_attr_setcpu_np(&attributes, cpu);
	if (error == 0 && stack != 0)
		error = pthread_attr_setstacksize(&attributes, stack);
	return error == 0 ? pthread_create(thread, &attributes, start, argument) : error;
}

static int rt_watch_begin(struct rt_watch *watch, int cpu)
{
	pthread_t thread;
	uint64_t made = 0;
	enum rtos_status status;
	int error;

	if (watch->notification != 0)
		return 0;
	status = sys_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &made);
	if (status != RTOS_OK)
		return EAGAIN;
	watch->notification = (rtos_handle_t)made;
	error = rt_thread(&thread, rt_watch_run, watch, sys_program->priority_limit, cpu, 0);
	if (error != 0) {
		(void)sys_do(RTOS_DESTROY, watch->notification, 0, 0, 0, 0, 0, NULL);
		watch->notification = 0;
	}
	return error;
}

/* ---- the thread ---- */

/* Begins the next job's budget before its release, so that the job isn't delayed. The thread
 * doesn't run while it waits for the release, so the wait takes next to nothing of that budget. */
static void rt_budget_anew(struct rt_periodic *periodic)
{
	periodic->limit = rt_ran(0) + rt_ticks(periodic->budget);
}

static void rt_job(struct rt_periodic *periodic, uint64_t release)
{
	rt_longest(&periodic->counts.latest, release);
	periodic->counts.jobs++;
	periodic->runs = true;
	rt_watch_later(periodic, rt_ticks(periodic->budget));
	periodic->job(periodic->argument);
	periodic->runs = false;
	(void)sys_do_until(RTOS_TIMER_SET, periodic->timer, 0, 0);
	rt_longest(&periodic->counts.longest, release);
	if (periodic->over && periodic->over_priority >= 0)
		rt_priority(periodic, periodic->priority);
	periodic->over = false;
	rt_budget_anew(periodic);
}

/* Counts each release from the first one, so errors don't add up. */
static void *rt_run(void *argument)
{
	struct rt_periodic *periodic = argument;
	int64_t number = 0;

	rt_budget_anew(periodic);
	while (!periodic->stopping) {
		const uint64_t release = periodic->begun + rt_ticks(number * periodic->period);

		(void)sys_wait(0, release);
		if (periodic->stopping)
			break;
		rt_job(periodic, release);
		while (periodic->begun + rt_ticks(++number * periodic->period) <= sys_now())
			periodic->counts.skipped++;
	}
	return NULL;
}

static bool rt_is_good(struct rt_periodic *periodic)
{
	if (periodic->budget == 0)
		periodic->budget = periodic->period;
	return periodic->period > 0 && periodic->budget > 0 && periodic->first >= 0 &&
	       periodic->cpu >= 0 && periodic->cpu < RTOS_CPUS_MAX && periodic->priority >= 0 &&
	       periodic->priority < sys_program->priority_limit &&
	       periodic->over_priority < sys_program->priority_limit;
}

static int rt_timer(struct rt_periodic *periodic, struct rt_watch *watch)
{
	uint64_t made = 0;

	if (sys_do(RTOS_TIMER_CREATE, watch->notification, 1U << periodic->place, 0, 0, 0, 0,
	           &made) != RTOS_OK)
		return EAGAIN;
	periodic->timer = (uint32_t)made;
	return 0;
}

static void rt_leave(struct rt_periodic *periodic)
{
	rt_watches[periodic->cpu].periodic[periodic->place] = NULL;
	if (periodic->timer != 0)
		(void)sys_do(RTOS_DESTROY, periodic->timer, 0, 0, 0, 0, 0, NULL);
	periodic->timer = 0;
}

/* The caller has rt_mutex. */
static int rt_start(struct rt_periodic *periodic)
{
	struct rt_watch *watch = &rt_watches[periodic->cpu];
	int error = rt_watch_begin(watch, periodic->cpu);

	periodic->place = 0;
	while (periodic->place < RT_PLACES && watch->periodic[periodic->place] != NULL)
		periodic->place++;
	if (error != 0 || periodic->place == RT_PLACES)
		return error != 0 ? error : EAGAIN;
	error = rt_timer(periodic, watch);
	if (error != 0)
		return error;
	watch->periodic[periodic->place] = periodic;
	error = rt_thread(&periodic->thread, rt_run, periodic, periodic->priority, periodic->cpu,
	                  periodic->stack);
	if (error != 0)
		rt_leave(periodic);
	return error;
}

int rt_periodic_start(struct rt_periodic *periodic)
{
	int error;

	if (!rt_is_good(periodic))
		return EINVAL;
	periodic->counts = (struct rt_counts){.jobs = 0};
	periodic->runs = false;
	periodic->over = false;
	periodic->stopping = false;
	periodic->begun = periodic->first != 0 ? rt_ticks(periodic->first)
	                                       : sys_now() + rt_ticks(periodic->period);
	(void)pthread_mutex_lock(&rt_mutex);
	error = rt_start(periodic);
	(void)pthread_mutex_unlock(&rt_mutex);
	return error;
}

int rt_periodic_stop(struct rt_periodic *periodic)
{
	int error;

	periodic->stopping = true;
	error = pthread_join(periodic->thread, NULL);
	if (error != 0)
		return error;
	(void)pthread_mutex_lock(&rt_mutex);
	rt_leave(periodic);
	(void)pthread_mutex_unlock(&rt_mutex);
	return 0;
}

/* ---- interrupts ---- */

static struct {
	const struct rt_interrupt *interrupts;
	unsigned count;
} rt_interrupts;

static const struct rtos_given *rt_given(const struct rt_interrupt *interrupt)
{
	return sys_given(RTOS_GIVEN_INTERRUPT, interrupt->device, interrupt->index);
}

/* The handler runs before the interrupt is enabled again: a line that is still asserted would
 * interrupt again at once. */
static void rt_interrupt(const struct rt_interrupt *interrupt)
{
	interrupt->handler(interrupt->argument);
	(void)sys_do(RTOS_INTERRUPT_DONE, rt_given(interrupt)->handle, 0, 0, 0, 0, 0, NULL);
}

static void *rt_interrupts_run(void *argument)
{
	const struct rtos_given *signals = argument;

	while (rt_interrupts.count > 0) {
		const uint64_t bits = sys_wait(signals->handle, 0);

		for (unsigned i = 0; i < rt_interrupts.count; i++)
			if ((bits & rt_given(&rt_interrupts.interrupts[i])->address) != 0)
				rt_interrupt(&rt_interrupts.interrupts[i]);
	}
	return NULL;
}

int rt_interrupts_start(const struct rt_interrupt *interrupts, unsigned count, int priority,
                        int cpu)
{
	const struct rtos_given *signals = sys_given(RTOS_GIVEN_SIGNALS, NULL, 0);
	pthread_t thread;

	for (unsigned i = 0; i < count; i++)
		if (rt_given(&interrupts[i]) == NULL)
			return ENOENT;
	if (signals == NULL || rt_interrupts.count != 0)
		return signals == NULL ? ENOENT : EBUSY;
	rt_interrupts.interrupts = interrupts;
	rt_interrupts.count = count;
	return rt_thread(&thread, rt_interrupts_run, (void *)(uintptr_t)signals, priority, cpu, 0);
}
