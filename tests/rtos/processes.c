/* Processes: quotas, and calls whose server or client ends. */
#include <lib/string.h>
#include <test/rtos.h>

/* The child's handles. */
#define CHILD_PORT  10
#define CHILD_BITS  11
#define CHILD_PAGES 64

static rtos_handle_t port_new(uint64_t blame)
{
	return (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, blame, 0, 0, 0, 0);
}

static void destroy(rtos_handle_t object)
{
	test_must(RTOS_DESTROY, object, 0, 0, 0, 0, 0);
}

/* ---- functions of children ---- */

static void exit_with(uint64_t value)
{
	test_do(RTOS_EXIT, 0, value, 0, 0, 0, 0, NULL);
}

/* Answers `count` calls, each with one more than its word, then waits for the next for ever. */
static void serve(uint64_t count)
{
	struct test_call call;

	while (test_receive(CHILD_PORT, 0, &call) == RTOS_OK && count-- > 0) {
		call.x[0]++;
		call.x[1] = call.x[10];
		test_answer(&call);
	}
	exit_with(3);
}

/* Takes a call, and faults with it in its hands if its word is 13. */
static void serve_badly(uint64_t unused)
{
	struct test_call call;

	(void)unused;
	while (test_receive(CHILD_PORT, 0, &call) == RTOS_OK) {
		if (call.x[0] == 13)
			__builtin_trap();
		call.x[0] = call.x[10];
		test_answer(&call);
	}
}

static void read_at(uint64_t address)
{
	uint64_t value;

	/* By hand: the compiler may see to it itself that none of these is read. */
	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
	exit_with(value);
}

static void write_at(uint64_t address)
{
	__asm__ volatile("str %0, [%1]" ::"r"(1ULL), "r"(address) : "memory");
	exit_with(0);
}

static void jump_to(uint64_t address)
{
	((void (*)(void))address)();
	exit_with(0);
}

static void spin(uint64_t unused)
{
	(void)unused;
	for (;;)
		__asm__ volatile("yield");
}

/* Makes objects until its quota is used up; then as many again. */
static void eat(uint64_t unused)
{
	uint64_t made = 0, again = 0;

	(void)unused;
	while (test_do(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0, NULL) == RTOS_OK)
		made++;
	while (test_do(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0, NULL) == RTOS_OK)
		again++;
	exit_with(made * 1000 + (again < 127 ? 0 : 1));
}

static void ask_child(uint64_t word)
{
	uint64_t answer = 0;

	exit_with(test_ask(CHILD_PORT, word, 0, &answer) == RTOS_OK ? answer : ~0ULL);
}

/* ---- its end ---- */

struct ended {
	uint64_t state, thread, value, address, pc;
};

static struct ended run_child(test_function *function, uint64_t argument)
{
	rtos_handle_t told = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t process = test_process(CHILD_PAGES);
	struct test_call call = {.x = {0}};

	test_must(RTOS_PROCESS_WATCH, process, told, 1, 0, 0, 0);
	test_process_run(process, function, argument, RTOS_THREAD(TEST_PRIORITY, 0, 0));
	TEST_EQUAL(test_wait(told, test_in(TEST_LONG)), 1);
	call.x[8] = RTOS_PROCESS_STATE;
	call.x[9] = process;
	test_svc(&call);
	test_must(RTOS_PROCESS_REAP, process, 0, 0, 0, 0, 0);
	destroy(told);
	return (struct ended){call.x[0], call.x[1], call.x[2], call.x[3], call.x[4]};
}

static void test_exit(void)
{
	struct ended ended = run_child(exit_with, 42);

	TEST_EQUAL(ended.state, RTOS_PROCESS_EXITED);
	TEST_EQUAL(ended.thread, 0);
	TEST_EQUAL(ended.value, 42);
}

static uint64_t own_variable = 7;

/* Each has its own variables; nobody reaches the kernel, page 0, or code and constants to write.
 * Shows: kernel.spaces. */
