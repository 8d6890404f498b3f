/*
 * Threads, and their waits. The manifest gives it priority 100, a limit of 120, and all CPUs: with
 * several, half of the threads run on the second.
 */
#include <errno.h>
#include <libc/expect.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKERS 6
#define ROUNDS  100

static int cpus;

static int64_t now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static struct timespec in(int64_t nanoseconds)
{
	const int64_t then = now() + nanoseconds;

	return (struct timespec){.tv_sec = then / 1000000000, .tv_nsec = then % 1000000000};
}

static pthread_t make(void *(*start)(void *), void *argument, int priority, int cpu)
{
	const struct sched_param parameters = {.sched_priority = priority};
	pthread_attr_t attributes;
	pthread_t thread = NULL;

	expect(pthread_attr_init(&attributes) == 0);
	expect(pthread_attr_setschedparam(&attributes, &parameters) == 0);
	expect(pthread_attr_setcpu_np(&attributes, cpu % cpus) == 0);
	expect(pthread_create(&thread, &attributes, start, argument) == 0);
	return thread;
}

/* ---- making, joining, thread-local data ---- */

static _Thread_local volatile int own = 7;
static pthread_key_t key;
static _Atomic int destroyed;

static void destroy(void *value)
{
	destroyed += *(int *)value;
}

static void *live(void *argument)
{
	expect(own == 7);
	own++;
	expect(own == 8 && errno == 0);
	errno = 99;
	expect(pthread_getspecific(key) == NULL);
	expect(pthread_setspecific(key, argument) == 0);
	pthread_exit(argument);
}

static void test_lives(void)
{
	int numbers[WORKERS];
	pthread_t threads[WORKERS];
	void *value;

	expect(pthread_key_create(&key, destroy) == 0);
	errno = 0;
	for (int i = 0; i < WORKERS; i++) {
		numbers[i] = i + 1;
		threads[i] = make(live, &numbers[i], 100, i);
	}
	for (int i = 0; i < WORKERS; i++)
		expect(pthread_join(threads[i], &value) == 0 && value == &numbers[i]);
	expect(own == 7 && errno == 0);
	expect(destroyed == WORKERS * (WORKERS + 1) / 2);
	expect(pthread_key_delete(key) == 0 && pthread_key_delete(key) == EINVAL);
	expect(pthread_join(pthread_self(), NULL) == EDEADLK);
}

static sem_t detached_sem;

static void *post(void *argument)
{
	expect(sem_post(argument) == 0);
	return NULL;
}

/* More than there is memory for at a time. */
static void test_many(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	expect(sem_init(&detached_sem, 0, 0) == 0);
	expect(pthread_attr_init(&attributes) == 0);
	expect(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0);
	for (int i = 0; i < 100; i++) {
		expect(pthread_create(&thread, &attributes, post, &detached_sem) == 0);
		expect(sem_wait(&detached_sem) == 0);
	}
	for (int i = 0; i < 100; i++) {
		void *value = &thread;

		expect(pthread_create(&thread, NULL, post, &detached_sem) == 0);
		expect(pthread_join(thread, &value) == 0 && value == NULL);
		expect(sem_trywait(&detached_sem) == 0);
	}
	expect(pthread_attr_setstacksize(&attributes, 64 << 20) == 0);
	expect(pthread_create(&thread, &attributes, post, NULL) == EAGAIN);
	expect(pthread_attr_setstacksize(&attributes, 100) == EINVAL);
}

/* ---- mutexes ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile unsigned counted;

static void *count(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		unsigned before;

		expect(pthread_mutex_lock(&mutex) == 0);
		before = counted;
		if (i % 16 == 0)
			(void)sched_yield();
		counted = before + 1;
		expect(pthread_mutex_unlock(&mutex) == 0);
	}
	return NULL;
}

static void test_mutex(void)
{
	pthread_t threads[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		threads[i] = make(count, NULL, 100, i);
	for (int i = 0; i < WORKERS; i++)
		expect(pthread_join(threads[i], NULL) == 0);
	expect(counted == WORKERS * ROUNDS);
}

static void *try_other(void *argument)
{
	struct timespec soon = in(1000000);

	expect(pthread_mutex_trylock(argument) == EBUSY);
	expect(pthread_mutex_timedlock(argument, &soon) == ETIMEDOUT);
	expect(pthread_mutex_unlock(argument) == EPERM);
	return NULL;
}

static void *leave_locked(void *argument)
{
	expect(pthread_mutex_lock(argument) == 0);
	return NULL;
}

static void test_kinds(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t recursive, plain;
	int value = 0;

	expect(pthread_mutexattr_init(&attributes) == 0);
	expect(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE) == 0);
	expect(pthread_mutexattr_getprotocol(&attributes, &value) == 0 &&
	       value == PTHREAD_PRIO_INHERIT);
	expect(pthread_mutexattr_settype(&attributes, 77) == EINVAL);
	expect(pthread_mutex_init(&recursive, &attributes) == 0);
	expect(pthread_mutex_init(&plain, NULL) == 0);
	for (int i = 0; i < 3; i++)
		expect(pthread_mutex_lock(&recursive) == 0);
	for (int i = 0; i < 3; i++) {
		expect(pthread_join(make(try_other, &recursive, 100, 0), NULL) == 0);
		expect(pthread_mutex_unlock(&recursive) == 0);
	}
	expect(pthread_mutex_unlock(&recursive) == EPERM);
	expect(pthread_mutex_lock(&plain) == 0);
	expect(pthread_mutex_lock(&plain) == EDEADLK && pthread_mutex_trylock(&plain) == EBUSY);
	expect(pthread_mutex_unlock(&plain) == 0);
	expect(pthread_join(make(leave_locked, &plain, 100, 0), NULL) == 0);
	expect(pthread_mutex_lock(&plain) == EOWNERDEAD);
	expect(pthread_mutex_unlock(&plain) == 0);
	expect(pthread_mutex_destroy(&plain) == 0 && pthread_mutex_destroy(&recursive) == 0);
}

/*
 * Each on the first CPU: low has the mutex, and is preempted by the waiter for its signal; then
 * high waits for the mutex, and middle would run for ever.
 */
