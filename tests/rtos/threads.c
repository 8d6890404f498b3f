/* Threads: their number, their CPU time, their FP registers. */
#include <test/rtos.h>

#define CHILD_PORT  10
#define CHILD_PAGES 64

static void destroy(rtos_handle_t object)
{
	test_must(RTOS_DESTROY, object, 0, 0, 0, 0, 0);
}

/* ---- how many ---- */

static uint64_t time_of(rtos_handle_t thread)
{
	return test_must(RTOS_THREAD_TIME, thread, 0, 0, 0, 0, 0);
}

static uint64_t time_of_all(rtos_handle_t process)
{
	return test_must(RTOS_PROCESS_TIME, process, 0, 0, 0, 0, 0);
}

static void wait_for_ever(uint64_t unused)
{
	(void)unused;
	test_wait(0, ~0ULL);
}

static void test_how_many(void)
{
	rtos_handle_t process = test_process(CHILD_PAGES);
	rtos_handle_t threads[RTOS_THREADS_MAX];
	uint64_t made = 0, began = test_now();

	for (uint32_t i = 0; i < RTOS_THREADS_MAX; i++)
		threads[i] = test_process_run(process, wait_for_ever, 0,
		                              RTOS_THREAD(TEST_PRIORITY - 1, 0, 0));
	TEST_EQUAL(test_do(RTOS_THREAD_CREATE, process, 0x400000, 0, 0, 0, 0, NULL), RTOS_NO_ROOM);
	for (uint32_t i = 0; i < RTOS_THREADS_MAX; i++)
		made += test_do(RTOS_HANDLE_INFO, threads[i], 0, 0, 0, 0, 0, NULL) == RTOS_OK;
	TEST_EQUAL(made, RTOS_THREADS_MAX);
	TEST_EQUAL(test_must(RTOS_OLDEST, process, 0, 0, 0, 0, 0), 0);
	TEST_EXPECT(time_of_all(process) <= test_now() - began);
	test_must(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0);
	/* The first of them, which comes last. */
	TEST_EQUAL(test_must(RTOS_THREAD_READ, process, 0, 0, 0, 0, 0), 0);
	test_process_end(process);
}

/* ---- CPU time ---- */

/* A span is at least from `after` of its beginning to `before` of its end, and at most the other
 * way round. */
struct instant {
	uint64_t before, after, own, child;
};

static struct instant instant(rtos_handle_t child)
{
	struct instant now = {.before = test_now()};

	now.own = time_of_all(0);
	now.child = child != 0 ? time_of_all(child) : 0;
	now.after = test_now();
	return now;
}

/* Nobody else runs on this CPU, which never slept: all of the time is somebody's. */
static void all_is_somebodys(struct instant first, struct instant last)
{
	uint64_t ran = last.own - first.own + last.child - first.child;

	TEST_EXPECT(ran >= last.before - first.after);
	TEST_EXPECT(ran <= last.after - first.before);
}

static volatile uint64_t began, ended;

static void run_for(uint64_t microseconds)
{
	uint64_t until = test_in(microseconds);

	began = test_now();
	while (test_now() < until)
		;
	ended = test_now();
	test_thread_end();
}

static void run_and_wait(uint64_t notification)
{
	began = test_now();
	while (test_now() < began + test_start->counter_hz / 2000)
		;
	ended = test_now();
	test_wait((rtos_handle_t)notification, 0);
	test_thread_end();
}