static void test_faults(void)
{
	static const uint64_t bad[] = {
	    0, 0xfff8, 0x500000000, 0xffffffc000000000, 0xffffff8040000000, 0x8000000000};
	struct ended ended = run_child(read_at, (uint64_t)&own_variable);

	TEST_EQUAL(ended.state, RTOS_PROCESS_EXITED);
	TEST_EQUAL(ended.value, 7);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ended = run_child(read_at, bad[i]);
		TEST_EQUAL(ended.state, RTOS_PROCESS_FAULTED);
		TEST_EQUAL(ended.value >> 26, 0x24);
		TEST_EQUAL(ended.address, bad[i]);
	}
	TEST_EQUAL(run_child(write_at, (uint64_t)run_child).state, RTOS_PROCESS_FAULTED);
	TEST_EQUAL(run_child(write_at, (uint64_t)bad).state, RTOS_PROCESS_FAULTED);
	TEST_EQUAL(run_child(write_at, (uint64_t)&own_variable).state, RTOS_PROCESS_EXITED);
	TEST_EQUAL(own_variable, 7);
	ended = run_child(jump_to, (uint64_t)&own_variable);
	TEST_EQUAL(ended.state, RTOS_PROCESS_FAULTED);
	TEST_EQUAL(ended.value >> 26, 0x20);
	TEST_EQUAL(ended.pc, (uint64_t)&own_variable);
}

/* A quota that is used up is its process's alone; all of it comes back.
 * Shows: kernel.quota. */
static void test_quota(void)
{
	struct ended ended = run_child(eat, 0);

	TEST_EQUAL(ended.state, RTOS_PROCESS_EXITED);
	TEST_EXPECT(ended.value > 20000 && ended.value < CHILD_PAGES * 1000);
	TEST_EQUAL(test_do(RTOS_PROCESS_PAGES, 0, 1, 0, 0, 0, 0, NULL), RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_do(RTOS_REGION_CREATE, 0, 1ULL << 40, 0, 0, 0, 0, NULL), RTOS_NO_MEMORY);
	TEST_EQUAL(test_do(RTOS_REGION_CREATE, 0, ~0ULL, 0, 0, 0, 0, NULL), RTOS_NO_MEMORY);
	TEST_EQUAL(test_do(RTOS_REGION_CREATE, 0, 0, 0, 0, 0, 0, NULL), RTOS_BAD_ARGUMENT);
}

/*
 * Each call that needs a place in a full table is refused; with one free place it succeeds. Exits
 * with the number of errors.
 */
static void fill_table(uint64_t unused)
{
	static const struct {
		enum rtos_call number;
		uint64_t x0;
	} calls[] = {{RTOS_PORT_CREATE, 0},
	             {RTOS_NOTIFICATION_CREATE, 0},
	             {RTOS_LOCK_CREATE, 0},
	             {RTOS_REGION_CREATE, 1},
	             {RTOS_THREAD_CREATE, 0x400000}};
	uint64_t wrong = 0, last = 0, made = 0;
	enum rtos_status status = test_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &last);

	(void)unused;
	while (status == RTOS_OK) {
		status = test_do(RTOS_HANDLE_GIVE, 0, last, RTOS_RIGHTS_ALL, 0, 0, 0, &made);
		last = status == RTOS_OK ? made : last;
	}
	wrong += status != RTOS_NO_HANDLE;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		wrong +=
		    test_do(calls[i].number, 0, calls[i].x0, 0, 0, 0, 0, NULL) != RTOS_NO_HANDLE;
	test_must(RTOS_HANDLE_CLOSE, (rtos_handle_t)last, 0, 0, 0, 0, 0);
	wrong += test_do(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0, &made) != RTOS_OK || made != last;
	exit_with(wrong);
}

/* Shows: kernel.quota. */
static void test_full(void)
{
	struct ended ended = run_child(fill_table, 0);

	TEST_EQUAL(ended.state, RTOS_PROCESS_EXITED);
	TEST_EQUAL(ended.value, 0);
}

