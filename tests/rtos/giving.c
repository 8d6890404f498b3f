/*
 * Regions that are given with sends and answers.
 *
 * Shows: kernel.lent-pages.
 */
#include <test/rtos.h>

#define PLACE       0x40000000ULL
#define WINDOW      0x50000000ULL
#define PAGES       3
#define LARGE       0x80000000ULL
#define LARGE_PAGES 1030 /* two blocks of 2 MiB and some */
#define READ_WRITE  (RTOS_RIGHT_READ | RTOS_RIGHT_WRITE)

/* Mapped, with its number and `seed` in each page. */
static rtos_handle_t region_new(uint64_t address, uint64_t pages, uint64_t seed)
{
	rtos_handle_t region = (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, pages, 0, 0, 0, 0);

	test_must(RTOS_MAP, region, address, 0, pages, READ_WRITE, 0);
	for (uint64_t i = 0; i < pages; i++)
		*(volatile uint64_t *)(address + i * RTOS_PAGE_SIZE + 8) = seed + i;
	return region;
}

static uint64_t sum_of(uint64_t address, uint64_t pages)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < pages; i++)
		sum += *(volatile uint64_t *)(address + i * RTOS_PAGE_SIZE + 8);
	return sum;
}

/* All pages of a process's quota (0: the own one). */
static uint64_t quota_of(rtos_handle_t process)
{
	struct test_call call = {.x = {0}};

	call.x[8] = RTOS_PROCESS_STATE;
	call.x[9] = process;
	test_svc(&call);
	return call.x[6];
}

static enum rtos_status info_of(rtos_handle_t handle)
{
	return test_do(RTOS_HANDLE_INFO, handle, 0, 0, 0, 0, 0, NULL);
}

/* In another process: answers with pages of its own. Reads them afterwards if the word is 1. */
static void give_back(uint64_t unused)
{
	struct test_call call;

	(void)unused;
	for (;;) {
		rtos_handle_t region = region_new(PLACE, PAGES, 100);
		uint64_t word;

		if (test_take(TEST_CHILD_PORT, 0, 0, &call) != RTOS_OK)
			test_process_exit(1);
		word = call.x[0];
		call.x[0] = test_answer_with(&call, RTOS_PAYLOAD_GIVE(region));
		if (call.x[0] != RTOS_OK) {
			/* Nothing was lost by it but the mapping. */
			test_must(RTOS_MAP, region, PLACE, 0, PAGES, READ_WRITE, 0);
			call.x[1] = sum_of(PLACE, PAGES);
			test_answer(&call);
			test_destroy(region);
		} else if (word == 1) {
			test_process_exit(sum_of(PLACE, PAGES));
		}
	}
}

static void test_answered(void)
{
	rtos_handle_t port = test_port(), server = test_server(port, give_back, 0), region;
	const uint64_t own = quota_of(0), others = quota_of(server);
	struct test_call call = test_carry(RTOS_CALL, port, 0, RTOS_ANSWER_REGION);

	TEST_EQUAL(call.x[8], RTOS_OK);
	TEST_EQUAL(RTOS_PAYLOAD_KIND(call.x[11]), RTOS_PAYLOAD_GIVES);
	TEST_EQUAL(quota_of(0), own + PAGES);
	TEST_EQUAL(quota_of(server), others - PAGES);
	region = RTOS_PAYLOAD_NUMBER(call.x[11]);
	test_must(RTOS_MAP, region, PLACE, 0, PAGES, READ_WRITE, 0);
	TEST_EQUAL(sum_of(PLACE, PAGES), 303);
	test_destroy(region);
	/* A receiver that takes no region gets none. */
	call = test_carry(RTOS_CALL, port, 0, RTOS_ANSWER_HANDLE);
	TEST_EQUAL(call.x[8], RTOS_OK);
	TEST_EQUAL(call.x[0], RTOS_NO_ROOM);
	TEST_EQUAL(call.x[1], 303);
	TEST_EQUAL(call.x[11], 0);
	/* The giver has them no longer. */
	call = test_carry(RTOS_CALL, port, 1, RTOS_ANSWER_REGION);
	TEST_EQUAL(call.x[8], RTOS_OK);
	TEST_EQUAL(test_process_end(server), RTOS_PROCESS_FAULTED);
	test_destroy(RTOS_PAYLOAD_NUMBER(call.x[11]));
	test_destroy(port);
}

