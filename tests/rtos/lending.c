/*
 * Pages that are lent with calls, and the windows that show them.
 *
 * Shows: kernel.lent-pages.
 */
#include <test/rtos.h>

/* ---- lent pages ---- */

#define PLACE        0x40000000ULL
#define WINDOW       0x50000000ULL
#define WINDOW_PAGES 4
#define LARGE        0x80000000ULL
#define LARGE_WINDOW 0xc0000000ULL
#define LARGE_PAGES  1300 /* two blocks of 2 MiB and some */

static rtos_handle_t window_new(uint64_t address, uint64_t pages)
{
	return (rtos_handle_t)test_must(RTOS_WINDOW_CREATE, 0, address, pages, 0, 0, 0);
}

/* Mapped, with its number and `seed` in each page. */
static rtos_handle_t region_new(uint64_t address, uint64_t pages, uint64_t seed)
{
	rtos_handle_t region = (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, pages, 0, 0, 0, 0);

	test_must(RTOS_MAP, region, address, 0, pages, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0);
	for (uint64_t i = 0; i < pages; i++)
		*(volatile uint64_t *)(address + i * RTOS_PAGE_SIZE + 8) = seed + i;
	return region;
}

static uint64_t word_in(uint64_t address, uint64_t page)
{
	return *(volatile uint64_t *)(address + page * RTOS_PAGE_SIZE + 8);
}

/* The number of pages without region_new()'s content. */
static uint64_t wrong_in(uint64_t address, uint64_t pages, uint64_t seed)
{
	uint64_t wrong = 0;

	for (uint64_t i = 0; i < pages; i++)
		wrong += word_in(address, i) != seed + i;
	return wrong;
}

static uint64_t not_zero_in(uint64_t address, uint64_t pages)
{
	uint64_t wrong = 0;

	for (uint64_t i = 0; i < pages; i++)
		wrong += word_in(address, i) != 0;
	return wrong;
}

/*
 * The calls of one region after the other in the same window; the server sees the client's writes
 * during the loan.
 */
static void test_lend(void)
{
	static struct test_asked first, second;
	rtos_handle_t port = test_port(), window = window_new(WINDOW, WINDOW_PAGES);
	rtos_handle_t region = region_new(PLACE, 5, 100);
	rtos_handle_t other = region_new(PLACE + 0x10000, 1, 200);
	struct test_call call;

	first = (struct test_asked){
	    .port = port, .number = RTOS_CALL, .along = RTOS_PAYLOAD_LEND(region, 1, 4)};
	second = (struct test_asked){
	    .port = port, .number = RTOS_CALL, .along = RTOS_PAYLOAD_LEND(other, 0, 1)};
	test_start_asking(&first);
	test_start_asking(&second);
	TEST_EQUAL(test_take(port, 0, RTOS_ACCEPT_PAGES(window), &call), RTOS_OK);
	TEST_EQUAL(call.x[11], RTOS_PAYLOAD_LEND(window, 0, 4));
	TEST_EQUAL(wrong_in(WINDOW, 4, 101), 0);
	*(volatile uint64_t *)(PLACE + RTOS_PAGE_SIZE + 8) = 7;
	TEST_EQUAL(word_in(WINDOW, 0), 7);
	TEST_EQUAL(test_answer_with(&call, 0), RTOS_OK);
	TEST_EQUAL(test_take(port, 0, RTOS_ACCEPT_PAGES(window), &call), RTOS_OK);
	TEST_EQUAL(call.x[11], RTOS_PAYLOAD_LEND(window, 0, 1));
	TEST_EQUAL(word_in(WINDOW, 0), 200);
	TEST_EQUAL(test_answer_with(&call, 0), RTOS_OK);
	TEST_EXPECT(first.done && first.answer.x[8] == RTOS_OK);
	TEST_EXPECT(second.done && second.answer.x[8] == RTOS_OK);
	test_destroy(other);
	test_destroy(region);
	test_destroy(window);
	test_destroy(port);
}

/*
 * In another process: answers the sum of the lent pages, the count of deliveries, and the call's
 * word. With word 13 it ends before the answer. With 14 it reads the pages after the answer, with
 * 16 after it has given the call back. With 15 it gives the call back once.
 */