/* Killed while it runs without end, more urgent than nobody. */
static void test_kill(void)
{
	rtos_handle_t process = test_process(CHILD_PAGES);

	test_process_run(process, spin, 0, RTOS_THREAD(TEST_PRIORITY - 1, 0, 0));
	TEST_EQUAL(test_do(RTOS_PROCESS_REAP, process, 0, 0, 0, 0, 0, NULL), RTOS_BUSY);
	test_sleep(500);
	test_must(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0);
	TEST_EQUAL(test_process_end(process), RTOS_PROCESS_KILLED);
	TEST_EQUAL(test_do(RTOS_PROCESS_STATE, process, 0, 0, 0, 0, 0, NULL), RTOS_BAD_HANDLE);
}

/* ---- calls ---- */

static rtos_handle_t server_new(rtos_handle_t port, test_function *function, uint64_t argument,
                                uint32_t cpu)
{
	rtos_handle_t process = test_process(CHILD_PAGES);

	test_give(process, port, RTOS_RIGHT_RECEIVE, 0, CHILD_PORT);
	test_process_run(process, function, argument, RTOS_THREAD(TEST_PRIORITY + 1, cpu, 0));
	return process;
}

/* Shows: kernel.spaces. */
static void test_other_space(void)
{
	rtos_handle_t port = port_new(0);
	rtos_handle_t server = server_new(port, serve, 50, 0);
	uint64_t answer;

	for (uint64_t i = 0; i < 50; i++) {
		TEST_EQUAL(test_ask(port, i * i, 0, &answer), RTOS_OK);
		TEST_EQUAL(answer, i * i + 1);
	}
	test_must(RTOS_PROCESS_KILL, server, 0, 0, 0, 0, 0);
	test_process_end(server);
	destroy(port);
}

struct asked {
	rtos_handle_t port;
	uint64_t word, answer, deliveries;
	enum rtos_status status;
	volatile bool done;
};

static void ask_for(uint64_t at)
{
	struct asked *asked = (struct asked *)at;
	struct test_call call = {.x = {asked->word}};

	call.x[8] = RTOS_CALL;
	call.x[9] = asked->port;
	test_svc(&call);
	asked->answer = call.x[0];
	asked->deliveries = call.x[1];
	asked->status = (enum rtos_status)call.x[8];
	asked->done = true;
	test_thread_end();
}

/* The server ends with a call taken and two waiting: its successor gets them all, in their order.

 * Shows: kernel.call-survives. */
