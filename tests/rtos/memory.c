/*
 * Memory: mappings, shared and uncached memory, the remains of a crashed program, quotas inside of
 * quotas, and a quota beside one that has taken all.
 */
#include <test/rtos.h>

#define CHILD_PAGES 64

static void destroy(rtos_handle_t object)
{
	test_must(RTOS_DESTROY, object, 0, 0, 0, 0, 0);
}

static void exit_with(uint64_t value)
{
	test_do(RTOS_EXIT, 0, value, 0, 0, 0, 0, NULL);
}

static void read_at(uint64_t address)
{
	uint64_t value;

	/* By hand: the compiler may see to it itself that none of these is read. */
	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
	exit_with(value);
}

static uint64_t own_variable = 7;

static uint64_t wait_ended(rtos_handle_t process, rtos_handle_t told)
{
	struct test_call call = {.x = {0}};

	TEST_EQUAL(test_wait(told, test_in(TEST_LONG)), 1);
	call.x[8] = RTOS_PROCESS_STATE;
	call.x[9] = process;
	test_svc(&call);
	return call.x[2];
}

#define PLACE       0x40000000ULL
#define PLACE_LARGE 0x80000000ULL
#define PAGES_LARGE 1300 /* two blocks of 2 MiB and some */

/* Tables stay where something was mapped once: not to be taken for a leak later. */
static void make_tables(uint64_t address, uint64_t pages)
{
	rtos_handle_t region = (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, pages, 0, 0, 0, 0);

	test_must(RTOS_MAP, region, address, 0, pages, RTOS_RIGHT_READ, 0);
	destroy(region);
}

/* Shows: kernel.spaces. */
static void test_mappings(void)
{
	const uint64_t rw = RTOS_RIGHT_READ | RTOS_RIGHT_WRITE;
	rtos_handle_t region = (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, 5, 0, 0, 0, 0);
	volatile uint64_t *at = (volatile uint64_t *)PLACE;

	test_must(RTOS_MAP, region, PLACE, 0, 5, rw, 0);
	for (uint32_t i = 0; i < 5; i++) {
		TEST_EQUAL(at[512 * i], 0);
		at[512 * i] = i + 1;
	}
	TEST_EQUAL(test_do(RTOS_MAP, region, PLACE + 0x4000, 0, 1, rw, 0, NULL), RTOS_BUSY);
	TEST_EQUAL(test_do(RTOS_MAP, region, PLACE + 0x5000, 4, 2, rw, 0, NULL), RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_do(RTOS_MAP, region, 0xf000, 0, 1, rw, 0, NULL), RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_do(RTOS_MAP, region, 0x7ffffff000, 0, 2, rw, 0, NULL), RTOS_BAD_ARGUMENT);
	/* The same pages in another place. */
	test_must(RTOS_MAP, region, PLACE + 0x10000, 3, 2, RTOS_RIGHT_READ, 0);
	TEST_EQUAL(at[0x2000], 4);
	at[512 * 4] = 77;
	TEST_EQUAL(at[0x2200], 77);
	/* Code only when nobody can write it any more, and then nobody ever can. */
	TEST_EQUAL(
	    test_do(RTOS_MAP, region, PLACE + 0x20000, 0, 1, rw | RTOS_RIGHT_EXECUTE, 0, NULL),
	    RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_do(RTOS_MAP, region, PLACE + 0x20000, 0, 1,
	                   RTOS_RIGHT_READ | RTOS_RIGHT_EXECUTE, 0, NULL),
	           RTOS_DENIED);
	TEST_EQUAL(test_do(RTOS_REGION_SEAL, region, 0, 0, 0, 0, 0, NULL), RTOS_BUSY);
	((volatile uint32_t *)PLACE)[0] = 0xd2800fe0; /* mov x0, #127 */
	((volatile uint32_t *)PLACE)[1] = 0xd65f03c0; /* ret */
	test_must(RTOS_UNMAP, 0, PLACE, 0, 0, 0, 0);
	test_must(RTOS_REGION_SEAL, region, 0, 0, 0, 0, 0);
	TEST_EQUAL(test_do(RTOS_MAP, region, PLACE, 0, 1, rw, 0, NULL), RTOS_DENIED);
	test_must(RTOS_MAP, region, PLACE, 0, 1, RTOS_RIGHT_READ | RTOS_RIGHT_EXECUTE, 0);
	TEST_EQUAL(((uint64_t(*)(void))PLACE)(), 127);
	destroy(region);
	TEST_EQUAL(test_do(RTOS_UNMAP, 0, PLACE, 0, 0, 0, 0, NULL), RTOS_BAD_ARGUMENT);
}