static void add_up(uint64_t unused)
{
	rtos_handle_t window = window_new(WINDOW, WINDOW_PAGES);
	struct test_call call;

	(void)unused;
	for (;;) {
		uint64_t word;

		if (test_take(TEST_CHILD_PORT, 0, RTOS_ACCEPT_PAGES(window), &call) != RTOS_OK)
			test_process_exit(1);
		word = call.x[0];
		call.x[0] = 0;
		for (uint64_t i = 0; i < RTOS_PAYLOAD_PAGES(call.x[11]); i++)
			call.x[0] += word_in(WINDOW, i);
		call.x[1] = call.x[10];
		if (word == 13 && call.x[10] == 0)
			test_process_exit(call.x[0]);
		if (word >= 15 && test_give_back(&call) == RTOS_OK && word == 15)
			continue;
		if (word < 16)
			test_answer_with(&call, 0);
		if (word == 14 || word == 16)
			test_process_exit(word_in(WINDOW, 0));
	}
}

/* A server that waits; one that ends, and its successor; one that reads on after its answer.
 * Shows: kernel.call-survives. */
static void test_lend_again(void)
{
	static struct test_asked asked;
	rtos_handle_t port = test_port(), region = region_new(PLACE, 3, 100);
	rtos_handle_t server = test_server(port, add_up, 0);
	struct test_call call = test_carry(RTOS_CALL, port, 1, RTOS_PAYLOAD_LEND(region, 0, 3));

	TEST_EQUAL(call.x[8], RTOS_OK);
	TEST_EQUAL(call.x[0], 303);
	TEST_EQUAL(test_carry(RTOS_CALL, port, 1, RTOS_PAYLOAD_LEND(region, 2, 1)).x[0], 102);
	TEST_EQUAL(test_carry(RTOS_CALL, port, 1, 0).x[0], 0);
	asked = (struct test_asked){.port = port,
	                            .number = RTOS_CALL,
	                            .word = 13,
	                            .along = RTOS_PAYLOAD_LEND(region, 0, 2)};
	test_start_asking(&asked);
	TEST_EQUAL(test_process_end(server), RTOS_PROCESS_EXITED);
	TEST_EXPECT(!asked.done);
	server = test_server(port, add_up, 0);
	TEST_EXPECT(asked.done);
	TEST_EQUAL(asked.answer.x[0], 201);
	TEST_EQUAL(asked.answer.x[1], 1);
	TEST_EQUAL(test_carry(RTOS_CALL, port, 14, RTOS_PAYLOAD_LEND(region, 0, 1)).x[0], 100);
	TEST_EQUAL(test_process_end(server), RTOS_PROCESS_FAULTED);
	test_destroy(region);
	test_destroy(port);
}

/* Its pages leave the window with it, and come again.
 * Shows: kernel.given-back. */
static void test_lend_given_back(void)
{
	static struct test_asked asked;
	rtos_handle_t port = test_port(), region = region_new(PLACE, 3, 100);
	rtos_handle_t server = test_server(port, add_up, 0);
	struct test_call call = test_carry(RTOS_CALL, port, 15, RTOS_PAYLOAD_LEND(region, 0, 3));

	TEST_EQUAL(call.x[8], RTOS_OK);
	TEST_EQUAL(call.x[0], 303);
	TEST_EQUAL(call.x[1], 1);
	asked = (struct test_asked){.port = port,
	                            .number = RTOS_CALL,
	                            .word = 16,
	                            .along = RTOS_PAYLOAD_LEND(region, 0, 1)};
	test_start_asking(&asked);
	TEST_EQUAL(test_process_end(server), RTOS_PROCESS_FAULTED);
	TEST_EXPECT(!asked.done);
	test_destroy(port);
	test_settle();
	TEST_EXPECT(asked.done);
	TEST_EQUAL(asked.answer.x[8], RTOS_GONE);
	test_destroy(region);
}