static void test_successor(void)
{
	static struct asked asked[3];
	rtos_handle_t port = port_new(0);
	rtos_handle_t server = server_new(port, serve, 0, 0);

	for (uint64_t i = 0; i < 3; i++) {
		asked[i] = (struct asked){.port = port, .word = 10 * i};
		test_thread(ask_for, (uint64_t)&asked[i], RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	}
	test_settle();
	TEST_EQUAL(test_process_end(server), RTOS_PROCESS_EXITED);
	server = server_new(port, serve, 3, 0);
	test_settle();
	for (uint64_t i = 0; i < 3; i++) {
		TEST_EXPECT(asked[i].done);
		TEST_EQUAL(asked[i].status, RTOS_OK);
		TEST_EQUAL(asked[i].answer, 10 * i + 1);
		TEST_EQUAL(asked[i].deliveries, i == 0 ? 1 : 0);
	}
	test_must(RTOS_PROCESS_KILL, server, 0, 0, 0, 0, 0);
	test_process_end(server);
	destroy(port);
}

/* A call that ends every server is set aside; one that came between is served.
 * Shows: kernel.blame. */
static void test_blame(void)
{
	static struct asked bad, good;
	rtos_handle_t port = port_new(2);
	rtos_handle_t server;

	bad = (struct asked){.port = port, .word = 13};
	good = (struct asked){.port = port, .word = 1};
	server = server_new(port, serve_badly, 0, 0);
	test_thread(ask_for, (uint64_t)&bad, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	test_thread(ask_for, (uint64_t)&good, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(test_process_end(server), RTOS_PROCESS_FAULTED);
	TEST_EXPECT(!bad.done && !good.done);
	server = server_new(port, serve_badly, 0, 0);
	TEST_EQUAL(test_process_end(server), RTOS_PROCESS_FAULTED);
	test_settle();
	TEST_EXPECT(bad.done && !good.done);
	TEST_EQUAL(bad.status, RTOS_SET_ASIDE);
	server = server_new(port, serve_badly, 0, 0);
	test_settle();
	TEST_EXPECT(good.done);
	TEST_EQUAL(good.status, RTOS_OK);
	TEST_EQUAL(good.answer, 0);
	test_must(RTOS_PROCESS_KILL, server, 0, 0, 0, 0, 0);
	test_process_end(server);
	destroy(port);
}

/* A client that ends with a call open: the server's answer is for nobody.
 * Shows: kernel.client-ends. */
static void test_client_ends(void)
{
	rtos_handle_t port = port_new(0);
	rtos_handle_t client = test_process(CHILD_PAGES);
	struct test_call call;

	test_give(client, port, RTOS_RIGHT_CALL, 9, CHILD_PORT);
	test_process_run(client, ask_child, 5, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(test_receive(port, 0, &call), RTOS_OK);
	TEST_EQUAL(call.x[0], 5);
	TEST_EQUAL(call.x[9], 9);
	test_must(RTOS_PROCESS_KILL, client, 0, 0, 0, 0, 0);
	test_process_end(client);
	TEST_EQUAL(test_answer(&call), RTOS_GONE);
	TEST_EQUAL(test_receive(port, 1, &call), RTOS_TIMED_OUT);
	destroy(port);
}

/* Both end, in either order.
 * Shows: kernel.client-ends. */
static void test_both_end(void)
{
	for (uint32_t client_first = 0; client_first < 2; client_first++) {
		rtos_handle_t port = port_new(0);
		rtos_handle_t server = server_new(port, serve, 0, 0);
		rtos_handle_t client = test_process(CHILD_PAGES);
		struct test_call call;

		test_give(client, port, RTOS_RIGHT_CALL, 0, CHILD_PORT);
		test_process_run(client, ask_child, 5, RTOS_THREAD(TEST_PRIORITY + 2, 0, 0));
		test_must(RTOS_PROCESS_KILL, client, 0, 0, 0, 0, 0);
		test_process_end(client_first != 0 ? client : server);
		test_process_end(client_first != 0 ? server : client);
		TEST_EQUAL(test_receive(port, 1, &call), RTOS_TIMED_OUT);
		destroy(port);
	}
}

/* ---- anew ---- */

/* Makes a port, and writes to its variables. Its exit status is the port's handle. */
static void make_port(uint64_t unused)
{
	(void)unused;
	own_variable = 8;
	exit_with(test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0));
}

/* Whether that port is still there, and its variables are fresh ones. */
static void find_port(uint64_t port)
{
	uint64_t kind = 0;

	test_do(RTOS_HANDLE_INFO, (rtos_handle_t)port, 0, 0, 0, 0, 0, &kind);
	exit_with(kind * 10 + own_variable);
}

static uint64_t wait_ended(rtos_handle_t process, rtos_handle_t told)
{
	struct test_call call = {.x = {0}};

	TEST_EQUAL(test_wait(told, test_in(TEST_LONG)), 1);
	call.x[8] = RTOS_PROCESS_STATE;
	call.x[9] = process;
	test_svc(&call);
	return call.x[2];
}

/* Reset, a process has its objects, and its end is told again; its variables are new.
 * Shows: kernel.call-survives. */
static void test_anew(void)
{
	rtos_handle_t told = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t process = test_process(CHILD_PAGES);
	rtos_handle_t thread;
	uint64_t port;

	test_must(RTOS_PROCESS_WATCH, process, told, 1, 0, 0, 0);
	TEST_EQUAL(test_do(RTOS_PROCESS_RESET, process, 0, 0, 0, 0, 0, NULL), RTOS_BUSY);
	thread = test_process_run(process, make_port, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	port = wait_ended(process, told);
	TEST_EQUAL(test_do(RTOS_THREAD_CREATE, process, 0x400000, 0, 0, 0, 0, NULL), RTOS_GONE);
	for (uint32_t i = 0; i < 3; i++) {
		test_must(RTOS_PROCESS_RESET, process, 0, 0, 0, 0, 0);
		/* Its thread went, with every handle on it. */
		TEST_EQUAL(test_do(RTOS_HANDLE_INFO, thread, 0, 0, 0, 0, 0, NULL), RTOS_BAD_HANDLE);
		test_process_fill(process);
		thread = test_process_run(process, find_port, port,
		                          RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
		TEST_EQUAL(wait_ended(process, told), RTOS_KIND_PORT * 10 + 7);
	}
	/* Nothing is mapped: its first instruction ends it. */
	test_must(RTOS_PROCESS_RESET, process, 0, 0, 0, 0, 0);
	test_process_run(process, spin, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(wait_ended(process, told) >> 26, 0x20);
	test_must(RTOS_PROCESS_REAP, process, 0, 0, 0, 0, 0);
	destroy(told);
}

/* A call that it had taken goes to its successor in the same process; one that runs on another CPU
 * is taken off it.
 * Shows: kernel.call-survives. */
static void test_anew_server(void)
{
	static struct asked asked;
	rtos_handle_t port = port_new(0);
	rtos_handle_t server = server_new(port, serve_badly, 0, test_start->cpus - 1);

	asked = (struct asked){.port = port, .word = 13};
	test_thread(ask_for, (uint64_t)&asked, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	while (test_do(RTOS_PROCESS_RESET, server, 0, 0, 0, 0, 0, NULL) == RTOS_BUSY)
		test_sleep(200);
	test_process_fill(server);
	test_process_run(server, serve, 1, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	while (!asked.done)
		test_sleep(200);
	TEST_EQUAL(asked.status, RTOS_OK);
	TEST_EQUAL(asked.answer, 14);
	TEST_EQUAL(asked.deliveries, 1);
	for (uint32_t i = 0; i < 20; i++) {
		test_must(RTOS_PROCESS_KILL, server, 0, 0, 0, 0, 0);
		test_must(RTOS_PROCESS_RESET, server, 0, 0, 0, 0, 0);
		if (i % 10 == 0)
			test_process_fill(server);
		test_process_run(server, spin, 0,
		                 RTOS_THREAD(TEST_PRIORITY - 1, test_start->cpus - 1, 0));
	}
	test_must(RTOS_PROCESS_KILL, server, 0, 0, 0, 0, 0);
	test_process_end(server);
	destroy(port);
}

/* The identity of the oldest call that waits at a port, or that a process has taken.
 * Shows: kernel.oldest. */
static uint64_t oldest(rtos_handle_t of)
{
	return test_must(RTOS_OLDEST, of, 0, 0, 0, 0, 0);
}

/* Whether the call is of a process with this name. The first eight characters are enough. */
static bool oldest_is_of(rtos_handle_t of, const char name[8])
{
	struct test_call call = {.x = {[8] = RTOS_OLDEST, [9] = of}};
	uint64_t own;

	memcpy(&own, name, sizeof(own));
	test_svc(&call);
	return call.x[8] == RTOS_OK && call.x[2] == own && call.x[3] == 0;
}

static void test_oldest(void)
{
	static struct asked asked[2];
	rtos_handle_t port = port_new(0);
	struct test_call call, second;

	TEST_EQUAL(oldest(port), 0);
	for (uint32_t i = 0; i < 2; i++) {
		asked[i] = (struct asked){.port = port, .word = i};
		test_thread(ask_for, (uint64_t)&asked[i], RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	}
	TEST_EXPECT(oldest(port) != 0 && oldest_is_of(port, "test\0\0\0"));
	TEST_EQUAL(oldest(RTOS_HANDLE_PROCESS), 0);
	TEST_EXPECT(oldest_is_of(RTOS_HANDLE_PROCESS, "\0\0\0\0\0\0\0"));
	TEST_EQUAL(test_do(RTOS_OLDEST, RTOS_HANDLE_MACHINE, 0, 0, 0, 0, 0, NULL), RTOS_BAD_HANDLE);
	TEST_EQUAL(test_receive(port, 0, &call), RTOS_OK);
	TEST_EXPECT(oldest(port) > call.x[12]);
	TEST_EQUAL(oldest(RTOS_HANDLE_PROCESS), call.x[12]);
	TEST_EXPECT(oldest_is_of(RTOS_HANDLE_PROCESS, "test\0\0\0"));
	/* The first one is parked then. */
	TEST_EQUAL(test_receive(port, 0, &second), RTOS_OK);
	TEST_EQUAL(oldest(port), 0);
	TEST_EQUAL(oldest(RTOS_HANDLE_PROCESS), call.x[12]);
	test_answer(&call);
	TEST_EQUAL(oldest(RTOS_HANDLE_PROCESS), second.x[12]);
	test_answer(&second);
	TEST_EQUAL(oldest(RTOS_HANDLE_PROCESS), 0);
	TEST_EXPECT(asked[0].done && asked[1].done);
	destroy(port);
}

/* A child can do what its rights say, and no more. Shows: kernel.handles. */
static void test_given(void)
{
	rtos_handle_t port = port_new(0);
	rtos_handle_t process = test_process(CHILD_PAGES);

	test_give(process, port, RTOS_RIGHT_RECEIVE, 0, CHILD_PORT);
	TEST_EQUAL(
	    test_do(RTOS_HANDLE_GIVE, process, port, RTOS_RIGHTS_ALL, 0, CHILD_PORT, 0, NULL),
	    RTOS_BUSY);
	test_process_run(process, ask_child, 1, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(test_process_end(process), RTOS_PROCESS_EXITED);
	destroy(port);
}

/* ---- several CPUs ---- */

/* Shows: kernel.affinity. */
static void test_cross(void)
{
	rtos_handle_t port = port_new(0);
	rtos_handle_t server = server_new(port, serve, 200, 1);
	uint64_t answer;

	for (uint64_t i = 0; i < 200; i++) {
		TEST_EQUAL(test_ask(port, i, 0, &answer), RTOS_OK);
		TEST_EQUAL(answer, i + 1);
	}
	test_must(RTOS_PROCESS_KILL, server, 0, 0, 0, 0, 0);
	test_process_end(server);
	destroy(port);
}

/* Killed and reaped while it runs on another CPU.
 * Shows: kernel.affinity. */
static void test_kill_cross(void)
{
	for (uint32_t i = 0; i < 20; i++) {
		rtos_handle_t process = test_process(CHILD_PAGES);

		test_process_run(process, spin, 0, RTOS_THREAD(TEST_PRIORITY, 1, 0));
		if (i % 2 == 0)
			test_sleep(100);
		test_must(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0);
		test_must(RTOS_PROCESS_REAP, process, 0, 0, 0, 0, 0);
	}
}

static const struct test_case cases[] = {
    {"exit", test_exit, 1},
    {"faults", test_faults, 1},
    {"quota", test_quota, 1},
    {"full", test_full, 1},
    {"kill", test_kill, 1},
    {"other-space", test_other_space, 1},
    {"successor", test_successor, 1},
    {"blame", test_blame, 1},
    {"client-ends", test_client_ends, 1},
    {"both-end", test_both_end, 1},
    {"anew", test_anew, 1},
    {"anew-server", test_anew_server, 1},
    {"oldest", test_oldest, 1},
    {"given", test_given, 1},
    {"cross", test_cross, 2},
    {"kill-cross", test_kill_cross, 2},
};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
