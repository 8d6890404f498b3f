/* Locks: order, inheritance, owners that end. */
#include <test/rtos.h>

#define CHILD_LOCK  10
#define CHILD_PAGES 64

static rtos_handle_t lock_new(void)
{
	return (rtos_handle_t)test_must(RTOS_LOCK_CREATE, 0, 0, 0, 0, 0, 0);
}

static enum rtos_status lock_until(rtos_handle_t lock, uint64_t deadline)
{
	struct test_call call = {.x = {0}};

	call.x[8] = RTOS_LOCK;
	call.x[9] = lock;
	call.x[10] = deadline;
	test_svc(&call);
	return (enum rtos_status)call.x[8];
}

static void unlock(rtos_handle_t lock)
{
	test_must(RTOS_UNLOCK, lock, 0, 0, 0, 0, 0);
}

static void test_one(void)
{
	rtos_handle_t lock = lock_new();
	rtos_handle_t weak =
	    (rtos_handle_t)test_must(RTOS_HANDLE_GIVE, 0, lock, RTOS_RIGHT_MANAGE, 0, 0, 0);

	TEST_EQUAL(lock_until(weak, 1), RTOS_DENIED);
	TEST_EQUAL(lock_until(127, 1), RTOS_BAD_HANDLE);
	TEST_EQUAL(test_do(RTOS_UNLOCK, lock, 0, 0, 0, 0, 0, NULL), RTOS_BUSY);
	TEST_EQUAL(lock_until(lock, 1), RTOS_OK);
	TEST_EQUAL(lock_until(lock, 0), RTOS_BUSY);
	unlock(lock);
	TEST_EQUAL(test_do(RTOS_UNLOCK, lock, 0, 0, 0, 0, 0, NULL), RTOS_BUSY);
	TEST_EQUAL(lock_until(lock, 0), RTOS_OK);
	/* With it in one's hands. */
	test_destroy(lock);
	TEST_EQUAL(test_do(RTOS_UNLOCK, lock, 0, 0, 0, 0, 0, NULL), RTOS_BAD_HANDLE);
}

/* ---- several threads ---- */

static rtos_handle_t first_lock, second_lock;
static volatile uint64_t order;
static volatile enum rtos_status status;

/* Its number is noted once it has the lock. */
static void take(uint64_t number)
{
	status = lock_until(first_lock, 0);
	order = order * 10 + number;
	if (status == RTOS_OK || status == RTOS_OWNER_ENDED)
		unlock(first_lock);
	test_thread_end();
}

static void take_until(uint64_t deadline)
{
	status = lock_until(first_lock, deadline);
	test_thread_end();
}

