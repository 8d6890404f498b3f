/*
 * Pages that a server shows in the window that a call offers, and hides again.
 *
 * Shows: rtos.mapped.
 */
#include <test/rtos.h>

#define PLACE  0x40000000ULL
#define WINDOW 0x501f0000ULL /* so that the pages of a large window have two tables */
#define LARGE  RTOS_SHOW_PAGES
#define PAGES  64 /* of the region, in one piece */

static rtos_handle_t port, region;
static struct test_call call; /* that is served */

/* ---- code of both sides ---- */

static rtos_handle_t window_new(uint64_t address, uint64_t pages)
{
	return (rtos_handle_t)test_must(RTOS_WINDOW_CREATE, 0, address, pages, 0, 0, 0);
}

/* Each page has its number. */
static void begin(void)
{
	port = test_port();
	region =
	    (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, PAGES, RTOS_REGION_CONTIGUOUS, 0, 0, 0);
	test_must(RTOS_MAP, region, PLACE, 0, PAGES, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0);
	for (uint64_t i = 0; i < PAGES; i++)
		*(volatile uint64_t *)(PLACE + i * RTOS_PAGE_SIZE) = i;
}

static void end(void)
{
	test_destroy(region);
	test_destroy(port);
}

static uint64_t number_at(uint64_t address)
{
	return *(volatile uint64_t *)address;
}

/* A call that offers the window comes, and is open. */
static void open_call(struct test_asked *asked, rtos_handle_t window)
{
	*asked = (struct test_asked){
	    .port = port, .number = RTOS_CALL, .along = RTOS_ANSWER_PAGES(window)};
	test_start_asking(asked);
	TEST_EQUAL(test_take(port, 0, 0, &call), RTOS_OK);
}

/* Pages from `number` on, each `step` behind the one before. */
static enum rtos_status show(uint64_t first, uint64_t count, uint64_t number, uint64_t step)
{
	struct test_call shows = {.x = {[8] = RTOS_SHOW,
	                                [9] = region,
	                                [10] = RTOS_SHOW_AT(first, count),
	                                [12] = call.x[12],
	                                [13] = call.x[13]}};

	for (uint64_t i = 0; i < count; i++)
		shows.x[i / 4] |= (number + i * step) << (i % 4 * 16);
	test_svc(&shows);
	return (enum rtos_status)shows.x[8];
}

static uint64_t hide(uint64_t page, uint64_t place)
{
	return test_must(RTOS_HIDE, region, page, place, 0, 0, 0);
}

/* ---- the tests ---- */

static void test_show(void)
{
	static struct test_asked asked;
	rtos_handle_t window = window_new(WINDOW, LARGE);
	uint64_t wrong = 0;

	begin();
	open_call(&asked, window);
	TEST_EQUAL(show(0, LARGE, 0, 2), RTOS_OK);
	for (uint64_t i = 0; i < LARGE; i++)
		wrong += number_at(WINDOW + i * RTOS_PAGE_SIZE) != 2 * i;
	/* Each instead of another one. */
	TEST_EQUAL(show(0, LARGE, 31, 1), RTOS_OK);
	for (uint64_t i = 0; i < LARGE; i++)
		wrong += number_at(WINDOW + i * RTOS_PAGE_SIZE) != 31 + i;
	/* The same once more, and one that differs. */
	TEST_EQUAL(show(0, LARGE, 31, 1), RTOS_OK);
	TEST_EQUAL(show(7, 1, 5, 0), RTOS_OK);
	TEST_EQUAL(show(8, 1, RTOS_SHOW_ZEROS, 0), RTOS_OK);
	TEST_EQUAL(number_at(WINDOW + 7 * RTOS_PAGE_SIZE), 5);
	TEST_EQUAL(number_at(WINDOW + 8 * RTOS_PAGE_SIZE), 0);
	TEST_EQUAL(number_at(WINDOW + 9 * RTOS_PAGE_SIZE), 40);
	TEST_EQUAL(wrong, 0);
	TEST_EQUAL(test_answer_with(&call, 0), RTOS_OK);
	TEST_EXPECT(asked.done && asked.answer.x[8] == RTOS_OK);
	/* A shown page stays, and has the content of the server's own page. */
	*(volatile uint64_t *)(PLACE + 5 * RTOS_PAGE_SIZE) = 1000;
	TEST_EQUAL(number_at(WINDOW + 7 * RTOS_PAGE_SIZE), 1000);
	TEST_EQUAL(show(0, 1, 0, 0), RTOS_GONE);
	TEST_EQUAL(hide(5, 7), 1);
	TEST_EQUAL(hide(5, 7), 0);
	end();
	test_destroy(window);
}