/* Shared memory: what one writes, the other reads; when it is destroyed, nobody has it.
 * Shows: kernel.spaces. */
static void test_shared(void)
{
	rtos_handle_t region = (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0);
	rtos_handle_t process = test_process(CHILD_PAGES);

	test_must(RTOS_MAP, region, PLACE, 0, 1, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0);
	test_must(RTOS_MAP, region, PLACE, 0, 1, RTOS_RIGHT_READ, process);
	*(volatile uint64_t *)PLACE = 4711;
	test_process_run(process, read_at, PLACE, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(test_process_end(process), RTOS_PROCESS_EXITED);
	process = test_process(CHILD_PAGES);
	test_must(RTOS_MAP, region, PLACE, 0, 1, RTOS_RIGHT_READ, process);
	destroy(region);
	test_process_run(process, read_at, PLACE, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(test_process_end(process), RTOS_PROCESS_FAULTED);
}

/* Memory for devices: in one piece, at an address that is told, and uncached for everybody.
 * Shows: kernel.spaces. */
static void test_uncached(void)
{
	const uint64_t rw = RTOS_RIGHT_READ | RTOS_RIGHT_WRITE;
	rtos_handle_t region =
	    (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, 4, RTOS_REGION_CONTIGUOUS, 0, 0, 0);
	rtos_handle_t other = (rtos_handle_t)test_must(RTOS_HANDLE_GIVE, 0, region,
	                                               RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, 0, 0);
	volatile uint64_t *at = (volatile uint64_t *)PLACE, *again = at + 0x2000;
	uint64_t physical = test_must(RTOS_REGION_PHYSICAL, region, 0, 0, 0, 0, 0);

	TEST_EQUAL(physical % (4 * RTOS_PAGE_SIZE), 0);
	TEST_EQUAL(test_do(RTOS_REGION_PHYSICAL, other, 0, 0, 0, 0, 0, NULL), RTOS_DENIED);
	TEST_EQUAL(test_do(RTOS_MAP, other, PLACE, 0, 4, rw | RTOS_MAP_UNCACHED, 0, NULL),
	           RTOS_DENIED);
	test_must(RTOS_MAP, region, PLACE, 0, 4, rw, 0);
	TEST_EQUAL(
	    test_do(RTOS_MAP, region, PLACE + 0x10000, 0, 4, rw | RTOS_MAP_UNCACHED, 0, NULL),
	    RTOS_BUSY);
	at[512 * 3] = 4711;
	test_must(RTOS_UNMAP, 0, PLACE, 0, 0, 0, 0);
	test_must(RTOS_MAP, region, PLACE, 0, 4, rw | RTOS_MAP_UNCACHED, 0);
	test_must(RTOS_MAP, other, PLACE + 0x10000, 0, 4, rw | RTOS_MAP_UNCACHED, 0);
	TEST_EQUAL(at[512 * 3], 4711);
	at[512 * 2] = 815;
	TEST_EQUAL(again[512 * 2], 815);
	test_must(RTOS_UNMAP, 0, PLACE, 0, 0, 0, 0);
	test_must(RTOS_UNMAP, 0, PLACE + 0x10000, 0, 0, 0, 0);
	TEST_EQUAL(test_do(RTOS_MAP, region, PLACE, 0, 4, rw, 0, NULL), RTOS_DENIED);
	TEST_EQUAL(test_do(RTOS_REGION_SEAL, region, 0, 0, 0, 0, 0, NULL), RTOS_BAD_ARGUMENT);
	destroy(region);
	/* A region that isn't in one piece, because it grew by memory elsewhere. */
	region = (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0);
	test_must(RTOS_REGION_CREATE, region, 2, 0, 0, 0, 0);
	TEST_EQUAL(test_do(RTOS_REGION_PHYSICAL, region, 0, 0, 0, 0, 0, NULL), RTOS_BAD_ARGUMENT);
	destroy(region);
}

/* The remains of a crashed program: its thread's registers, its mappings and their content. */
static void crash(uint64_t value)
{
	own_variable = value;
	__asm__ volatile("mov x27, %0\n\tmov x9, #0\n\tldr x9, [x9]"
	                 :
	                 : "r"(value)
	                 : "x9", "x27", "memory");
}

static void test_remains(void)
{
	rtos_handle_t told = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t process = test_process(CHILD_PAGES);
	struct test_call call = {.x = {0}};
	uint64_t mappings = 0, found = 0;

	test_must(RTOS_PROCESS_WATCH, process, told, 1, 0, 0, 0);
	test_process_run(process, crash, 0x4711, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(wait_ended(process, told) >> 26, 0x24);
	call.x[0] = 0;
	call.x[1] = 27;
	call.x[8] = RTOS_THREAD_READ;
	call.x[9] = process;
	test_svc(&call);
	TEST_EQUAL(call.x[8], RTOS_OK);
	TEST_EQUAL(call.x[0], 0x4711);
	TEST_EXPECT(call.x[5] >= (uint64_t)crash && call.x[5] < (uint64_t)crash + 64);
	for (uint64_t address = 0;; address = call.x[0] + call.x[1] * RTOS_PAGE_SIZE, mappings++) {
		call.x[0] = address;
		call.x[8] = RTOS_MAPPING;
		call.x[9] = process;
		test_svc(&call);
		if (call.x[8] != RTOS_OK)
			break;
		TEST_EXPECT(call.x[0] >= address);
		if ((uint64_t)&own_variable - call.x[0] < call.x[1] * RTOS_PAGE_SIZE) {
			uint64_t offset = (uint64_t)&own_variable - call.x[0];

			test_must(RTOS_MAP, (rtos_handle_t)call.x[4], PLACE, call.x[3], call.x[1],
			          RTOS_RIGHT_READ, 0);
			found = *(volatile uint64_t *)(PLACE + offset);
			test_must(RTOS_UNMAP, 0, PLACE, 0, 0, 0, 0);
			TEST_EQUAL(test_do(RTOS_MAP, (rtos_handle_t)call.x[4], PLACE, 0, 1,
			                   RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, NULL),
			           RTOS_DENIED);
		}
		test_must(RTOS_HANDLE_CLOSE, (rtos_handle_t)call.x[4], 0, 0, 0, 0, 0);
	}
	TEST_EQUAL(call.x[8], RTOS_GONE);
	TEST_EXPECT(mappings >= 3);
	/*
	 * A process that looks at its own mappings learns their addresses, and gets no right to
	 * them.
	 */
	call.x[0] = 0;
	call.x[8] = RTOS_MAPPING;
	call.x[9] = 0;
	test_svc(&call);
	TEST_EQUAL(call.x[8], RTOS_OK);
	TEST_EQUAL(call.x[4], 0);
	TEST_EQUAL(found, 0x4711);
	test_must(RTOS_PROCESS_REAP, process, 0, 0, 0, 0, 0);
	destroy(told);
}

/* More than 2 MiB, which is mapped by blocks where it can be.
 * Shows: kernel.spaces. */
static void test_large(void)
{
	const uint64_t pages = PAGES_LARGE;
	rtos_handle_t region = (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, pages, 0, 0, 0, 0);
	volatile uint64_t *at = (volatile uint64_t *)PLACE_LARGE;

	test_must(RTOS_MAP, region, PLACE_LARGE, 0, pages, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0);
	for (uint64_t i = 0; i < pages; i++) {
		if (at[512 * i] != 0)
			TEST_EQUAL(at[512 * i], 0);
		at[512 * i] = i;
	}
	for (uint64_t i = 0; i < pages; i++)
		if (at[512 * i] != i)
			TEST_EQUAL(at[512 * i], i);
	test_must(RTOS_UNMAP, 0, PLACE_LARGE, 0, 0, 0, 0);
	destroy(region);
}

/* Memory is unmapped while another CPU reads it: the reader faults at once. */
static void read_for_ever(uint64_t address)
{
	for (;;)
		(void)*(volatile uint64_t *)address;
}

/* Shows: kernel.tlb. */
static void test_unmap_cross(void)
{
	rtos_handle_t region = (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0);
	rtos_handle_t process = test_process(CHILD_PAGES);

	test_must(RTOS_MAP, region, PLACE, 0, 1, RTOS_RIGHT_READ, process);
	test_process_run(process, read_for_ever, PLACE, RTOS_THREAD(TEST_PRIORITY, 1, 0));
	test_sleep(500);
	test_must(RTOS_UNMAP, 0, PLACE, 0, 0, 0, process);
	TEST_EQUAL(test_process_end(process), RTOS_PROCESS_FAULTED);
	destroy(region);
}

/* ---- quotas inside of quotas ---- */

#define NESTED       135
#define NESTED_PAGES 22 /* for each */

static struct rtos_start nested_start; /* which they can read */

static test_function nest;

/* Shows: kernel.quota. */
static rtos_handle_t nested(uint64_t left, rtos_handle_t port)
{
	rtos_handle_t made = test_process(left * NESTED_PAGES);

	test_give(made, port, RTOS_RIGHTS_ALL, 0, TEST_CHILD_PORT);
	test_give(made, RTOS_HANDLE_MACHINE, RTOS_RIGHTS_ALL, 0, RTOS_HANDLE_MACHINE);
	test_give(made, RTOS_HANDLE_IMAGE, RTOS_RIGHTS_ALL, 0, RTOS_HANDLE_IMAGE);
	test_must(RTOS_MAP, RTOS_HANDLE_IMAGE, test_start->image, 0, 1, RTOS_RIGHT_READ, made);
	test_process_run(made, nest, left - 1, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	return made;
}

static void nest(uint64_t left)
{
	if (left == 0)
		test_carry(RTOS_SEND, TEST_CHILD_PORT, 0, 0);
	else
		nested(left, TEST_CHILD_PORT);
	test_wait(0, ~0ULL);
}

/* The outermost one's end is that of all others, however many, and all pages come back. */
static void test_nested(void)
{
	const struct rtos_start *start = test_start;
	rtos_handle_t port = test_port(), process;
	struct test_call call;

	nested_start = *start;
	test_start = &nested_start;
	process = nested(NESTED, port);
	test_start = start;
	TEST_EQUAL(test_receive(port, 0, &call), RTOS_OK);
	test_process_kill(process);
	destroy(port);
}

/* ---- a neighbour that has taken all ---- */

#define ALL_ROUNDS   6
#define ALL_TRIES    50 /* of the neighbour, in each of them */
#define ALL_OBJECTS  64 /* that a page has room for, at most */
#define ALL_PAGES    16 /* that the worker makes in each of them */
#define ALL_LEFT     8  /* for the tester */
#define ALL_ASKED    11 /* where both have these notifications */
#define ALL_REFUSED  12
#define ALL_FAR      0x7000000000ULL /* where no table is */
#define ALL_PRIORITY (TEST_PRIORITY + 1)

/* Of all that do nothing but wait: none of them ever returns to what lies there. */
static _Alignas(16) uint8_t rest_stack[512];

static void rest(uint64_t unused)
{
	(void)unused;
	test_wait(0, ~0ULL);
}

/* With all that needs memory: how many calls had another answer than that there is none. */
static uint64_t take_each(rtos_handle_t region)
{
	static const struct {
		enum rtos_call number;
		rtos_handle_t handle;
		uint64_t x0;
	} calls[] = {{RTOS_REGION_CREATE, 0, 1},
	             {RTOS_PORT_CREATE, 0, 0},
	             {RTOS_NOTIFICATION_CREATE, 0, 0},
	             {RTOS_LOCK_CREATE, 0, 0},
	             {RTOS_TIMER_CREATE, ALL_REFUSED, 1}};
	const uint64_t stack = (uint64_t)rest_stack + sizeof(rest_stack);
	uint64_t taken = 0;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		taken += test_do(calls[i].number, calls[i].handle, calls[i].x0, 0, 0, 0, 0, NULL) !=
		         RTOS_NO_MEMORY;
	taken += test_do(RTOS_THREAD_CREATE, 0, (uint64_t)rest, stack, 0, RTOS_THREAD(1, 0, 0), 0,
	                 NULL) != RTOS_NO_MEMORY;
	taken +=
	    test_do(RTOS_MAP, region, ALL_FAR, 0, 1, RTOS_RIGHT_READ, 0, NULL) != RTOS_NO_MEMORY;
	return taken;
}

/* The last page, the last object in it, and then more, whenever it is asked. Ends if it gets any.
 */
static void take_all(uint64_t unused)
{
	rtos_handle_t first = (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0);
	uint64_t taken = 0;

	(void)unused;
	for (uint64_t pages = 1 << 18; pages > 0; pages /= 2)
		while (test_do(RTOS_REGION_CREATE, 0, pages, 0, 0, 0, 0, NULL) == RTOS_OK)
			continue;
	for (uint32_t i = 0; i < ALL_OBJECTS && take_each(first) > 0; i++)
		continue;
	while (taken == 0) {
		test_wait(ALL_ASKED, ~0ULL);
		test_do(RTOS_SIGNAL, ALL_REFUSED, 0, 0, 0, 0, 0, NULL);
		for (uint32_t i = 0; i < ALL_TRIES; i++)
			taken += take_each(first);
	}
	exit_with(taken);
}

static uint64_t work_failed;

static rtos_handle_t work_make(enum rtos_call number, rtos_handle_t handle, uint64_t x0)
{
	uint64_t made = 0;

	work_failed += test_do(number, handle, x0, 0, 0, 0, 0, &made) != RTOS_OK;
	return (rtos_handle_t)made;
}

static void work_aside(uint64_t notification)
{
	test_do(RTOS_SIGNAL, (rtos_handle_t)notification, 0, 0, 0, 0, 0, NULL);
	test_thread_end();
}

/* Memory, and a thread with its stack there. */
static void work_in(rtos_handle_t region, rtos_handle_t notification)
{
	const uint64_t end = PLACE + ALL_PAGES * RTOS_PAGE_SIZE;
	volatile uint64_t *at = (volatile uint64_t *)PLACE;
	uint64_t thread = 0;

	work_failed += test_do(RTOS_MAP, region, PLACE, 0, ALL_PAGES,
	                       RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, NULL) != RTOS_OK;
	for (uint32_t i = 0; i < ALL_PAGES; i++)
		work_failed += at[512 * i]++ != 0;
	work_failed += test_do(RTOS_THREAD_CREATE, 0, (uint64_t)work_aside, end, notification,
	                       RTOS_THREAD(ALL_PRIORITY + 1, 0, 0), 0, &thread) != RTOS_OK;
	work_failed += test_wait(notification, ~0ULL) == 0;
	test_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)thread, 0, 0, 0, 0, 0, NULL);
}

/* One of each kind, which works, and goes again. */
static void work_once(void)
{
	const rtos_handle_t notification = work_make(RTOS_NOTIFICATION_CREATE, 0, 0);
	const rtos_handle_t made[] = {work_make(RTOS_PORT_CREATE, 0, 0),
	                              work_make(RTOS_LOCK_CREATE, 0, 0),
	                              work_make(RTOS_TIMER_CREATE, notification, 1),
	                              work_make(RTOS_REGION_CREATE, 0, ALL_PAGES)};
	const size_t count = sizeof(made) / sizeof(made[0]);

	work_in(made[count - 1], notification);
	for (size_t i = 0; i < count; i++)
		work_failed += test_do(RTOS_DESTROY, made[i], 0, 0, 0, 0, 0, NULL) != RTOS_OK;
	work_failed += test_do(RTOS_DESTROY, notification, 0, 0, 0, 0, 0, NULL) != RTOS_OK;
}

static void work_until(uint64_t deadline)
{
	for (uint32_t i = 0; i < ALL_ROUNDS && work_failed == 0; i++) {
		test_do(RTOS_SIGNAL, ALL_ASKED, 0, 0, 0, 0, 0, NULL);
		work_failed += test_wait(ALL_REFUSED, deadline) == 0;
		work_once();
	}
	exit_with(work_failed);
}

/* Shows: kernel.quota. */
static rtos_handle_t neighbour(rtos_handle_t asked, rtos_handle_t refused)
{
	rtos_handle_t made = test_process(CHILD_PAGES);

	test_give(made, asked, RTOS_RIGHTS_ALL, 0, ALL_ASKED);
	test_give(made, refused, RTOS_RIGHTS_ALL, 0, ALL_REFUSED);
	return made;
}

/* One process has all memory that there is but its neighbour's quota, and wants more without an
 * end, on another CPU if there is one: no call of the neighbour's fails. */
static void test_neighbour(void)
{
	rtos_handle_t asked = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t refused =
	    (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t told = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t worker = neighbour(asked, refused), taker = neighbour(asked, refused);
	struct test_call own = {.x = {[8] = RTOS_PROCESS_STATE}};

	test_svc(&own);
	test_must(RTOS_PROCESS_PAGES, taker, own.x[5] - ALL_LEFT, 0, 0, 0, 0);
	test_must(RTOS_PROCESS_WATCH, worker, told, 1, 0, 0, 0);
	test_process_run(taker, take_all, 0,
	                 RTOS_THREAD(TEST_PRIORITY - 1, test_start->cpus - 1, 0));
	test_process_run(worker, work_until, test_in(TEST_LONG), RTOS_THREAD(ALL_PRIORITY, 0, 0));
	TEST_EQUAL(wait_ended(worker, told), 0);
	test_must(RTOS_PROCESS_REAP, worker, 0, 0, 0, 0, 0);
	test_must(RTOS_PROCESS_KILL, taker, 0, 0, 0, 0, 0);
	TEST_EQUAL(test_process_end(taker), RTOS_PROCESS_KILLED);
	destroy(told);
	destroy(refused);
	destroy(asked);
}

static const struct test_case cases[] = {
    {"mappings", test_mappings, 1},   {"shared", test_shared, 1},
    {"uncached", test_uncached, 1},   {"remains", test_remains, 1},
    {"large", test_large, 1},         {"nested", test_nested, 1},
    {"neighbour", test_neighbour, 1}, {"unmap-cross", test_unmap_cross, 2},
};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	make_tables(PLACE, 1);
	make_tables(PLACE_LARGE, PAGES_LARGE);
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