/* By urgency, then by order; a time-out leaves the queue; nobody can take it in between. */
static void test_order(void)
{
	first_lock = lock_new();
	order = 0;
	TEST_EQUAL(lock_until(first_lock, 0), RTOS_OK);
	test_thread(take, 1, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	test_thread(take, 2, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	test_thread(take, 3, RTOS_THREAD(TEST_PRIORITY + 5, 0, 0));
	test_thread(take, 4, RTOS_THREAD(TEST_PRIORITY - 1, 0, 0));
	status = RTOS_OK;
	test_thread(take_until, 1, RTOS_THREAD(TEST_PRIORITY + 9, 0, 0));
	TEST_EQUAL(status, RTOS_TIMED_OUT);
	status = RTOS_OK;
	test_thread(take_until, test_in(300), RTOS_THREAD(TEST_PRIORITY + 9, 0, 0));
	while (status != RTOS_TIMED_OUT)
		test_sleep(300);
	TEST_EQUAL(order, 0);
	unlock(first_lock);
	TEST_EQUAL(order, 312);
	test_settle();
	TEST_EQUAL(order, 3124);
	test_destroy(first_lock);
}

/* All that wait are told that it is gone. */
static void test_destroyed(void)
{
	first_lock = lock_new();
	order = 0;
	TEST_EQUAL(lock_until(first_lock, 0), RTOS_OK);
	for (uint64_t i = 1; i <= 3; i++)
		test_thread(take, i, RTOS_THREAD(TEST_PRIORITY + i, 0, 0));
	test_destroy(first_lock);
	TEST_EQUAL(order, 321);
	TEST_EQUAL(status, RTOS_GONE);
}

/* ---- inheritance ---- */

static volatile bool hogging, stop;

/* Would run for ever if nobody were ahead of it. */
static void hog(uint64_t unused)
{
	(void)unused;
	hogging = true;
	while (!stop)
		__asm__ volatile("yield");
	order = order * 10 + 3;
	test_thread_end();
}

static rtos_handle_t served;

static void serve(uint64_t unused)
{
	struct test_call call;

	(void)unused;
	test_receive(served, 0, &call);
	order = order * 10 + 1;
	test_answer(&call);
	test_thread_end();
}

/* Has the first lock, and waits for the second one; or has the second one, and calls. */
static void own_first(uint64_t unused)
{
	(void)unused;
	TEST_EQUAL(lock_until(first_lock, 0), RTOS_OK);
	TEST_EQUAL(lock_until(second_lock, 0), RTOS_OK);
	unlock(second_lock);
	unlock(first_lock);
	order = order * 10 + 4;
	test_thread_end();
}

static rtos_handle_t begins;

static void own_second(uint64_t unused)
{
	(void)unused;
	TEST_EQUAL(lock_until(second_lock, 0), RTOS_OK);
	TEST_EQUAL(test_wait(begins, 0), 1);
	test_wait(0, test_in(3000));
	TEST_EQUAL(test_ask(served, 1, 0, NULL), RTOS_OK);
	unlock(second_lock);
	order = order * 10 + 5;
	test_thread_end();
}

/*
 * This thread waits for a lock, whose owner waits for one, whose owner calls a server, all of them
 * less urgent than one that never stops: it gets the lock all the same, and they are less urgent
 * again behind it. At first it gives up before the last owner has called: that one waits for its
 * time when it is lent the same again. It begins to wait for it only when none of the others has a
 * turn unless it is lent one, however long anything takes.

 * Shows: kernel.inheritance. */
static void test_inheritance(void)
{
	rtos_handle_t badged;

	first_lock = lock_new();
	second_lock = lock_new();
	served = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	begins = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	badged = (rtos_handle_t)test_must(RTOS_HANDLE_GIVE, 0, begins, RTOS_RIGHT_SIGNAL, 1, 0, 0);
	order = 0;
	stop = hogging = false;
	test_thread(own_second, 0, RTOS_THREAD(TEST_PRIORITY - 20, 0, 0));
	test_thread(own_first, 0, RTOS_THREAD(TEST_PRIORITY - 21, 0, 0));
	test_thread(serve, 0, RTOS_THREAD(TEST_PRIORITY - 22, 0, 0));
	test_settle();
	test_thread(hog, 0, RTOS_THREAD(TEST_PRIORITY - 4, 0, 0));
	while (!hogging)
		test_sleep(300);
	test_must(RTOS_SIGNAL, badged, 0, 0, 0, 0, 0);
	TEST_EQUAL(lock_until(first_lock, test_in(300)), RTOS_TIMED_OUT);
	TEST_EQUAL(order, 0);
	test_must(RTOS_YIELD, 0, 0, 0, 0, 0, 0); /* lent priority is taken back */
	TEST_EQUAL(lock_until(first_lock, 0), RTOS_OK);
	TEST_EQUAL(order, 1);
	stop = true;
	unlock(first_lock);
	test_settle();
	TEST_EQUAL(order, 1354);
	test_destroy(begins);
	test_destroy(served);
	test_destroy(second_lock);
	test_destroy(first_lock);
}

/* ---- owners that end ---- */

static void end_with(uint64_t unused)
{
	(void)unused;
	lock_until(first_lock, 0);
	lock_until(second_lock, 0);
	test_thread_end();
}

/* A thread ends with two locks, one of which somebody waits for: both are told, and told once.
 * Shows: kernel.locks. */
static void test_owner_ends(void)
{
	first_lock = lock_new();
	second_lock = lock_new();
	order = 0;
	TEST_EQUAL(lock_until(second_lock, 0), RTOS_OK);
	test_thread(end_with, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	test_thread(take, 1, RTOS_THREAD(TEST_PRIORITY + 2, 0, 0));
	TEST_EQUAL(order, 0);
	unlock(second_lock);
	TEST_EQUAL(order, 1);
	TEST_EQUAL(status, RTOS_OWNER_ENDED);
	TEST_EQUAL(lock_until(first_lock, 0), RTOS_OK);
	TEST_EQUAL(lock_until(second_lock, 0), RTOS_OWNER_ENDED);
	unlock(second_lock);
	TEST_EQUAL(lock_until(second_lock, 0), RTOS_OK);
	test_destroy(second_lock);
	test_destroy(first_lock);
}

static void take_and_wait(uint64_t unused)
{
	(void)unused;
	lock_until(CHILD_LOCK, 0);
	test_wait(0, ~0ULL);
}

static void take_and_exit(uint64_t unused)
{
	(void)unused;
	lock_until(CHILD_LOCK, 0);
	test_do(RTOS_EXIT, 0, 7, 0, 0, 0, 0, NULL);
}

/*
 * A process ends with a lock, and another one waiting for it: a thread that is left has it when
 * both are gone. Shows: kernel.locks.
 */
static void test_process_ends(void)
{
	for (uint32_t reset = 0; reset < 2; reset++) {
		rtos_handle_t lock = lock_new(), owner = test_process(CHILD_PAGES);
		rtos_handle_t waiter = test_process(CHILD_PAGES);

		test_give(owner, lock, RTOS_RIGHT_USE, 0, CHILD_LOCK);
		test_give(waiter, lock, RTOS_RIGHT_USE, 0, CHILD_LOCK);
		test_process_run(owner, take_and_wait, 0,
		                 RTOS_THREAD(TEST_PRIORITY - 1, test_start->cpus - 1, 0));
		while (lock_until(lock, 1) == RTOS_OK) {
			unlock(lock);
			test_sleep(100);
		}
		test_process_run(waiter, take_and_exit, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
		test_must(RTOS_PROCESS_KILL, waiter, 0, 0, 0, 0, 0);
		test_must(RTOS_PROCESS_KILL, owner, 0, 0, 0, 0, 0);
		TEST_EQUAL(lock_until(lock, 1), RTOS_TIMED_OUT);
		if (reset != 0)
			test_must(RTOS_PROCESS_RESET, owner, 0, 0, 0, 0, 0);
		else
			test_must(RTOS_PROCESS_REAP, owner, 0, 0, 0, 0, 0);
		test_process_end(waiter);
		TEST_EQUAL(lock_until(lock, 0), RTOS_OWNER_ENDED);
		if (reset != 0) {
			test_must(RTOS_PROCESS_KILL, owner, 0, 0, 0, 0, 0);
			test_must(RTOS_PROCESS_REAP, owner, 0, 0, 0, 0, 0);
		}
		test_destroy(lock);
	}
}

/* ---- many ---- */

#define COUNTERS 8
#define ROUNDS   40

static volatile uint64_t counted;
static volatile uint32_t done;

static void count(uint64_t unused)
{
	(void)unused;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint64_t was;

		lock_until(first_lock, 0);
		was = counted;
		if (i % 8 == 0)
			test_must(RTOS_YIELD, 0, 0, 0, 0, 0, 0);
		counted = was + 1;
		unlock(first_lock);
	}
	__atomic_add_fetch(&done, 1, __ATOMIC_RELEASE);
	test_thread_end();
}

/* The lock has one owner at a time, on whichever CPUs the threads run. Shows: kernel.locks. */
static void test_exclusion(void)
{
	first_lock = lock_new();
	counted = 0;
	done = 0;
	for (uint32_t i = 0; i < COUNTERS; i++)
		test_thread(count, 0,
		            RTOS_THREAD(TEST_PRIORITY - 1 - i % 3, i % test_start->cpus, 0));
	while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) < COUNTERS)
		test_sleep(500);
	TEST_EQUAL(counted, COUNTERS * ROUNDS);
	TEST_EQUAL(lock_until(first_lock, 1), RTOS_OK);
	test_destroy(first_lock);
}

static const struct test_case cases[] = {
    {"one", test_one, 1},
    {"order", test_order, 1},
    {"destroyed", test_destroyed, 1},
    {"inheritance", test_inheritance, 1},
    {"owner-ends", test_owner_ends, 1},
    {"process-ends", test_process_ends, 1},
    {"exclusion", test_exclusion, 1},
};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