static volatile int low_had, high_had;
static sem_t low_has;

static void *low(void *argument)
{
	(void)argument;
	expect(pthread_mutex_lock(&mutex) == 0);
	expect(sem_post(&low_has) == 0);
	low_had = 1;
	expect(pthread_mutex_unlock(&mutex) == 0);
	return NULL;
}

static void *high(void *argument)
{
	(void)argument;
	expect(pthread_mutex_lock(&mutex) == 0);
	high_had = low_had;
	expect(pthread_mutex_unlock(&mutex) == 0);
	return NULL;
}

/* Without inheritance, it would keep the CPU from low, and so from high. */
static void *middle(void *argument)
{
	(void)argument;
	while (high_had == 0)
		(void)sched_yield();
	return NULL;
}

static void test_inheritance(void)
{
	pthread_t threads[3];

	expect(sem_init(&low_has, 0, 0) == 0);
	threads[0] = make(low, NULL, 90, 0);
	expect(sem_wait(&low_has) == 0);
	threads[1] = make(middle, NULL, 99, 0);
	threads[2] = make(high, NULL, 110, 0);
	for (int i = 0; i < 3; i++)
		expect(pthread_join(threads[i], NULL) == 0);
	expect(high_had == 1);
}

/* ---- condition variables ---- */

static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
static unsigned ring[4], ring_head, ring_tail, ring_sum;

static void *produce(void *argument)
{
	(void)argument;
	for (unsigned i = 1; i <= ROUNDS; i++) {
		expect(pthread_mutex_lock(&mutex) == 0);
		while (ring_head - ring_tail == 4)
			expect(pthread_cond_wait(&emptied, &mutex) == 0);
		ring[ring_head++ % 4] = i;
		expect(pthread_cond_signal(&filled) == 0);
		expect(pthread_mutex_unlock(&mutex) == 0);
	}
	return NULL;
}

static void *consume(void *argument)
{
	(void)argument;
	for (unsigned i = 1; i <= ROUNDS; i++) {
		expect(pthread_mutex_lock(&mutex) == 0);
		while (ring_head == ring_tail)
			expect(pthread_cond_wait(&filled, &mutex) == 0);
		ring_sum += ring[ring_tail++ % 4];
		expect(pthread_cond_signal(&emptied) == 0);
		expect(pthread_mutex_unlock(&mutex) == 0);
	}
	return NULL;
}

static void test_conditions(void)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		threads[i] = make(i % 2 ? produce : consume, NULL, 100, i / 2);
	for (int i = 0; i < 4; i++)
		expect(pthread_join(threads[i], NULL) == 0);
	expect(ring_sum == 2 * ROUNDS * (ROUNDS + 1) / 2);
}

static int order[3], order_count;
static pthread_cond_t gate = PTHREAD_COND_INITIALIZER;

static void *pass(void *argument)
{
	expect(pthread_mutex_lock(&mutex) == 0);
	expect(sem_post(&low_has) == 0);
	expect(pthread_cond_wait(&gate, &mutex) == 0);
	order[order_count++] = *(int *)argument;
	expect(pthread_mutex_unlock(&mutex) == 0);
	return NULL;
}

static void test_condition_order(void)
{
	int priorities[] = {95, 110, 105};
	struct timespec soon = in(2000000);
	pthread_t threads[3];

	for (int i = 0; i < 3; i++) {
		threads[i] = make(pass, &priorities[i], priorities[i], 0);
		expect(sem_wait(&low_has) == 0);
	}
	expect(pthread_mutex_lock(&mutex) == 0);
	expect(pthread_cond_broadcast(&gate) == 0);
	expect(pthread_mutex_unlock(&mutex) == 0);
	for (int i = 0; i < 3; i++)
		expect(pthread_join(threads[i], NULL) == 0);
	expect(order[0] == 110 && order[1] == 105 && order[2] == 95);
	expect(pthread_mutex_lock(&mutex) == 0);
	expect(pthread_cond_timedwait(&gate, &mutex, &soon) == ETIMEDOUT);
	expect(now() >= soon.tv_sec * INT64_C(1000000000) + soon.tv_nsec);
	expect(pthread_mutex_unlock(&mutex) == 0);
	expect(pthread_cond_wait(&gate, &mutex) == EPERM);
	expect(pthread_cond_destroy(&gate) == 0);
}

