/*
 * Measures pages that go from one process to another on one CPU, and back: pages lent with a call,
 * from the client's svc to its next instruction, with the server's work between.
 */
#include <bench/stamp.h>
#include <test/rtos.h>

#define ROUNDS      100
#define CHILD_PORT  10
#define PAGES_MAX   16
#define WINDOW      0x80000000ULL
#define CHILD_PAGES 128

/* Runs in the other process. It answers at once, and says how much it found. */
static void serve(uint64_t unused)
{
	rtos_handle_t window =
	    (rtos_handle_t)test_must(RTOS_WINDOW_CREATE, 0, WINDOW, PAGES_MAX, 0, 0, 0);
	struct test_call call = {.x = {0}};

	(void)unused;
	call.x[8] = RTOS_RECEIVE;
	for (;;) {
		call.x[9] = CHILD_PORT;
		call.x[10] = 0;
		call.x[11] = RTOS_ACCEPT_PAGES(window);
		test_svc(&call);
		if (call.x[8] != RTOS_OK)
			__builtin_trap();
		call.x[0] = RTOS_PAYLOAD_PAGES(call.x[11]);
		call.x[8] = RTOS_REPLY_WAIT;
	}
}

static rtos_handle_t port;

static void measure_lent(const char *name, uint64_t pages)
{
	static struct stamp_call call;
	const rtos_handle_t region =
	    (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, pages, 0, 0, 0, 0);

	for (uint32_t round = 0; round < ROUNDS; round++) {
		call.x[8] = RTOS_CALL;
		call.x[9] = port;
		call.x[10] = 0;
		call.x[11] = RTOS_PAYLOAD_LEND(region, 0, pages);
		stamp_svc(&call);
		TEST_EQUAL(call.x[8], RTOS_OK);
		TEST_EQUAL(call.x[0], pages);
		stamp_sample(stamp_left(&call), stamp_came(&call));
	}
	stamp_report(name);
	test_must(RTOS_DESTROY, region, 0, 0, 0, 0, 0);
}

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	rtos_handle_t server;

	stamp_begin(start);
	port = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	server = test_process(CHILD_PAGES);
	test_give(server, port, RTOS_RIGHT_RECEIVE, 0, CHILD_PORT);
	test_process_run(server, serve, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	measure_lent("ipc.pages.1", 1);
	measure_lent("ipc.pages.16", 16);
	stamp_done();
}