/* As many windows as one process may have that show a region's pages, and one more. */
static void test_many_windows(void)
{
	static struct test_asked asked;
	rtos_handle_t windows[RTOS_SHOW_EACH + 1];
	uint64_t wrong = 0;

	begin();
	for (uint32_t i = 0; i <= RTOS_SHOW_EACH; i++) {
		windows[i] = window_new(WINDOW + i * RTOS_PAGE_SIZE, 1);
		open_call(&asked, windows[i]);
		TEST_EQUAL(show(0, 1, 9, 0), i < RTOS_SHOW_EACH ? RTOS_OK : RTOS_NO_ROOM);
		TEST_EQUAL(test_answer_with(&call, 0), RTOS_OK);
		wrong += i < RTOS_SHOW_EACH && number_at(WINDOW + i * RTOS_PAGE_SIZE) != 9;
		test_stacks_free();
	}
	TEST_EQUAL(wrong, 0);
	TEST_EQUAL(hide(9, 0), RTOS_SHOW_EACH);
	test_must(RTOS_HIDE, region, RTOS_HIDE_ALL, 0, 0, 0, 0);
	end();
	for (uint32_t i = 0; i <= RTOS_SHOW_EACH; i++)
		test_destroy(windows[i]);
}

/* In another process: reads the shown page until it faults. */
static void read_on(uint64_t unused)
{
	rtos_handle_t window = window_new(WINDOW, LARGE);

	(void)unused;
	(void)test_carry(RTOS_CALL, TEST_CHILD_PORT, 0, RTOS_ANSWER_PAGES(window));
	for (;;)
		if (number_at(WINDOW) != 3)
			test_process_exit(1);
}

/* A page that was hidden is hidden on every CPU, from the call's end on. */
static void hide_from(uint64_t cpu)
{
	rtos_handle_t client = test_process(TEST_CHILD_PAGES);
	uint64_t state;

	begin();
	test_give(client, port, RTOS_RIGHT_CALL, 0, TEST_CHILD_PORT);
	test_process_run(client, read_on, 0, RTOS_THREAD(TEST_PRIORITY - 1, cpu, 0));
	TEST_EQUAL(test_take(port, test_in(TEST_LONG), 0, &call), RTOS_OK);
	TEST_EQUAL(show(0, 4, 3, 0), RTOS_OK);
	TEST_EQUAL(test_answer_with(&call, 0), RTOS_OK);
	test_sleep(2000);
	TEST_EQUAL(hide(3, 0), 1);
	*(volatile uint64_t *)(PLACE + 3 * RTOS_PAGE_SIZE) = 4;
	state = test_process_end(client);
	TEST_EQUAL(state, RTOS_PROCESS_FAULTED);
	end();
}

static void test_hide(void)
{
	hide_from(0);
}

static void test_hide_cross(void)
{
	hide_from(1);
}

static const struct test_case cases[] = {
    {"show", test_show, 1},
    {"show-many-windows", test_many_windows, 1},
    {"hide", test_hide, 1},
    {"hide-cross", test_hide_cross, 2},
};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	/* Tables stay where something was mapped once: not to be taken for a leak later. */
	test_destroy(window_new(WINDOW, LARGE));
	begin();
	end();
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