/* Shows: kernel.cpu-time. */
static void test_time(void)
{
	rtos_handle_t bits = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t thread;
	struct instant first = instant(0);
	uint64_t before = test_now(), ran, later, now;

	thread = test_thread(run_and_wait, bits, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	ran = time_of(thread);
	TEST_EXPECT(ran >= ended - began && ran <= test_now() - before);
	/* While it waits, its time stands still, and this one's goes on. */
	later = time_of(0);
	now = test_now();
	while (test_now() < now + test_start->counter_hz / 1000)
		;
	TEST_EQUAL(time_of(thread), ran);
	TEST_EXPECT(time_of(0) - later >= test_start->counter_hz / 4000);
	test_must(RTOS_SIGNAL, bits, 0, 0, 0, 0, 0);
	/* The process keeps the time of its ended threads. */
	test_thread(run_for, 500, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	all_is_somebodys(first, instant(0));
	destroy(bits);
}

/* A CPU that sleeps counts for nobody. Longer each time, for a machine that stands still while
 * somebody runs: it isn't its kernel's fault.
 * Shows: kernel.cpu-time. */
static void test_time_asleep(void)
{
	for (uint64_t time = 2000;; time *= 2) {
		uint64_t before = test_now(), first = time_of_all(0), ran;

		test_sleep(time);
		ran = time_of_all(0) - first;
		if (ran < (test_now() - before) / 2)
			return;
	}
}

/* Serves for a while each time; its client's process hears how long. */
static void serve(uint64_t unused)
{
	struct test_call call;

	(void)unused;
	while (test_receive(CHILD_PORT, 0, &call) == RTOS_OK) {
		uint64_t first = test_now();

		while (test_now() < first + call.x[0])
			;
		call.x[0] = test_now() - first;
		test_answer(&call);
	}
	test_thread_end();
}

/*
 * A server's computing is charged to the server, whichever way the messages go.
 * Shows: kernel.cpu-time.
 */
static void test_time_of_servers(void)
{
	rtos_handle_t port = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t server = test_process(CHILD_PAGES);
	uint64_t served = 0, answer = 0;
	struct instant first, last;

	test_give(server, port, RTOS_RIGHT_RECEIVE, 0, CHILD_PORT);
	test_process_run(server, serve, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	first = instant(server);
	for (uint32_t i = 0; i < 20; i++) {
		TEST_EQUAL(test_ask(port, test_start->counter_hz / 20000, 0, &answer), RTOS_OK);
		served += answer;
	}
	last = instant(server);
	TEST_EXPECT(last.child - first.child >= served);
	TEST_EXPECT(last.own - first.own <= last.after - first.before - served);
	all_is_somebodys(first, last);
	test_must(RTOS_PROCESS_KILL, server, 0, 0, 0, 0, 0);
	test_process_end(server);
	destroy(port);
}

/* ---- FP registers ---- */

#define FP_THREADS 6
#define FP_ROUNDS  64

static volatile uint32_t done, wrong;

/* Fills all of its registers by this number, gives up the CPU, and looks. */
static uint32_t fp_round(uint64_t number, bool sleeps)
{
	uint64_t first, last, sum, call = sleeps ? RTOS_WAIT : RTOS_YIELD;
	register uint64_t x8 __asm__("x8") = call;
	register uint64_t x9 __asm__("x9") = 0;
	register uint64_t x10 __asm__("x10") = test_now() + 1;

	__asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\t"
	                 "dup v0.2d, %[number]\n\tdup v1.2d, %[number]\n\t"
	                 "add v1.2d, v1.2d, v0.2d\n\t"
	                 "dup v8.2d, %[number]\n\tdup v15.2d, %[number]\n\t"
	                 "dup v31.2d, %[number]\n\tmsr fpsr, %[number]\n\t"
	                 "svc #0\n\t"
	                 "mov %[first], v0.d[1]\n\tadd v31.2d, v31.2d, v15.2d\n\t"
	                 "add v31.2d, v31.2d, v8.2d\n\tadd v31.2d, v31.2d, v1.2d\n\t"
	                 "mov %[last], v31.d[1]\n\tmrs %[sum], fpsr"
	                 : [first] "=&r"(first), [last] "=&r"(last), [sum] "=&r"(sum), "+r"(x8),
	                   "+r"(x9), "+r"(x10)
	                 : [number] "r"(number)
	                 : "x0", "memory");
	return first != number || last != 5 * number || sum != number;
}

static void use_fp(uint64_t number)
{
	for (uint32_t i = 0; i < FP_ROUNDS; i++)
		__atomic_add_fetch(&wrong, fp_round(number, i % 8 == 0), __ATOMIC_RELAXED);
	__atomic_add_fetch(&done, 1, __ATOMIC_RELEASE);
	test_thread_end();
}

static void use_none(uint64_t unused)
{
	(void)unused;
	for (uint32_t i = 0; i < FP_ROUNDS; i++)
		test_must(RTOS_YIELD, 0, 0, 0, 0, 0, 0);
	__atomic_add_fetch(&done, 1, __ATOMIC_RELEASE);
	test_thread_end();
}

/* Several that have them and some that don't take turns, on each CPU; some are moved meanwhile.
 * Shows: kernel.affinity, kernel.fp. */
static void test_fp(void)
{
	rtos_handle_t threads[FP_THREADS];
	uint32_t to = 0;

	done = wrong = 0;
	for (uint32_t i = 0; i < FP_THREADS; i++)
		threads[i] = test_thread(
		    use_fp, i + 1,
		    RTOS_THREAD(TEST_PRIORITY - 1, i % test_start->cpus, RTOS_THREAD_FP));
	for (uint32_t i = 0; i < 2; i++)
		test_thread(use_none, 0, RTOS_THREAD(TEST_PRIORITY - 1, i % test_start->cpus, 0));
	while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) < FP_THREADS + 2) {
		/* Where it runs there, or its registers are there, it can't be taken from. */
		test_do(RTOS_THREAD_SET, threads[to % FP_THREADS],
		        RTOS_THREAD(TEST_PRIORITY - 1, to % test_start->cpus, 0), 0, 0, 0, 0, NULL);
		to += 7;
		test_sleep(200);
	}
	TEST_EQUAL(wrong, 0);
}

