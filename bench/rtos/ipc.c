/*
 * Calls between two processes on one CPU, again and again, without FP registers and with them; a
 * signal to a thread that waits; a timer's deadline to its thread, from idle and from a busy CPU.
 * What each costs is counted in QEMU's log of the kernel's instructions (bench/rtos.py).
 */
#include <test/rtos.h>

#define ROUNDS     300
#define CHILD_PORT 10

static void serve(uint64_t unused)
{
	struct test_call call = {.x = {0}};

	(void)unused;
	call.x[8] = RTOS_RECEIVE;
	call.x[9] = CHILD_PORT;
	for (;;) {
		test_svc(&call);
		call.x[8] = RTOS_REPLY_WAIT;
		call.x[9] = CHILD_PORT;
		call.x[10] = 0;
	}
}

static void calls(uint64_t port)
{
	for (uint32_t i = 0; i < ROUNDS; i++)
		test_ask((rtos_handle_t)port, i, 0, NULL);
	test_thread_end();
}

/* A client thread here and a server process, both with these flags. */
static void measure_calls(uint32_t flags)
{
	rtos_handle_t port = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t server = test_process(64);

	test_give(server, port, RTOS_RIGHT_RECEIVE, 0, CHILD_PORT);
	test_process_run(server, serve, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, flags));
	test_thread(calls, port, RTOS_THREAD(TEST_PRIORITY + 1, 0, flags));
	test_must(RTOS_PROCESS_KILL, server, 0, 0, 0, 0, 0);
	test_process_end(server);
	test_must(RTOS_DESTROY, port, 0, 0, 0, 0, 0);
}

static void wait(uint64_t bits)
{
	for (uint32_t i = 0; i < ROUNDS; i++)
		test_wait((rtos_handle_t)bits, 0);
	test_thread_end();
}

static void measure_signal(void)
{
	rtos_handle_t bits = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);

	test_thread(wait, bits, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	for (uint32_t i = 0; i < ROUNDS; i++)
		test_must(RTOS_SIGNAL, bits, 0, 0, 0, 0, 0);
	test_must(RTOS_DESTROY, bits, 0, 0, 0, 0, 0);
}

/* What the counter says at the first instruction behind a wait, and at the deadline. */
static void ticks(uint64_t until)
{
	for (uint32_t i = 0; i < ROUNDS; i++)
		test_sleep(100);
	*(volatile bool *)until = true;
	test_thread_end();
}

static void measure_timer(bool busy)
{
	static volatile bool done;

	done = false;
	test_thread(ticks, (uint64_t)&done, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	while (!done)
		if (!busy)
			test_sleep(1000000);
}

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	measure_calls(0);
	test_stacks_free();
	measure_signal();
	test_stacks_free();
	measure_timer(false);
	measure_timer(true);
	test_stacks_free();
	test_say("bench: done\n");
	test_do(RTOS_POWER, RTOS_HANDLE_MACHINE, RTOS_POWER_OFF, 0, 0, 0, 0, NULL);
}
