/*
 * Periodic threads and interrupt threads (rt.h), under a load of less urgent threads. Every
 * instruction is a nanosecond here, so the bounds are no matter of the host's.
 *
 * Shows: rtos.periodic.
 */
#include <errno.h>
#include <libc/expect.h>
#include <pthread.h>
#include <rt.h>
#include <rtos/sys.h>
#include <stdio.h>
#include <time.h>

#define PERIOD 1000000
#define BOUND  2000 /* nanoseconds from a release or a budget's end to the notice of it */

static volatile bool load_ends;
static volatile uint64_t load_turns;

static void *load(void *argument)
{
	(void)argument;
	while (!load_ends)
		load_turns++;
	return NULL;
}

static pthread_t start_load(int priority)
{
	const struct sched_param parameters = {.sched_priority = priority};
	pthread_attr_t attributes;
	pthread_t thread = NULL;

	load_ends = false;
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setschedparam(&attributes, &parameters);
	expect(pthread_create(&thread, &attributes, load, NULL) == 0);
	return thread;
}

static int64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void sleep_until(int64_t time)
{
	const struct timespec then = {.tv_sec = time / 1000000000, .tv_nsec = time % 1000000000};

	expect(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) == 0);
}

/* ---- drift ---- */

static int64_t first;

static void tick(void *argument)
{
	const struct rt_periodic *self = argument;
	const int64_t release = first + (int64_t)(self->counts.jobs - 1) * self->period;

	/* The counter has ticks of 16 ns, rounded down. */
	expect(now() >= release - 16 && now() <= release + BOUND);
}

/* A third of a microsecond over whole ticks: rounding errors would add up to 64 us otherwise. */
static void test_drift(void)
{
	struct rt_periodic periodic = {.job = tick, .period = PERIOD / 5 + 333, .priority = 115};
	pthread_t loads[2] = {start_load(99), start_load(99)};

	first = now() + PERIOD;
	periodic.argument = &periodic;
	periodic.first = first;
	periodic.over_priority = -1;
	expect(rt_periodic_start(&periodic) == 0);
	sleep_until(first + 199 * periodic.period + PERIOD / 10);
	expect(rt_periodic_stop(&periodic) == 0);
	expect(periodic.counts.jobs == 200);
	expect(periodic.counts.skipped == 0 && periodic.counts.overruns == 0);
	expect(periodic.counts.latest <= BOUND && periodic.counts.longest <= BOUND);
	printf("from a release to its job at most %d ns\n", (int)periodic.counts.latest);
	expect(load_turns > 0);
	load_ends = true;
	expect(pthread_join(loads[0], NULL) == 0 && pthread_join(loads[1], NULL) == 0);
}

/* ---- overruns ---- */

static volatile int64_t overran_at;
static volatile uint64_t turns_at_overrun;
static volatile int handled;

static void on_overrun(void *argument)
{
	(void)argument;
	overran_at = now();
	turns_at_overrun = load_turns;
	handled++;
}

/* Each fifth goes on until somebody less urgent has run beside it, which its lower priority makes
 * possible. */
static void run_away(void *argument)
{
	const struct rt_periodic *self = argument;
	const int before = handled;

	if (self->counts.jobs % 5 != 0)
		return;
	while (handled == before)
		;
	expect(overran_at >= first + self->budget);
	while (load_turns < turns_at_overrun + 100)
		(void)sched_yield();
}

static void test_overruns(void)
{
	struct rt_periodic periodic = {.job = run_away,
	                               .overrun = on_overrun,
	                               .period = PERIOD,
	                               .budget = PERIOD / 4,
	                               .priority = 115,
	                               .over_priority = 50};
	pthread_t thread = start_load(60);

	first = now() + PERIOD;
	periodic.argument = &periodic;
	periodic.first = first;
	expect(rt_periodic_start(&periodic) == 0);
	while (periodic.counts.jobs < 5)
		sleep_until(now() + PERIOD);
	/* The load runs, and the thread that is over its budget doesn't, as long as there is one.
	 */
	sleep_until(now() + 3 * PERIOD);
	expect(handled == 1 && periodic.over && periodic.counts.jobs == 5);
	load_ends = true;
	expect(pthread_join(thread, NULL) == 0);
	while (periodic.counts.jobs < 6)
		sleep_until(now() + PERIOD);
	expect(rt_periodic_stop(&periodic) == 0);
	expect(periodic.counts.overruns == 1 && periodic.counts.skipped >= 2);
	expect(periodic.counts.longest >= 2 * PERIOD);
}

/* The most urgent job is served whatever a less urgent job does. */
static void spin(void *argument)
{
	(void)argument;
	for (;;)
		if (load_ends)
			return;
}

static void test_two(void)
{
	struct rt_periodic urgent = {.job = tick, .period = PERIOD, .priority = 115};
	struct rt_periodic spins = {
	    .job = spin, .overrun = on_overrun, .period = PERIOD, .priority = 112};

	load_ends = false;
	handled = 0;
	first = now() + PERIOD;
	urgent.argument = &urgent;
	urgent.first = first;
	urgent.over_priority = -1;
	spins.over_priority = 40;
	spins.budget = PERIOD / 2;
	expect(rt_periodic_start(&urgent) == 0);
	expect(rt_periodic_start(&spins) == 0);
	sleep_until(first + 20 * PERIOD + PERIOD / 2);
	expect(urgent.counts.jobs == 21 && urgent.counts.latest <= BOUND);
	expect(handled == 1);
	load_ends = true;
	expect(rt_periodic_stop(&spins) == 0 && rt_periodic_stop(&urgent) == 0);
	expect(spins.counts.overruns >= 1);
}