/* In another process: adds up the sent region, and ends with the sum. */
static void keep_it(uint64_t pages)
{
	struct test_call call;

	if (test_take(TEST_CHILD_PORT, 0, RTOS_ACCEPT_REGION, &call) != RTOS_OK || call.x[13] != 0)
		test_process_exit(1);
	test_must(RTOS_MAP, RTOS_PAYLOAD_NUMBER(call.x[11]), LARGE, 0, pages, RTOS_RIGHT_READ, 0);
	test_process_exit(sum_of(LARGE, pages));
}

/* Without a page being touched: 4 MiB to a process that has 256 KiB, with everything that led to
 * them. */
static void test_sent(void)
{
	rtos_handle_t port = test_port(), region = region_new(LARGE, LARGE_PAGES, 1);
	rtos_handle_t second =
	    (rtos_handle_t)test_must(RTOS_HANDLE_GIVE, 0, region, RTOS_RIGHT_READ, 0, 0, 0);
	rtos_handle_t taker = test_process(TEST_CHILD_PAGES);
	struct test_call call;
	const uint64_t own = quota_of(0);

	test_give(taker, port, RTOS_RIGHT_RECEIVE, 0, TEST_CHILD_PORT);
	test_process_run(taker, keep_it, LARGE_PAGES, RTOS_THREAD(TEST_PRIORITY - 1, 0, 0));
	TEST_EQUAL(test_carry(RTOS_SEND, port, 0, RTOS_PAYLOAD_GIVE(region)).x[8], RTOS_OK);
	TEST_EQUAL(quota_of(0), own - LARGE_PAGES);
	TEST_EQUAL(quota_of(taker), TEST_CHILD_PAGES + LARGE_PAGES + 2);
	TEST_EQUAL(info_of(region), RTOS_BAD_HANDLE);
	TEST_EQUAL(info_of(second), RTOS_BAD_HANDLE);
	TEST_EQUAL(test_do(RTOS_UNMAP, 0, LARGE, 0, 0, 0, 0, NULL), RTOS_BAD_ARGUMENT);
	test_settle();
	call = (struct test_call){.x = {0}};
	call.x[8] = RTOS_PROCESS_STATE;
	call.x[9] = taker;
	test_svc(&call);
	TEST_EQUAL(call.x[0], RTOS_PROCESS_EXITED);
	TEST_EQUAL(call.x[2], LARGE_PAGES * (LARGE_PAGES + 1) / 2);
	test_process_end(taker);
	TEST_EQUAL(quota_of(0), own + TEST_CHILD_PAGES + 2);
	test_destroy(port);
}

/* A region that isn't taken stays, and nobody maps it. */
static void test_kept(void)
{
	static struct test_asked asked;
	rtos_handle_t port = test_port(), region = region_new(PLACE, PAGES, 100);
	struct test_call call = {.x = {0}};

	call.x[8] = RTOS_SEND;
	call.x[9] = port;
	call.x[10] = 1;
	call.x[11] = RTOS_PAYLOAD_GIVE(region);
	test_svc(&call);
	TEST_EQUAL(call.x[8], RTOS_TIMED_OUT);
	TEST_EQUAL(info_of(region), RTOS_OK);
	TEST_EQUAL(test_do(RTOS_UNMAP, 0, PLACE, 0, 0, 0, 0, NULL), RTOS_BAD_ARGUMENT);
	asked = (struct test_asked){
	    .port = port, .number = RTOS_SEND, .along = RTOS_PAYLOAD_GIVE(region)};
	test_start_asking(&asked);
	TEST_EQUAL(test_take(port, 1, RTOS_ACCEPT_HANDLE, &call), RTOS_TIMED_OUT);
	TEST_EQUAL(asked.answer.x[8], RTOS_NO_ROOM);
	/* Mapped again while its send waits. */
	test_start_asking(&asked);
	test_must(RTOS_MAP, region, PLACE, 0, PAGES, READ_WRITE, 0);
	TEST_EQUAL(test_take(port, 1, RTOS_ACCEPT_REGION, &call), RTOS_TIMED_OUT);
	TEST_EQUAL(asked.answer.x[8], RTOS_BUSY);
	TEST_EQUAL(sum_of(PLACE, PAGES), 303);
	/* To oneself. */
	test_start_asking(&asked);
	TEST_EQUAL(test_take(port, 0, RTOS_ACCEPT_REGION, &call), RTOS_OK);
	TEST_EQUAL(asked.answer.x[8], RTOS_OK);
	test_destroy(RTOS_PAYLOAD_NUMBER(call.x[11]));
	test_destroy(port);
}

