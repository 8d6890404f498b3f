/*
 * Programs that do random system calls on all CPUs, with handles on each other's processes, ports,
 * memory and windows, but without the machine. The kernel goes on, and gets all of their memory
 * back.
 *
 * Shows: kernel.hostile.
 */
#include <test/rtos.h>

#define CHILDREN 3
#define ROUNDS   5
#define PAGES    64

/* Where test_process_fill() puts a stack, of which each thread has a part. */
#define STACK_TOP  0x20002000ULL
#define STACK_STEP 0x400
#define THREADS    8

/* Children have copies. */
static uint64_t random_state;
static uint32_t cpus;

static uint64_t random_below(uint64_t limit)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % limit;
}

/* ---- random calls ---- */

static const uint64_t edges[] = {0,
                                 1,
                                 2,
                                 4095,
                                 4096,
                                 0x10000,
                                 0x1ff000,
                                 0x200000,
                                 0x3fffff000,
                                 0x7ffffff000,
                                 0x8000000000,
                                 0x7fffffffff,
                                 1ULL << 63,
                                 ~0ULL,
                                 ~0ULL << 12,
                                 0x8000000001,
                                 0xffffffff,
                                 0x100000000,
                                 0xffffff8000000000,
                                 0xffffffc000000000};

static uint64_t anything(void)
{
	switch (random_below(4)) {
	case 0:
		return edges[random_below(sizeof(edges) / sizeof(edges[0]))];
	case 1:
		return 0x10000 + 0x1000 * random_below(1024);
	default:
		return random_below(24);
	}
}

static uint64_t along(void)
{
	const uint64_t handle = random_below(24);

	switch (random_below(6)) {
	case 0:
		return anything();
	case 1:
		return RTOS_PAYLOAD_LEND(handle, random_below(3), 1 + random_below(8)) |
		       (random_below(2) == 0 ? RTOS_ANSWER_HANDLE | RTOS_ANSWER_REGION : 0);
	case 2:
		return RTOS_PAYLOAD_GIVE(handle);
	case 3:
		return RTOS_PAYLOAD_HANDLE(handle) | RTOS_ANSWER_HANDLE;
	case 4:
		return RTOS_ACCEPT_HANDLE | RTOS_ACCEPT_REGION | RTOS_ACCEPT_PAGES(handle);
	default:
		return 0;
	}
}

/* Calls that end their caller, or let it wait for ever, are rare. */
static uint64_t number(void)
{
	const uint64_t any = random_below(72);
	const bool ends = any == RTOS_EXIT || any == RTOS_PROCESS_KILL || any == RTOS_THREAD_END;

	return ends && random_below(400) != 0 ? (uint64_t)RTOS_CALL : any;
}

static _Noreturn void attack(uint64_t unused);

/* One more of these: where it begins somewhere, its process ends soon. */
static void place_thread(struct test_call *call)
{
	call->x[0] = (uint64_t)attack;
	call->x[1] = STACK_TOP - random_below(THREADS) * STACK_STEP;
	call->x[3] = RTOS_THREAD(random_below(TEST_PRIORITY), random_below(cpus), 0);
}

static _Noreturn void attack(uint64_t unused)
{
	struct test_call call = {.x = {0}};

	(void)unused;
	for (;;) {
		for (uint32_t i = 0; i < 8; i++)
			call.x[i] = anything();
		call.x[8] = number();
		call.x[9] = random_below(10) == 0 ? anything() : random_below(24);
		call.x[10] = random_below(8) == 0 ? anything() : test_now() + random_below(5000);
		call.x[11] = along();
		if (call.x[8] == RTOS_THREAD_CREATE && random_below(100) != 0)
			place_thread(&call);
		test_svc(&call);
	}
}

static void attackers(uint64_t seed)
{
	random_state = seed;
	for (uint64_t i = 1; i < THREADS; i++)
		test_do(RTOS_THREAD_CREATE, 0, (uint64_t)attack, STACK_TOP - i * STACK_STEP, i,
		        RTOS_THREAD(1 + i, i % cpus, 0), 0, NULL);
	attack(0);
}

/* ---- their handles ---- */

static rtos_handle_t shared[] = {0, 0, 0, 0, 0};

static void share(void)
{
	static const struct {
		enum rtos_call number;
		uint64_t x0;
	} made[] = {{RTOS_PORT_CREATE, 0},
	            {RTOS_PORT_CREATE, 1},
	            {RTOS_NOTIFICATION_CREATE, 0},
	            {RTOS_LOCK_CREATE, 0},
	            {RTOS_REGION_CREATE, 5}};

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		shared[i] = (rtos_handle_t)test_must(made[i].number, 0, made[i].x0, 0, 0, 0, 0);
}

/* Less urgent than the thread that ends it. */
static rtos_handle_t child(void)
{
	rtos_handle_t process = (rtos_handle_t)test_must(RTOS_PROCESS_CREATE, RTOS_HANDLE_MACHINE,
	                                                 1, TEST_PRIORITY - 1, 0x656c747369, 0, 0);

	test_must(RTOS_PROCESS_PAGES, process, PAGES, 0, 0, 0, 0);
	test_process_fill(process);
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		test_give(process, shared[i], RTOS_RIGHTS_ALL, 0, 0);
	return process;
}

/* A program that runs already may have killed it, or used up its memory. */
static void set_going(rtos_handle_t process, uint64_t index)
{
	uint64_t thread;

	if (test_do(RTOS_THREAD_CREATE, process, (uint64_t)attackers, STACK_TOP,
	            random_below(1 << 20), RTOS_THREAD(1, index % cpus, 0), 0, &thread) == RTOS_OK)
		test_must(RTOS_HANDLE_CLOSE, (rtos_handle_t)thread, 0, 0, 0, 0, 0);
}

static void one_round(void)
{
	rtos_handle_t children[CHILDREN];

	share();
	for (uint32_t i = 0; i < CHILDREN; i++)
		children[i] = child();
	for (uint32_t i = 0; i < CHILDREN * CHILDREN; i++)
		test_give(children[i / CHILDREN], children[i % CHILDREN], RTOS_RIGHTS_ALL, 0, 0);
	for (uint32_t i = 0; i < CHILDREN; i++)
		set_going(children[i], i);
	test_sleep(2000);
	for (uint32_t i = 0; i < CHILDREN; i++)
		test_must(RTOS_PROCESS_KILL, children[i], 0, 0, 0, 0, 0);
	for (uint32_t i = 0; i < CHILDREN; i++)
		test_must(RTOS_PROCESS_REAP, children[i], 0, 0, 0, 0, 0);
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		test_do(RTOS_DESTROY, shared[i], 0, 0, 0, 0, 0, NULL);
}

static void test_anything(void)
{
	random_state = 1;
	cpus = test_start->cpus;
	for (uint32_t i = 0; i < ROUNDS; i++)
		one_round();
}

static const struct test_case cases[] = {{"anything", test_anything, 1}};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
