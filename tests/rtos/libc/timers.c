/*
 * POSIX timers: each test waits for the call itself. Where it matters that a timer's function
 * hasn't been called yet, it is set from within another one: one thread calls them all but those
 * that have one of their own.
 */
#include <errno.h>
#include <inttypes.h>
#include <libc/expect.h>
#include <libc/times.h>
#include <pthread.h>
#include <rtos/sys.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#define PERIOD INT64_C(1000000)
#define PLACES 32
#define CALLS  200 /* of the periodic timer */
#define ROUNDS 50  /* of the thread that makes and deletes timers */
#define URGENT 101 /* as timers.dts allows; the program's own threads have one less */

static int64_t now(void)
{
	return ask(CLOCK_MONOTONIC);
}

static timer_t make_by(pthread_attr_t *attributes, clockid_t clock,
                       void (*function)(union sigval value), void *argument)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD,
	                         .sigev_notify_function = function,
	                         .sigev_value.sival_ptr = argument,
	                         .sigev_notify_attributes = attributes};
	timer_t timer = 0;

	expect(timer_create(clock, &event, &timer) == 0);
	return timer;
}

static timer_t make(clockid_t clock, void (*function)(union sigval value), void *argument)
{
	return make_by(NULL, clock, function, argument);
}

static pthread_attr_t attributes_of(int priority)
{
	const struct sched_param parameters = {.sched_priority = priority};
	pthread_attr_t attributes;

	expect(pthread_attr_init(&attributes) == 0);
	expect(pthread_attr_setschedparam(&attributes, &parameters) == 0);
	return attributes;
}

static void remove_timer(timer_t timer)
{
	expect(timer_delete(timer) == 0);
	errno = 0;
	expect(timer_delete(timer) == -1 && errno == EINVAL);
}

static void wait_for(sem_t *semaphore)
{
	expect(sem_wait(semaphore) == 0);
}

static void nothing(union sigval value)
{
	(void)value;
}

/* ---- without memory: nothing has made the library's thread yet ---- */

static void test_no_memory(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = nothing};
	uint64_t taken[256];
	unsigned count = 0;
	timer_t timer;

	while (count < 256 &&
	       sys_do(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0, &taken[count]) == RTOS_OK)
		count++;
	expect(count > 0 && count < 256);
	errno = 0;
	expect(timer_create(CLOCK_MONOTONIC, &event, &timer) == -1 && errno == EAGAIN);
	while (count-- > 0)
		expect(sys_do(RTOS_DESTROY, (rtos_handle_t)taken[count], 0, 0, 0, 0, 0, NULL) ==
		       RTOS_OK);
}

/* ---- refused calls ---- */

static int refused(clockid_t clock, struct sigevent event)
{
	timer_t timer;

	errno = 0;
	return timer_create(clock, &event, &timer) == -1 ? errno : 0;
}

static void test_refused(void)
{
	const struct sigevent good = {.sigev_notify = SIGEV_THREAD,
	                              .sigev_notify_function = nothing};
	const struct itimerspec wrong = {.it_value.tv_nsec = SECOND};
	struct sigevent urgent = good;
	pthread_attr_t attributes = attributes_of(URGENT + 1);
	timer_t timer = 0;

	urgent.sigev_notify_attributes = &attributes;
	expect(timer_create(CLOCK_MONOTONIC, NULL, &timer) == -1 && errno == ENOTSUP);
	expect(refused(CLOCK_MONOTONIC, (struct sigevent){.sigev_notify = SIGEV_SIGNAL}) ==
	       ENOTSUP);
	expect(refused(CLOCK_MONOTONIC, (struct sigevent){.sigev_notify = SIGEV_THREAD}) == EINVAL);
	expect(refused(CLOCK_MONOTONIC, (struct sigevent){.sigev_notify = 99}) == EINVAL);
	expect(refused(CLOCK_MONOTONIC, urgent) == EINVAL);
	expect(refused(CLOCK_PROCESS_CPUTIME_ID, good) == ENOTSUP);
	expect(refused(CLOCK_THREAD_CPUTIME_ID, good) == ENOTSUP);
	expect(refused(99, good) == EINVAL);
	timer = make(CLOCK_MONOTONIC, nothing, NULL);
	expect(timer_settime(timer, 0, &wrong, NULL) == -1 && errno == EINVAL);
	expect(left(timer) == 0);
	remove_timer(timer);
	errno = 0;
	expect(timer_settime(timer, 0, &(struct itimerspec){.it_value.tv_sec = 1}, NULL) == -1);
	expect(errno == EINVAL);
	expect(timer_gettime(timer, &(struct itimerspec){.it_value.tv_sec = 1}) == -1);
	expect(timer_getoverrun(timer) == -1);
}