static void test_wrong(void)
{
	rtos_handle_t port = test_port(), process = test_process(TEST_CHILD_PAGES), region, device,
	              weak;

	region = (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, process);
	device = (rtos_handle_t)test_must(RTOS_REGION_DEVICE, RTOS_HANDLE_MACHINE, TEST_DEVICE, 1,
	                                  0, 0, 0);
	TEST_EQUAL(test_carry(RTOS_SEND, port, 0, RTOS_PAYLOAD_GIVE(region)).x[8], RTOS_DENIED);
	TEST_EQUAL(test_carry(RTOS_SEND, port, 0, RTOS_PAYLOAD_GIVE(device)).x[8],
	           RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_carry(RTOS_SEND, port, 0, RTOS_PAYLOAD_GIVE(port)).x[8], RTOS_BAD_HANDLE);
	TEST_EQUAL(test_carry(RTOS_SEND, port, 0, RTOS_PAYLOAD_GIVE(0)).x[8], RTOS_BAD_HANDLE);
	test_destroy(region);
	region = (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0);
	weak = (rtos_handle_t)test_must(RTOS_HANDLE_GIVE, 0, region, READ_WRITE | RTOS_RIGHT_GIVE,
	                                0, 0, 0);
	TEST_EQUAL(test_carry(RTOS_SEND, port, 0, RTOS_PAYLOAD_GIVE(weak)).x[8], RTOS_DENIED);
	TEST_EQUAL(test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_GIVE(region)).x[8],
	           RTOS_BAD_ARGUMENT);
	test_destroy(region);
	test_destroy(device);
	test_must(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0);
	test_process_end(process);
	test_destroy(port);
}

/* A region is given while it is lent: the window of its borrower shows zeros. */
static void test_lent(void)
{
	static struct test_asked lender;
	rtos_handle_t port = test_port(), other = test_port(),
	              region = region_new(PLACE, PAGES, 100);
	rtos_handle_t window =
	    (rtos_handle_t)test_must(RTOS_WINDOW_CREATE, 0, WINDOW, PAGES, 0, 0, 0);
	rtos_handle_t taker = test_process(TEST_CHILD_PAGES);
	struct test_call call;

	lender = (struct test_asked){
	    .port = port, .number = RTOS_CALL, .along = RTOS_PAYLOAD_LEND(region, 0, PAGES)};
	test_start_asking(&lender);
	TEST_EQUAL(test_take(port, 0, RTOS_ACCEPT_PAGES(window), &call), RTOS_OK);
	TEST_EQUAL(sum_of(WINDOW, PAGES), 303);
	test_give(taker, other, RTOS_RIGHT_RECEIVE, 0, TEST_CHILD_PORT);
	test_process_run(taker, keep_it, PAGES, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(test_carry(RTOS_SEND, other, 0, RTOS_PAYLOAD_GIVE(region)).x[8], RTOS_OK);
	TEST_EQUAL(sum_of(WINDOW, PAGES), 0);
	TEST_EQUAL(test_answer_with(&call, 0), RTOS_OK);
	TEST_EXPECT(lender.done && lender.answer.x[8] == RTOS_OK);
	TEST_EQUAL(test_process_end(taker), RTOS_PROCESS_EXITED);
	test_destroy(window);
	test_destroy(other);
	test_destroy(port);
}

static const struct test_case cases[] = {
    {"answered", test_answered, 1}, {"sent", test_sent, 1}, {"kept", test_kept, 1},
    {"wrong", test_wrong, 1},       {"lent", test_lent, 1},
};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	/* Tables stay where something was mapped once: not to be taken for a leak later. */
	test_destroy(region_new(PLACE, PAGES, 0));
	test_destroy(region_new(WINDOW, PAGES, 0));
	test_destroy(region_new(LARGE, LARGE_PAGES, 0));
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