/* Loans that a server can't take, and memory that nobody can lend. */
static void test_lend_no_room(void)
{
	static struct test_asked asked;
	rtos_handle_t port = test_port(), region = region_new(PLACE, 5, 100);
	rtos_handle_t window = window_new(WINDOW, WINDOW_PAGES), device;
	struct test_call call, other;

	asked = (struct test_asked){
	    .port = port, .number = RTOS_CALL, .along = RTOS_PAYLOAD_LEND(region, 0, 5)};
	test_start_asking(&asked);
	TEST_EQUAL(test_take(port, 1, RTOS_ACCEPT_PAGES(window), &call), RTOS_TIMED_OUT);
	TEST_EQUAL(asked.answer.x[8], RTOS_NO_ROOM);
	asked.along = RTOS_PAYLOAD_LEND(region, 0, 4);
	test_start_asking(&asked);
	TEST_EQUAL(test_take(port, 1, RTOS_ACCEPT_HANDLE, &call), RTOS_TIMED_OUT);
	TEST_EQUAL(asked.answer.x[8], RTOS_NO_ROOM);
	/* In use until it is answered. */
	test_start_asking(&asked);
	TEST_EQUAL(test_take(port, 0, RTOS_ACCEPT_PAGES(window), &call), RTOS_OK);
	test_start_asking(&asked);
	TEST_EQUAL(test_take(port, 1, RTOS_ACCEPT_PAGES(window), &other), RTOS_TIMED_OUT);
	TEST_EQUAL(asked.answer.x[8], RTOS_NO_ROOM);
	TEST_EQUAL(wrong_in(WINDOW, 4, 100), 0);
	TEST_EQUAL(test_answer_with(&call, 0), RTOS_OK);
	TEST_EQUAL(test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_LEND(region, 4, 2)).x[8],
	           RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_LEND(region, 0, 0)).x[8],
	           RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_carry(RTOS_SEND, port, 0, RTOS_PAYLOAD_LEND(region, 0, 1)).x[8],
	           RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_LEND(window, 0, 1)).x[8],
	           RTOS_BAD_HANDLE);
	device = (rtos_handle_t)test_must(RTOS_REGION_DEVICE, RTOS_HANDLE_MACHINE, TEST_DEVICE, 1,
	                                  0, 0, 0);
	TEST_EQUAL(test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_LEND(device, 0, 1)).x[8],
	           RTOS_BAD_ARGUMENT);
	test_destroy(device);
	/* Where a window is, nothing else can be. */
	TEST_EQUAL(test_do(RTOS_MAP, region, WINDOW, 0, 1, RTOS_RIGHT_READ, 0, NULL), RTOS_BUSY);
	TEST_EQUAL(test_do(RTOS_UNMAP, 0, WINDOW, 0, 0, 0, 0, NULL), RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_do(RTOS_WINDOW_CREATE, 0, WINDOW + 0x3000, 1, 0, 0, 0, NULL), RTOS_BUSY);
	TEST_EQUAL(test_do(RTOS_WINDOW_CREATE, 0, WINDOW + 8, 1, 0, 0, 0, NULL), RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_do(RTOS_WINDOW_CREATE, 0, WINDOW, 0, 0, 0, 0, NULL), RTOS_BAD_ARGUMENT);
	test_destroy(window);
	test_must(RTOS_MAP, region, WINDOW, 0, 1, RTOS_RIGHT_READ, 0);
	TEST_EQUAL(word_in(WINDOW, 0), 100);
	test_destroy(region);
	test_destroy(port);
}

/* Another partition's memory is mapped to read, and isn't lent, sealed or written. */
static void test_foreign_memory(void)
{
	const rtos_handle_t port = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t region;

	TEST_EQUAL(test_do(RTOS_REGION_DEVICE, RTOS_HANDLE_MACHINE, TEST_DEVICE, 1,
	                   RTOS_REGION_CONTIGUOUS, 0, 0, NULL),
	           RTOS_BAD_ARGUMENT);
	region = (rtos_handle_t)test_must(RTOS_REGION_DEVICE, RTOS_HANDLE_MACHINE, TEST_DEVICE, 1,
	                                  RTOS_REGION_FOREIGN, 0, 0);
	TEST_EQUAL(
	    test_do(RTOS_MAP, region, WINDOW, 0, 1, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, NULL),
	    RTOS_DENIED);
	TEST_EQUAL(
	    test_do(RTOS_MAP, region, WINDOW, 0, 1, RTOS_RIGHT_READ | RTOS_RIGHT_EXECUTE, 0, NULL),
	    RTOS_DENIED);
	TEST_EQUAL(test_do(RTOS_REGION_SEAL, region, 0, 0, 0, 0, 0, NULL), RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_LEND(region, 0, 1)).x[8],
	           RTOS_BAD_ARGUMENT);
	test_must(RTOS_MAP, region, WINDOW, 0, 1, RTOS_RIGHT_READ, 0);
	test_destroy(region);
	test_destroy(port);
}

/* A client that waits so long, and when that will be over. */
struct impatient {
	struct test_asked asked;
	uint64_t microseconds;
	volatile uint64_t deadline;
};

static void ask_until(uint64_t at)
{
	struct impatient *client = (struct impatient *)at;
	struct test_call call = {.x = {0}};

	client->deadline = test_in(client->microseconds);
	call.x[8] = RTOS_CALL;
	call.x[9] = client->asked.port;
	call.x[10] = client->deadline;
	call.x[11] = client->asked.along;
	test_svc(&call);
	client->asked.answer = call;
	client->asked.done = true;
	test_thread_end();
}

static void start_impatient(struct impatient *client, rtos_handle_t port, uint64_t along,
                            uint32_t priority)
{
	client->asked = (struct test_asked){.port = port, .along = along};
	test_thread(ask_until, (uint64_t)client, RTOS_THREAD(priority, 0, 0));
}