static void test_limit(void)
{
	timer_t made[PLACES], again;

	for (int i = 0; i < PLACES; i++)
		made[i] = make(CLOCK_MONOTONIC, nothing, NULL);
	expect(refused(CLOCK_MONOTONIC, (struct sigevent){.sigev_notify = SIGEV_NONE}) == EAGAIN);
	remove_timer(made[7]);
	again = make(CLOCK_MONOTONIC, nothing, NULL);
	expect(again != made[7] && timer_getoverrun(made[7]) == -1);
	made[7] = again;
	for (int i = 0; i < PLACES; i++)
		remove_timer(made[i]);
}

/* ---- once ---- */

struct once {
	sem_t called;
	clockid_t clock;
	int64_t at;
	pthread_t by;
	int calls;
};

static void note(union sigval value)
{
	struct once *once = value.sival_ptr;

	once->at = ask(once->clock);
	once->by = pthread_self();
	once->calls++;
	expect(sem_post(&once->called) == 0);
}

static void test_once(clockid_t clock)
{
	struct once once = {.clock = clock};
	timer_t timer = make(clock, note, &once);
	int64_t then = ask(clock) + PERIOD;

	expect(sem_init(&once.called, 0, 0) == 0);
	expect(left(timer) == 0);
	set(timer, TIMER_ABSTIME, then, 0);
	wait_for(&once.called);
	expect(once.at >= then && left(timer) == 0);
	expect(!pthread_equal(once.by, pthread_self()));
	then = ask(clock) + PERIOD;
	set(timer, 0, PERIOD, 0);
	wait_for(&once.called);
	expect(once.at >= then);
	/* A time in the past is due at once. */
	set(timer, TIMER_ABSTIME, 1, 0);
	wait_for(&once.called);
	expect(once.calls == 3 && timer_getoverrun(timer) == 0);
	remove_timer(timer);
	expect(sem_destroy(&once.called) == 0);
}

/* ---- periodic ---- */

static struct {
	sem_t done;
	timer_t timer;
	int64_t first, interval, expired, calls, latest;
} periodic;

/* The next expiry, by two looks at the clock: which multiple of the interval it is, exactly. */
static void expect_no_drift(void)
{
	const int64_t before = now(), rest = left(periodic.timer), after = now();
	const int64_t over = (after + rest - periodic.first) % periodic.interval;

	expect(rest > 0 && rest <= periodic.interval);
	expect(over <= after - before);
}

static void tick(union sigval value)
{
	const int64_t at = now();
	int64_t late;

	(void)value;
	if (periodic.calls == CALLS)
		return;
	periodic.expired += 1 + timer_getoverrun(periodic.timer);
	late = at - (periodic.first + (periodic.expired - 1) * periodic.interval);
	expect(late >= 0);
	if (late > periodic.latest)
		periodic.latest = late;
	expect_no_drift();
	if (++periodic.calls == CALLS)
		expect(sem_post(&periodic.done) == 0);
}

/* A third of a microsecond over whole ticks. */
static void test_periodic(void)
{
	periodic.interval = PERIOD / 5 + 333;
	expect(sem_init(&periodic.done, 0, 0) == 0);
	periodic.timer = make(CLOCK_MONOTONIC, tick, NULL);
	periodic.first = now() + PERIOD;
	set(periodic.timer, TIMER_ABSTIME, periodic.first, periodic.interval);
	wait_for(&periodic.done);
	expect(periodic.expired >= CALLS);
	remove_timer(periodic.timer);
	printf("%d calls for %" PRId64 " expiries, at most %" PRId64 " ns late\n", CALLS,
	       periodic.expired, periodic.latest);
}

/* ---- overruns ---- */

static struct {
	sem_t done;
	timer_t timer;
	int64_t first, ended, expired;
	int calls;
} slow;

/* Goes on for over five intervals each time: all that expired until its end is counted. */
static void be_slow(union sigval value)
{
	const int64_t least = (slow.ended - slow.first) / PERIOD + 1;
	const int overruns = timer_getoverrun(slow.timer);

	(void)value;
	slow.expired += 1 + overruns;
	expect(slow.expired <= (now() - slow.first) / PERIOD + 1);
	if (slow.calls > 0)
		expect(overruns >= 4 && slow.expired >= least);
	if (++slow.calls == 5) {
		set(slow.timer, 0, 0, 0);
		expect(timer_getoverrun(slow.timer) == 0 && sem_post(&slow.done) == 0);
		return;
	}
	slow.ended = now() + 5 * PERIOD + PERIOD / 2;
	while (now() < slow.ended)
		;
}