/* ---- the rest ---- */

static void test_semaphores(void)
{
	struct timespec soon = in(1000000);
	sem_t semaphore;
	int value = 0;

	expect(sem_init(&semaphore, 1, 0) == -1 && errno == ENOSYS);
	expect(sem_init(&semaphore, 0, 2) == 0);
	expect(sem_wait(&semaphore) == 0 && sem_trywait(&semaphore) == 0);
	expect(sem_trywait(&semaphore) == -1 && errno == EAGAIN);
	expect(sem_timedwait(&semaphore, &soon) == -1 && errno == ETIMEDOUT);
	expect(sem_post(&semaphore) == 0);
	expect(sem_getvalue(&semaphore, &value) == 0 && value == 1);
	expect(sem_destroy(&semaphore) == 0);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static volatile unsigned written[2];

static void *read_and_write(void *argument)
{
	const int number = *(int *)argument;

	for (int i = 0; i < ROUNDS; i++) {
		if (i % 8 == number) {
			expect(pthread_rwlock_wrlock(&rwlock) == 0);
			written[0]++;
			(void)sched_yield();
			written[1]++;
		} else {
			expect(pthread_rwlock_rdlock(&rwlock) == 0);
			expect(written[0] == written[1]);
		}
		expect(pthread_rwlock_unlock(&rwlock) == 0);
	}
	return NULL;
}

static void test_rwlock(void)
{
	int numbers[WORKERS];
	pthread_t threads[WORKERS];
	unsigned writes = 0;

	for (int i = 0; i < WORKERS; i++) {
		numbers[i] = i;
		writes += (unsigned)(ROUNDS + 7 - i) / 8;
		threads[i] = make(read_and_write, &numbers[i], 100, i);
	}
	for (int i = 0; i < WORKERS; i++)
		expect(pthread_join(threads[i], NULL) == 0);
	expect(written[0] == writes && written[1] == writes);
	expect(pthread_rwlock_rdlock(&rwlock) == 0 && pthread_rwlock_tryrdlock(&rwlock) == 0);
	expect(pthread_rwlock_trywrlock(&rwlock) == EBUSY);
	expect(pthread_rwlock_unlock(&rwlock) == 0 && pthread_rwlock_unlock(&rwlock) == 0);
	expect(pthread_rwlock_trywrlock(&rwlock) == 0 &&
	       pthread_rwlock_tryrdlock(&rwlock) == EBUSY);
	expect(pthread_rwlock_unlock(&rwlock) == 0);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static volatile int initialized;

static void initialize(void)
{
	for (int i = 0; i < 5; i++)
		(void)sched_yield();
	initialized++;
}

static void *call_once(void *argument)
{
	(void)argument;
	expect(pthread_once(&once, initialize) == 0);
	expect(initialized == 1);
	return NULL;
}

/* Each in a heap and on streams that all share. */
static void *print(void *argument)
{
	for (int i = 0; i < 20; i++) {
		char *text = NULL;

		expect(asprintf(&text, "%d of %d", i, *(int *)argument) > 0);
		free(text);
	}
	return NULL;
}

static void test_once_and_heap(void)
{
	int numbers[WORKERS];
	pthread_t threads[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		threads[i] = make(call_once, NULL, 100, i);
	for (int i = 0; i < WORKERS; i++)
		expect(pthread_join(threads[i], NULL) == 0);
	for (int i = 0; i < WORKERS; i++) {
		numbers[i] = i;
		threads[i] = make(print, &numbers[i], 100, i);
	}
	for (int i = 0; i < WORKERS; i++)
		expect(pthread_join(threads[i], NULL) == 0);
}

static void *set_priority(void *argument)
{
	(void)argument;
	expect(pthread_setschedprio(pthread_self(), 120) == 0);
	expect(pthread_setschedprio(pthread_self(), 121) == EINVAL);
	expect(pthread_setschedprio(pthread_self(), 256) == EINVAL);
	return NULL;
}

int main(int argc, char **argv)
{
	cpus = argc > 1 ? atoi(argv[1]) : 1;
	test_lives();
	test_many();
	test_mutex();
	test_kinds();
	test_inheritance();
	test_conditions();
	test_condition_order();
	test_semaphores();
	test_rwlock();
	test_once_and_heap();
	expect(pthread_join(make(set_priority, NULL, 90, 0), NULL) == 0);
	expect(sched_get_priority_max(SCHED_FIFO) == 120);
	expect(pthread_setschedprio(pthread_self(), 100) == EPERM);
	return expect_end();
}