static void wait_for(const struct impatient *client)
{
	while (!client->asked.done)
		test_sleep(500);
	TEST_EQUAL(client->asked.answer.x[8], RTOS_TIMED_OUT);
	test_stacks_free();
}

/* Lends until a server reads the pages before the client's time is over. */
static void lend_for_a_while(rtos_handle_t port, uint64_t along, rtos_handle_t window,
                             uint64_t shown, struct test_call *call)
{
	static struct impatient client;
	bool in_time = false;

	for (client.microseconds = 2000; !in_time; client.microseconds *= 2) {
		uint64_t wrong = 0;

		start_impatient(&client, port, along, TEST_PRIORITY - 1);
		if (test_take(port, test_in(4 * client.microseconds), RTOS_ACCEPT_PAGES(window),
		              call) == RTOS_OK) {
			wrong = wrong_in(shown, RTOS_PAYLOAD_PAGES(along), 100);
			in_time = test_now() < client.deadline;
		}
		if (in_time)
			TEST_EQUAL(wrong, 0);
		wait_for(&client);
	}
}

/* A client that waits no longer: its server sees zeros, and its answer is for nobody. */
static void lend_in_vain(uint64_t place, uint64_t shown, uint64_t pages)
{
	rtos_handle_t port = test_port(), region = region_new(place, pages, 100);
	rtos_handle_t window = window_new(shown, pages);
	struct test_call call;

	for (uint32_t round = 0; round < 2; round++) {
		lend_for_a_while(port, RTOS_PAYLOAD_LEND(region, 0, pages), window, shown, &call);
		TEST_EQUAL(not_zero_in(shown, pages), 0);
		TEST_EQUAL(wrong_in(place, pages, 100), 0);
		TEST_EQUAL(test_answer_with(&call, 0), RTOS_GONE);
	}
	test_destroy(window);
	test_destroy(region);
	test_destroy(port);
}

static void test_lend_in_vain(void)
{
	lend_in_vain(PLACE, WINDOW, WINDOW_PAGES);
}

static void test_lend_large_in_vain(void)
{
	lend_in_vain(LARGE, LARGE_WINDOW, LARGE_PAGES);
}

/* 2 MiB pages there and back, many times, from each place in a window that they don't fit as well.
 */
static void test_lend_large(void)
{
	static struct test_asked asked;
	rtos_handle_t port = test_port(), region = region_new(LARGE, LARGE_PAGES, 100);
	rtos_handle_t window = window_new(LARGE_WINDOW, LARGE_PAGES);
	struct test_call call;

	for (uint64_t first = 0; first < 1030; first += 206) {
		asked = (struct test_asked){
		    .port = port,
		    .number = RTOS_CALL,
		    .along = RTOS_PAYLOAD_LEND(region, first, LARGE_PAGES - first)};
		test_start_asking(&asked);
		TEST_EQUAL(test_take(port, 0, RTOS_ACCEPT_PAGES(window), &call), RTOS_OK);
		TEST_EQUAL(wrong_in(LARGE_WINDOW, LARGE_PAGES - first, 100 + first), 0);
		TEST_EQUAL(test_answer_with(&call, 0), RTOS_OK);
		TEST_EXPECT(asked.done);
		test_stacks_free();
	}
	test_destroy(window);
	test_destroy(region);
	test_destroy(port);
}

/* The region goes while it is lent: zeros, and the call is as open as before. */
static void test_lend_destroyed(void)
{
	static struct test_asked asked;
	rtos_handle_t port = test_port(), region = region_new(PLACE, 4, 100);
	rtos_handle_t window = window_new(WINDOW, WINDOW_PAGES);
	struct test_call call;

	asked = (struct test_asked){
	    .port = port, .number = RTOS_CALL, .along = RTOS_PAYLOAD_LEND(region, 0, 4)};
	test_start_asking(&asked);
	TEST_EQUAL(test_take(port, 0, RTOS_ACCEPT_PAGES(window), &call), RTOS_OK);
	test_destroy(region);
	TEST_EQUAL(not_zero_in(WINDOW, 4), 0);
	TEST_EXPECT(!asked.done);
	TEST_EQUAL(test_answer_with(&call, 0), RTOS_OK);
	TEST_EXPECT(asked.done);
	TEST_EQUAL(asked.answer.x[8], RTOS_OK);
	/* The window goes: the call stays. */
	region = region_new(PLACE, 4, 100);
	asked.along = RTOS_PAYLOAD_LEND(region, 0, 4);
	test_start_asking(&asked);
	TEST_EQUAL(test_take(port, 0, RTOS_ACCEPT_PAGES(window), &call), RTOS_OK);
	test_destroy(window);
	TEST_EXPECT(!asked.done);
	TEST_EQUAL(test_answer_with(&call, 0), RTOS_OK);
	TEST_EXPECT(asked.done);
	test_destroy(region);
	test_destroy(port);
}