static void test_overruns(void)
{
	expect(sem_init(&slow.done, 0, 0) == 0);
	slow.timer = make(CLOCK_MONOTONIC, be_slow, NULL);
	slow.first = now() + PERIOD;
	set(slow.timer, TIMER_ABSTIME, slow.first, PERIOD);
	wait_for(&slow.done);
	expect(slow.calls == 5);
	remove_timer(slow.timer);
}

/* ---- from within a timer's own function ---- */

static struct {
	sem_t done;
	timer_t own, victim, ordered[3], last;
	int calls, order[3], count;
} within;

static void never(union sigval value)
{
	(void)value;
	expect(false);
}

static void in_order(union sigval value)
{
	within.order[within.count++] = value.sival_int;
}

static void end(union sigval value)
{
	(void)value;
	expect(sem_post(&within.done) == 0);
}

/* The victims are overdue when they are disarmed and deleted, and nobody can have called them. */
static void set_and_delete(union sigval value)
{
	const timer_t deleted = make(CLOCK_MONOTONIC, never, NULL);

	(void)value;
	within.calls++;
	remove_timer(within.own);
	set(within.victim, 0, PERIOD, PERIOD);
	set(deleted, TIMER_ABSTIME, 1, 0);
	for (const int64_t then = now() + 2 * PERIOD; now() < then;)
		;
	set(within.victim, 0, 0, 0);
	expect(left(within.victim) == 0);
	remove_timer(deleted);
	for (int i = 2; i >= 0; i--)
		set(within.ordered[i], TIMER_ABSTIME, 1 + i, 0);
	set(within.last, TIMER_ABSTIME, 4, 0);
}

static void test_within(void)
{
	expect(sem_init(&within.done, 0, 0) == 0);
	within.own = make(CLOCK_MONOTONIC, set_and_delete, NULL);
	within.victim = make(CLOCK_MONOTONIC, never, NULL);
	for (int i = 0; i < 3; i++) {
		struct sigevent event = {.sigev_notify = SIGEV_THREAD,
		                         .sigev_notify_function = in_order,
		                         .sigev_value.sival_int = i};

		expect(timer_create(CLOCK_MONOTONIC, &event, &within.ordered[i]) == 0);
	}
	within.last = make(CLOCK_MONOTONIC, end, NULL);
	set(within.own, 0, PERIOD, PERIOD);
	wait_for(&within.done);
	expect(within.calls == 1 && within.count == 3);
	for (int i = 0; i < 3; i++) {
		expect(within.order[i] == i);
		remove_timer(within.ordered[i]);
	}
	remove_timer(within.victim);
	remove_timer(within.last);
}

/* ---- with a thread of its own ---- */

static struct {
	sem_t done;
	timer_t own[2];
	pthread_t by[2];
	volatile int calls[2];
	int before; /* calls of the less urgent one until the end of the shared thread's call */
} apart;

static void count(union sigval value)
{
	apart.by[value.sival_int] = pthread_self();
	apart.calls[value.sival_int]++;
}

static void tell(union sigval value)
{
	count(value);
	expect(sem_post(&apart.done) == 0);
}

/*
 * The shared thread neither waits nor ends meanwhile: a more urgent timer is called all the same,
 * as often as it is due, and a less urgent one isn't.
 */
static void keep_busy(union sigval value)
{
	(void)value;
	set(apart.own[0], 0, PERIOD, PERIOD);
	set(apart.own[1], 0, PERIOD, 0);
	while (apart.calls[0] < 5)
		;
	apart.before = apart.calls[1];
	set(apart.own[0], 0, 0, 0);
}

