/*
 * Measures pages that go from one process to another on one CPU, and back: pages lent with a call,
 * from the client's svc to its next instruction, with the server's work between; and a region that
 * a message carries, and an answer brings back. To compare, it also measures a copy of a page.
 */
#include <bench/stamp.h>
#include <lib/string.h>
#include <test/rtos.h>

#define ROUNDS      100
#define CHILD_PORT  10
#define PAGES_MAX   4096
#define AT          0x40000000ULL
#define WINDOW      0x80000000ULL
#define CHILD_PAGES 128
#define SCATTERED   16

/* Runs in the other process. It answers at once, and says how much it found. A region that it got
 * goes back with the answer to the next call. */
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
		call.x[11] = RTOS_ACCEPT_PAGES(window) | RTOS_ACCEPT_REGION;
		test_svc(&call);
		if (call.x[8] != RTOS_OK)
			__builtin_trap();
		if (RTOS_PAYLOAD_KIND(call.x[11]) == RTOS_PAYLOAD_GIVES) {
			rtos_handle_t region = RTOS_PAYLOAD_NUMBER(call.x[11]);

			test_receive(CHILD_PORT, 0, &call);
			test_answer_with(&call, RTOS_PAYLOAD_GIVE(region));
			call.x[12] = 0;
		}
		call.x[0] = RTOS_PAYLOAD_PAGES(call.x[11]);
		call.x[8] = RTOS_REPLY_WAIT;
	}
}

static rtos_handle_t port;

static rtos_handle_t region_of(uint64_t pages)
{
	return (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, pages, 0, 0, 0, 0);
}

static void measure_lent(const char *name, rtos_handle_t region, uint64_t pages)
{
	static struct stamp_call call;

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

/* A region of single pages, none beside another. */
static rtos_handle_t scattered(void)
{
	rtos_handle_t odd[SCATTERED], even[SCATTERED], region;

	for (uint32_t i = 0; i < SCATTERED; i++) {
		odd[i] = region_of(1);
		even[i] = region_of(1);
	}
	for (uint32_t i = 0; i < SCATTERED; i++)
		test_must(RTOS_DESTROY, odd[i], 0, 0, 0, 0, 0);
	region = region_of(1);
	for (uint64_t pages = 2; pages <= SCATTERED; pages++)
		test_must(RTOS_REGION_CREATE, region, pages, 0, 0, 0, 0);
	for (uint32_t i = 0; i < SCATTERED; i++)
		test_must(RTOS_DESTROY, even[i], 0, 0, 0, 0, 0);
	return region;
}

/* Measures a region that is given, and asked for again. */
static void measure_given(const char *name, uint64_t pages)
{
	static struct stamp_call sent, asked;
	rtos_handle_t region = region_of(pages);

	for (uint32_t round = 0; round < ROUNDS; round++) {
		sent.x[8] = RTOS_SEND;
		sent.x[9] = port;
		sent.x[10] = 0;
		sent.x[11] = RTOS_PAYLOAD_GIVE(region);
		stamp_svc(&sent);
		TEST_EQUAL(sent.x[8], RTOS_OK);
		asked.x[8] = RTOS_CALL;
		asked.x[9] = port;
		asked.x[10] = 0;
		asked.x[11] = RTOS_ANSWER_REGION;
		stamp_svc(&asked);
		TEST_EQUAL(asked.x[8], RTOS_OK);
		region = RTOS_PAYLOAD_NUMBER(asked.x[11]);
		if (stamp_left(&sent) != 0 && stamp_came(&sent) != 0 && stamp_left(&asked) != 0)
			stamp_sample(stamp_left(&asked) - (stamp_came(&sent) - stamp_left(&sent)),
			             stamp_came(&asked));
	}
	stamp_report(name);
	test_must(RTOS_DESTROY, region, 0, 0, 0, 0, 0);
}

/* Measures a copy of a page by lib/string.c, between two calls that do nothing else. */
static void measure_copy(const char *name)
{
	static struct stamp_call before, behind;
	rtos_handle_t region = region_of(2);

	test_must(RTOS_MAP, region, AT, 0, 2, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		before.x[8] = RTOS_YIELD;
		behind.x[8] = RTOS_YIELD;
		stamp_svc(&before);
		memcpy((void *)(AT + RTOS_PAGE_SIZE), (void *)AT, RTOS_PAGE_SIZE);
		stamp_svc(&behind);
		stamp_sample(stamp_came(&before), stamp_left(&behind));
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
	measure_lent("ipc.pages.1", region_of(1), 1);
	measure_lent("ipc.pages.2", region_of(2), 2);
	measure_lent("ipc.pages.16", region_of(16), 16);
	measure_lent("ipc.pages.16.scattered", scattered(), SCATTERED);
	measure_lent("ipc.pages.256", region_of(256), 256);
	measure_lent("ipc.pages.4096", region_of(4096), 4096);
	measure_given("ipc.give.1", 1);
	measure_given("ipc.give.4096", 4096);
	measure_copy("ipc.pages.copy");
	stamp_done();
}
