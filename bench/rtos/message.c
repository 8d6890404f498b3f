/*
 * Measures messages between two processes on one CPU: a call and its answer, each from the svc to
 * the receiver's first instruction, with one word and with eight, with FP registers and without;
 * and a signal to a more urgent thread that waits. It also measures the start, from the kernel's
 * first instruction to this program's.
 */
#include <bench/stamp.h>
#include <test/rtos.h>

#define ROUNDS     500
#define CHILD_PORT 10
#define CHILD_BITS 11

/* ---- calls ---- */

/* Runs in the other process: tells when the message came, and when the answer before it left. */
static void serve(uint64_t unused)
{
	static struct stamp_call call;

	(void)unused;
	call.x[8] = RTOS_RECEIVE;
	call.x[9] = CHILD_PORT;
	for (;;) {
		stamp_svc(&call);
		if (call.x[8] != RTOS_OK)
			__builtin_trap();
		call.x[0] = stamp_came(&call);
		call.x[1] = stamp_left(&call);
		call.x[8] = RTOS_REPLY_WAIT;
		call.x[9] = CHILD_PORT;
		call.x[10] = 0;
	}
}

struct job {
	rtos_handle_t port;
	uint32_t words;
	bool answers; /* the answer is measured, and not the call */
};

static void client(uint64_t at)
{
	const struct job *job = (const struct job *)at;
	static struct stamp_call call;
	uint64_t came_back = 0;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < RTOS_WORDS; i++)
			call.x[i] = i < job->words ? round + i : 0;
		call.x[8] = RTOS_CALL;
		call.x[9] = job->port;
		call.x[10] = 0;
		call.x[11] = 0;
		stamp_svc(&call);
		if (call.x[8] != RTOS_OK)
			__builtin_trap();
		TEST_EQUAL(call.x[7], job->words == RTOS_WORDS ? round + 7 : 0);
		if (!job->answers)
			stamp_sample(stamp_left(&call), call.x[0]);
		else if (round > 0)
			stamp_sample(call.x[1], came_back);
		came_back = stamp_came(&call);
	}
	test_thread_end();
}

static void measure_calls(const char *name, uint32_t words, bool answers, uint32_t flags)
{
	struct job job = {.words = words, .answers = answers};
	rtos_handle_t server = test_process(64);

	job.port = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	test_give(server, job.port, RTOS_RIGHT_RECEIVE, 0, CHILD_PORT);
	test_process_run(server, serve, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, flags));
	/* The thread is more urgent than this one, so it has ended when this one goes on. */
	test_thread(client, (uint64_t)&job, RTOS_THREAD(TEST_PRIORITY + 1, 0, flags));
	stamp_report(name);
	test_must(RTOS_PROCESS_KILL, server, 0, 0, 0, 0, 0);
	test_process_end(server);
	test_must(RTOS_DESTROY, job.port, 0, 0, 0, 0, 0);
	test_stacks_free();
}

/* ---- signals ---- */

/* Runs in the other process: waits, and tells when it went on. */
static void wait(uint64_t unused)
{
	static struct stamp_call call;

	(void)unused;
	for (;;) {
		call.x[8] = RTOS_WAIT;
		call.x[9] = CHILD_BITS;
		call.x[10] = 0;
		stamp_svc(&call);
		test_ask(CHILD_PORT, stamp_came(&call), 0, NULL);
	}
}

static void measure_signal(const char *name)
{
	rtos_handle_t port = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t bits = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t waiter = test_process(64);
	static struct stamp_call call;
	struct test_call told;

	test_give(waiter, port, RTOS_RIGHT_CALL, 0, CHILD_PORT);
	test_give(waiter, bits, RTOS_RIGHT_WAIT, 0, CHILD_BITS);
	test_process_run(waiter, wait, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	for (uint32_t round = 0; round < ROUNDS; round++) {
		call.x[8] = RTOS_SIGNAL;
		call.x[9] = bits;
		stamp_svc(&call);
		TEST_EQUAL(test_receive(port, 0, &told), RTOS_OK);
		stamp_sample(stamp_left(&call), told.x[0]);
		test_answer(&told);
	}
	stamp_report(name);
	test_must(RTOS_PROCESS_KILL, waiter, 0, 0, 0, 0, 0);
	test_process_end(waiter);
	test_must(RTOS_DESTROY, bits, 0, 0, 0, 0, 0);
	test_must(RTOS_DESTROY, port, 0, 0, 0, 0, 0);
}

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	uint64_t now = test_now();

	stamp_begin(start);
	test_say("STARTED %u of %u pages\n", stamp_of_counter(now - start->first_counter),
	         start->pages);
	measure_calls("ipc.call", 1, false, 0);
	measure_calls("ipc.reply", 1, true, 0);
	measure_calls("ipc.call8", RTOS_WORDS, false, 0);
	measure_calls("ipc.call.fp", 1, false, RTOS_THREAD_FP);
	measure_calls("ipc.reply.fp", 1, true, RTOS_THREAD_FP);
	measure_signal("signal");
	stamp_done();
}