static void test_own_thread(void)
{
	pthread_attr_t attributes[2] = {attributes_of(URGENT), attributes_of(URGENT - 2)};
	struct sigevent event = {.sigev_notify = SIGEV_THREAD};
	timer_t busy;

	expect(pthread_attr_setstacksize(&attributes[0], PTHREAD_STACK_MIN) == 0);
	expect(sem_init(&apart.done, 0, 0) == 0);
	for (int i = 0; i < 2; i++) {
		event.sigev_notify_function = i == 0 ? count : tell;
		event.sigev_value.sival_int = i;
		event.sigev_notify_attributes = &attributes[i];
		expect(timer_create(CLOCK_MONOTONIC, &event, &apart.own[i]) == 0);
	}
	busy = make(CLOCK_MONOTONIC, keep_busy, NULL);
	set(busy, 0, 1, 0);
	wait_for(&apart.done);
	expect(apart.calls[0] >= 5 && apart.calls[1] == 1 && apart.before == 0);
	expect(!pthread_equal(apart.by[0], apart.by[1]));
	remove_timer(busy);
	for (int i = 0; i < 2; i++)
		remove_timer(apart.own[i]);
}

/*
 * Their threads end with them, whether they wait for a moment, wait for a time to be set, or delete
 * the timer themselves: the program hasn't memory for all.
 */
static void delete_own(union sigval value)
{
	remove_timer(apart.own[0]);
	expect(sem_post(&apart.done) == 0);
	(void)value;
}

static void test_own_ends(void)
{
	pthread_attr_t attributes = attributes_of(URGENT);

	for (int i = 0; i < ROUNDS; i++) {
		apart.own[0] = make_by(&attributes, CLOCK_MONOTONIC, delete_own, NULL);
		set(apart.own[0], 0, PERIOD / 10, i % 2 * PERIOD);
		wait_for(&apart.done);
		apart.own[1] = make_by(&attributes, CLOCK_MONOTONIC, never, NULL);
		if (i % 2 == 0)
			set(apart.own[1], 0, SECOND, SECOND);
		remove_timer(apart.own[1]);
	}
	expect(sem_destroy(&apart.done) == 0);
}

/* ---- nobody is called ---- */

static void test_none(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_NONE};
	const struct itimerspec second = {.it_value.tv_sec = 1, .it_interval.tv_sec = 2};
	struct itimerspec old = {.it_value.tv_sec = 9};
	timer_t timer;

	expect(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	expect(timer_settime(timer, 0, &second, &old) == 0);
	expect(nanoseconds_of(&old.it_value) == 0 && nanoseconds_of(&old.it_interval) == 0);
	expect(timer_settime(timer, 0, &(struct itimerspec){.it_value.tv_nsec = PERIOD}, &old) ==
	       0);
	expect(nanoseconds_of(&old.it_value) > 0 && nanoseconds_of(&old.it_value) <= 2 * SECOND &&
	       old.it_interval.tv_sec == 2);
	while (left(timer) > 0)
		;
	set(timer, 0, 1, PERIOD);
	for (int64_t then = now() + 5 * PERIOD; now() < then;)
		expect(left(timer) > 0 && left(timer) <= PERIOD);
	expect(timer_getoverrun(timer) == 0);
	remove_timer(timer);
}

/* ---- from another CPU, while the library's thread calls ---- */

static void *make_and_delete(void *unused)
{
	struct once once = {.clock = CLOCK_MONOTONIC};

	(void)unused;
	expect(sem_init(&once.called, 0, 0) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		const timer_t timer = make(CLOCK_MONOTONIC, note, &once);
		const timer_t gone = make(CLOCK_MONOTONIC, nothing, NULL);

		set(gone, 0, 1 + i * 100, PERIOD / 2);
		set(timer, 0, 1 + i * 100, 0);
		wait_for(&once.called);
		expect(once.calls == i + 1);
		remove_timer(gone);
		remove_timer(timer);
	}
	expect(sem_destroy(&once.called) == 0);
	return NULL;
}

/* On the second CPU, if the machine has one; the thread that calls is on the first. */
static void test_beside(void)
{
	pthread_attr_t attributes;
	pthread_t thread = NULL;
	int cpus = 2;

	expect(pthread_attr_init(&attributes) == 0);
	expect(pthread_attr_setcpu_np(&attributes, 1) == 0);
	if (pthread_create(&thread, &attributes, make_and_delete, NULL) != 0) {
		cpus = 1;
		expect(pthread_create(&thread, NULL, make_and_delete, NULL) == 0);
	}
	expect(pthread_join(thread, NULL) == 0);
	printf("timers on %d CPUs\n", cpus);
}

int main(void)
{
	test_no_memory();
	test_refused();
	test_limit();
	test_once(CLOCK_MONOTONIC);
	test_once(CLOCK_REALTIME);
	test_periodic();
	test_overruns();
	test_within();
	test_own_thread();
	test_own_ends();
	test_none();
	test_beside();
	return expect_end();
}