/* A program that didn't declare FP registers has none. */
static void touch_fp(uint64_t unused)
{
	(void)unused;
	__asm__ volatile(".arch_extension fp\n\tfmov d0, xzr");
	test_thread_end();
}

/* Shows: kernel.fp. */
static void test_no_fp(void)
{
	rtos_handle_t told = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t process = test_process(CHILD_PAGES);
	struct test_call call = {.x = {0}};

	/* Beside one that has them open. */
	done = wrong = 0;
	test_thread(use_fp, 9, RTOS_THREAD(TEST_PRIORITY - 1, 0, RTOS_THREAD_FP));
	test_must(RTOS_PROCESS_WATCH, process, told, 1, 0, 0, 0);
	test_process_run(process, touch_fp, 0, RTOS_THREAD(TEST_PRIORITY - 1, 0, 0));
	TEST_EQUAL(test_wait(told, 0), 1);
	call.x[8] = RTOS_PROCESS_STATE;
	call.x[9] = process;
	test_svc(&call);
	TEST_EQUAL(call.x[0], RTOS_PROCESS_FAULTED);
	TEST_EQUAL(call.x[2] >> 26, 0x07);
	while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) < 1)
		test_sleep(200);
	TEST_EQUAL(wrong, 0);
	test_must(RTOS_PROCESS_REAP, process, 0, 0, 0, 0, 0);
	destroy(told);
}

static uint64_t read_fp(rtos_handle_t process, uint64_t first)
{
	return test_must(RTOS_THREAD_READ, process, 0, RTOS_REGISTERS_FP + first, 0, 0, 0);
}

/* With values of its own in its FP registers: it tells its port, and isn't answered. */
static void keep_fp(uint64_t unused)
{
	(void)unused;
	__asm__ volatile(".arch_extension fp\n\tfmov d0, #1.0\n\tfmov d31, #2.0\n\t"
	                 "msr fpcr, %0\n\tmsr fpsr, %1" ::"r"(1ULL << 24),
	                 "r"(1ULL << 27));
	test_ask(CHILD_PORT, 1, 0, NULL);
}

/* They are still in the CPU: nobody else had them since. */
static void test_read_fp(void)
{
	rtos_handle_t process = test_process(CHILD_PAGES), port = test_port();
	struct test_call call;

	test_give(process, port, RTOS_RIGHT_CALL, 0, CHILD_PORT);
	test_process_run(process, keep_fp, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, RTOS_THREAD_FP));
	test_process_run(process, wait_for_ever, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(test_receive(port, 0, &call), RTOS_OK);
	TEST_EQUAL(test_do(RTOS_THREAD_READ, process, 0, RTOS_REGISTERS_FP, 0, 0, 0, NULL),
	           RTOS_BUSY);
	test_must(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0);
	TEST_EQUAL(read_fp(process, 0), 0x3ffULL << 52);
	TEST_EQUAL(read_fp(process, 62), 1ULL << 62);
	TEST_EQUAL(read_fp(process, 64), 1ULL << 59 | 1ULL << 24);
	TEST_EQUAL(read_fp(process, 65), 0);
	TEST_EQUAL(read_fp(process, ~0ULL - 2ULL * RTOS_REGISTERS_FP), 0);
	TEST_EQUAL(test_do(RTOS_THREAD_READ, process, 1, RTOS_REGISTERS_FP, 0, 0, 0, NULL),
	           RTOS_GONE);
	test_process_end(process);
	test_destroy(port);
}

static const struct test_case cases[] = {
    {"how-many", test_how_many, 1},
    {"time", test_time, 1},
    {"time-asleep", test_time_asleep, 1},
    {"time-of-servers", test_time_of_servers, 1},
    {"fp", test_fp, 1},
    {"no-fp", test_no_fp, 1},
    {"read-fp", test_read_fp, 1},
};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