static void lend_own(uint64_t unused)
{
	rtos_handle_t region = region_new(PLACE, 3, 100);

	(void)unused;
	test_process_exit(
	    test_carry(RTOS_CALL, TEST_CHILD_PORT, 5, RTOS_PAYLOAD_LEND(region, 0, 3)).x[8]);
}

/* A client that ends, and all its memory with it. */
static void test_lender_ends(void)
{
	rtos_handle_t port = test_port(), window = window_new(WINDOW, WINDOW_PAGES);
	rtos_handle_t client = test_process(TEST_CHILD_PAGES);
	struct test_call call;

	test_give(client, port, RTOS_RIGHT_CALL, 0, TEST_CHILD_PORT);
	test_process_run(client, lend_own, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(test_take(port, 0, RTOS_ACCEPT_PAGES(window), &call), RTOS_OK);
	TEST_EQUAL(wrong_in(WINDOW, 3, 100), 0);
	test_process_kill(client);
	TEST_EQUAL(not_zero_in(WINDOW, 3), 0);
	TEST_EQUAL(test_answer_with(&call, 0), RTOS_GONE);
	test_destroy(window);
	test_destroy(port);
}

/* On another CPU: reads the lent pages again and again, until they are zeros. */
static void read_until_zeros(uint64_t pages)
{
	rtos_handle_t window = window_new(LARGE_WINDOW, pages);
	struct test_call call;

	for (;;) {
		if (test_take(TEST_CHILD_PORT, 0, RTOS_ACCEPT_PAGES(window), &call) != RTOS_OK)
			test_process_exit(1);
		while (word_in(LARGE_WINDOW, 0) != 0 || word_in(LARGE_WINDOW, pages - 1) != 0)
			__asm__ volatile("yield");
		if (test_answer_with(&call, 0) != RTOS_GONE)
			test_process_exit(2);
	}
}

/* A reader on another CPU misses no page while the page becomes zeros. */
static void vanish(uint64_t place, uint64_t pages)
{
	static struct impatient client = {.microseconds = 2000};
	rtos_handle_t port = test_port(), region = region_new(place, pages, 100);
	rtos_handle_t server = test_process(TEST_CHILD_PAGES);
	uint64_t state;

	test_give(server, port, RTOS_RIGHT_RECEIVE, 0, TEST_CHILD_PORT);
	test_process_run(server, read_until_zeros, pages, RTOS_THREAD(TEST_PRIORITY, 1, 0));
	for (uint32_t i = 0; i < 5; i++) {
		start_impatient(&client, port, RTOS_PAYLOAD_LEND(region, 0, pages),
		                TEST_PRIORITY + 1);
		wait_for(&client);
	}
	test_do(RTOS_PROCESS_STATE, server, 0, 0, 0, 0, 0, &state);
	TEST_EQUAL(state, RTOS_PROCESS_ALIVE);
	test_process_kill(server);
	test_destroy(region);
	test_destroy(port);
}

static void test_vanish_cross(void)
{
	vanish(PLACE, WINDOW_PAGES);
}

static void test_vanish_large_cross(void)
{
	vanish(LARGE, 2 * 512 + 8);
}

static const struct test_case cases[] = {
    {"lend", test_lend, 1},
    {"lend-again", test_lend_again, 1},
    {"lend-given-back", test_lend_given_back, 1},
    {"lend-no-room", test_lend_no_room, 1},
    {"lend-in-vain", test_lend_in_vain, 1},
    {"lend-large", test_lend_large, 1},
    {"lend-large-in-vain", test_lend_large_in_vain, 1},
    {"lend-destroyed", test_lend_destroyed, 1},
    {"lender-ends", test_lender_ends, 1},
    {"foreign-memory", test_foreign_memory, 1},
    {"vanish-cross", test_vanish_cross, 2},
    {"vanish-large-cross", test_vanish_large_cross, 2},
};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	/* Tables stay where something was mapped once: not to be taken for a leak later. */
	test_destroy(window_new(WINDOW, WINDOW_PAGES));
	test_destroy(window_new(LARGE_WINDOW, LARGE_PAGES));
	test_destroy(region_new(PLACE, 20, 0));
	test_destroy(region_new(LARGE, LARGE_PAGES, 0));
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