/* ---- CPU time ---- */

static int64_t ran(clockid_t whose)
{
	struct timespec time;

	expect(clock_gettime(whose, &time) == 0);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void run_for(int64_t time)
{
	const int64_t before = ran(CLOCK_THREAD_CPUTIME_ID);

	while (ran(CLOCK_THREAD_CPUTIME_ID) - before < time)
		;
}

static void run_for_argument(void *argument)
{
	run_for(*(const int64_t *)argument);
}

/* Neither sleep nor other programs' time is the process's; the threads' times are. */
static void test_cpu_time(void)
{
	const int64_t before = now(), process = ran(CLOCK_PROCESS_CPUTIME_ID);
	const clock_t ticks = clock();
	struct timespec resolution;
	int64_t used;

	sleep_until(now() + 20 * PERIOD);
	expect(ran(CLOCK_PROCESS_CPUTIME_ID) - process < PERIOD);
	run_for(20 * PERIOD);
	used = ran(CLOCK_PROCESS_CPUTIME_ID) - process;
	expect(used >= 20 * PERIOD && used <= now() - before - 20 * PERIOD);
	expect((int64_t)(clock() - ticks) >=
	       20 * (PERIOD / 1000) * (int64_t)CLOCKS_PER_SEC / 1000000);
	expect(clock_getres(CLOCK_THREAD_CPUTIME_ID, &resolution) == 0 && resolution.tv_nsec > 0);
}

/*
 * The time of a more urgent job isn't charged to a job's budget. Its own time is, also in pieces.
 */
static void test_budget(void)
{
	int64_t urgent_runs = PERIOD / 2, runs = PERIOD / 8;
	struct rt_periodic urgent = {.job = run_for_argument,
	                             .argument = &urgent_runs,
	                             .period = 2 * PERIOD,
	                             .priority = 116};
	struct rt_periodic other = {.job = run_for_argument,
	                            .argument = &runs,
	                            .period = 2 * PERIOD,
	                            .budget = PERIOD / 4,
	                            .priority = 115};

	first = now() + PERIOD;
	urgent.first = first + PERIOD / 16;
	other.first = first;
	urgent.over_priority = other.over_priority = -1;
	expect(rt_periodic_start(&other) == 0 && rt_periodic_start(&urgent) == 0);
	sleep_until(first + 9 * PERIOD);
	expect(other.counts.jobs == 5 && other.counts.overruns == 0);
	expect(other.counts.longest > PERIOD / 2);
	runs = PERIOD / 2;
	sleep_until(first + 19 * PERIOD);
	expect(rt_periodic_stop(&urgent) == 0 && rt_periodic_stop(&other) == 0);
	expect(other.counts.jobs >= 10 && other.counts.overruns == other.counts.jobs - 5);
	expect(other.counts.skipped == 0 && urgent.counts.overruns == 0);
}

static void test_wrong(void)
{
	struct rt_periodic wrong = {.job = spin, .period = 0, .priority = 100};

	expect(rt_periodic_start(&wrong) == EINVAL);
	wrong.period = PERIOD;
	wrong.priority = 120;
	expect(rt_periodic_start(&wrong) == EINVAL);
	wrong.priority = 100;
	wrong.cpu = 8;
	expect(rt_periodic_start(&wrong) == EINVAL);
}

/* ---- interrupts: the PL031's alarm ---- */

enum { CLOCK_DATA = 0, CLOCK_MATCH = 1, CLOCK_MASK = 4, CLOCK_CLEAR = 7 };

static volatile uint32_t *clock_registers;
static volatile uint32_t alarms, alarm_seconds[3];

static void on_alarm(void *argument)
{
	(void)argument;
	clock_registers[CLOCK_CLEAR] = 1;
	alarm_seconds[alarms++] = clock_registers[CLOCK_DATA];
	if (alarms < 3)
		clock_registers[CLOCK_MATCH] = clock_registers[CLOCK_DATA] + 1;
}

/* This thread sleeps most of the time: a second is long. */
static void test_interrupts(void)
{
	static const struct rt_interrupt alarm = {.device = "pl031", .handler = on_alarm};
	static const struct rt_interrupt nobodys = {.device = "pl061", .handler = on_alarm};
	uint32_t begin;

	clock_registers = (volatile uint32_t *)sys_given(RTOS_GIVEN_DEVICE, NULL, 0)->address;
	expect(rt_interrupts_start(&nobodys, 1, 118, 0) == ENOENT);
	expect(rt_interrupts_start(&alarm, 1, 118, 0) == 0);
	expect(rt_interrupts_start(&alarm, 1, 118, 0) == EBUSY);
	begin = clock_registers[CLOCK_DATA];
	clock_registers[CLOCK_CLEAR] = 1;
	clock_registers[CLOCK_MASK] = 1;
	clock_registers[CLOCK_MATCH] = begin + 1;
	while (alarms < 3)
		sleep_until(now() + 100 * PERIOD);
	for (uint32_t i = 0; i < 3; i++)
		expect(alarm_seconds[i] == begin + 1 + i);
}

int main(void)
{
	test_wrong();
	test_drift();
	test_overruns();
	test_two();
	test_cpu_time();
	test_budget();
	test_interrupts();
	return expect_end();
}
