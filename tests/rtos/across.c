/*
 * Across CPUs: interrupts that come on one and are done on another, and messages between all of
 * them, while less urgent threads keep each CPU busy, servers are killed and clients are moved.
 * With one CPU, everything is on it.
 */
#include <test/rtos.h>

/* ---- work that keeps the CPUs busy ---- */

static volatile bool rest;

static void spin(uint64_t unused)
{
	(void)unused;
	while (!rest)
		__asm__ volatile("yield");
	test_thread_end();
}

static void keep_busy(void)
{
	rest = false;
	for (uint32_t i = 0; i < test_start->cpus; i++)
		test_thread(spin, 0, RTOS_THREAD(TEST_PRIORITY - 10, i, 0));
}

/* ---- a device's line: the alarm of the PL031, which is at once if it is set to now ---- */

#define RTC_PLACE     0x9010000
#define RTC_INTERRUPT 34
#define RTC_ADDRESS   0x10180000ULL /* beside the stacks: there are tables */

enum { RTC_DR = 0, RTC_MR = 1, RTC_IMSC = 4, RTC_RIS = 5, RTC_ICR = 7 };
static volatile uint32_t *const rtc = (volatile uint32_t *)RTC_ADDRESS;

static rtos_handle_t rtc_region, line, line_bits, told;
static volatile uint64_t handled;

static void line_on(uint64_t cpu)
{
	line = (rtos_handle_t)test_must(RTOS_INTERRUPT_CREATE, RTOS_HANDLE_MACHINE, RTC_INTERRUPT,
	                                line_bits, 1, 0, cpu);
}

static void rtc_begin(void)
{
	rtc_region = (rtos_handle_t)test_must(RTOS_REGION_DEVICE, RTOS_HANDLE_MACHINE, RTC_PLACE, 1,
	                                      0, 0, 0);
	test_must(RTOS_MAP, rtc_region, RTC_ADDRESS, 0, 1, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0);
	line_bits = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtc[RTC_ICR] = 1;
	rtc[RTC_IMSC] = 1;
}

static void rtc_end(void)
{
	rtc[RTC_IMSC] = 0;
	test_destroy(line_bits);
	test_destroy(rtc_region);
}

/* Again if the second was over in between: then the alarm is far away. */
static void raise_line(void)
{
	const uint64_t before = handled;

	do
		rtc[RTC_MR] = rtc[RTC_DR];
	while (rtc[RTC_RIS] == 0 && handled == before);
}

/*
 * Like a driver. The interrupt is counted first, so that the raiser of the line sees either the
 * count or the line.
 */
static void drive(uint64_t rounds)
{
	while (rounds-- > 0) {
		test_wait(line_bits, 0);
		handled++;
		rtc[RTC_ICR] = 1;
		test_must(RTOS_INTERRUPT_DONE, line, 0, 0, 0, 0, 0);
		test_must(RTOS_SIGNAL, told, 0, 0, 0, 0, 0);
	}
	test_thread_end();
}

#define LINE_ROUNDS 12

/* The line's CPU and the driver's: each pair of neighbours. Each time it is raised, it is handled
 * once. */
static void drive_each(void)
{
	rtc_begin();
	told = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	for (uint32_t i = 0; i < test_start->cpus; i++) {
		handled = 0;
		line_on(i);
		test_thread(drive, LINE_ROUNDS,
		            RTOS_THREAD(TEST_PRIORITY + 1, (i + 1) % test_start->cpus, 0));
		for (uint64_t round = 1; round <= LINE_ROUNDS; round++) {
			raise_line();
			TEST_EQUAL(test_wait(told, 0), ~0u);
			TEST_EQUAL(handled, round);
		}
		test_destroy(line);
	}
	test_destroy(told);
	rtc_end();
}

/* Shows: kernel.drivers. */
static void test_lines(void)
{
	drive_each();
}

/* Shows: kernel.drivers. */
static void test_lines_busy(void)
{
	keep_busy();
	drive_each();
	rest = true;
}

/*
 * An interrupt doesn't come again until it is done; then events from meanwhile come.
 * Shows: kernel.drivers.
 */
static void test_not_done(void)
{
	rtc_begin();
	for (uint32_t i = 0; i < test_start->cpus; i++) {
		line_on(i);
		raise_line();
		TEST_EQUAL(test_wait(line_bits, 0), 1);
		TEST_EQUAL(test_wait(line_bits, test_in(300)), 0);
		rtc[RTC_ICR] = 1;
		raise_line();
		TEST_EQUAL(test_wait(line_bits, test_in(300)), 0);
		test_must(RTOS_INTERRUPT_DONE, line, 0, 0, 0, 0, 0);
		TEST_EQUAL(test_wait(line_bits, 0), 1);
		rtc[RTC_ICR] = 1;
		test_must(RTOS_INTERRUPT_DONE, line, 0, 0, 0, 0, 0);
		test_destroy(line);
	}
	rtc_end();
}

/* It goes before its CPU has heard that it is done, or without having been done, and is made anew
 * for the next CPU: where it comes as if nothing had been.
 * Shows: kernel.drivers. */
static void test_gone(void)
{
	rtc_begin();
	for (uint32_t i = 0; i < LINE_ROUNDS; i++) {
		line_on(i % test_start->cpus);
		raise_line();
		TEST_EQUAL(test_wait(line_bits, 0), 1);
		rtc[RTC_ICR] = 1;
		if (i % 4 != 3)
			test_must(RTOS_INTERRUPT_DONE, line, 0, 0, 0, 0, 0);
		test_destroy(line);
	}
	rtc_end();
}

/* ---- messages ---- */

#define CLIENTS     8 /* on as many CPUs as there are */
#define CALL_ROUNDS 20
#define KILLS       4

static rtos_handle_t ports[RTOS_CPUS_MAX], servers[RTOS_CPUS_MAX];
static uint32_t done, wrong, late;

/* Its number is in each answer. */
static void serve(uint64_t number)
{
	struct test_call call = {.x = {0}};

	call.x[8] = RTOS_RECEIVE;
	call.x[9] = TEST_CHILD_PORT;
	for (;;) {
		test_svc(&call);
		call.x[0] = 3 * call.x[0] + number;
		call.x[8] = RTOS_REPLY_WAIT;
		call.x[9] = TEST_CHILD_PORT;
		call.x[10] = 0;
		call.x[11] = 0;
	}
}

static void server_begin(uint32_t number)
{
	servers[number] = test_process(TEST_CHILD_PAGES);
	test_give(servers[number], ports[number], RTOS_RIGHT_RECEIVE, 0, TEST_CHILD_PORT);
	test_process_run(servers[number], serve, number, RTOS_THREAD(TEST_PRIORITY - 1, number, 0));
}

/* Each call's word is nobody else's, and all eight come back; some callers don't wait for long. */
static bool ask_once(uint64_t word, uint32_t server, uint64_t deadline)
{
	struct test_call call = {.x = {word, 2, 3, 4, 5, 6, 7, word, RTOS_CALL, ports[server]}};

	call.x[10] = deadline;
	test_svc(&call);
	if (call.x[8] == RTOS_TIMED_OUT && deadline != 0) {
		__atomic_add_fetch(&late, 1, __ATOMIC_RELAXED);
		return true;
	}
	return call.x[8] == RTOS_OK && call.x[0] == 3 * word + server && call.x[1] == 2 &&
	       call.x[7] == word;
}

static void ask_all(uint64_t client)
{
	for (uint64_t i = 0; i < CALL_ROUNDS; i++) {
		const uint32_t server = (uint32_t)(client + i) % test_start->cpus;

		if (!ask_once(client << 32 | i, server, i % 8 == 7 ? test_in(30) : 0))
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	}
	__atomic_add_fetch(&done, 1, __ATOMIC_RELEASE);
	test_thread_end();
}

/* The next one of `count`, in turn. */
static uint32_t next_of(uint32_t one, uint32_t count)
{
	return one + 1 < count ? one + 1 : 0;
}

/*
 * Until all clients have asked: servers end at any moment and get successors, and clients go to
 * another CPU if they can be moved just now.
 */
static void disturb(const rtos_handle_t *clients)
{
	uint32_t client = 0, server = 0;

	for (uint32_t round = 0; __atomic_load_n(&done, __ATOMIC_ACQUIRE) < CLIENTS; round++) {
		if (round < KILLS) {
			test_process_kill(servers[server]);
			server_begin(server);
		}
		server = next_of(server, test_start->cpus);
		test_do(RTOS_THREAD_SET, clients[client], RTOS_THREAD(TEST_PRIORITY - 2, server, 0),
		        0, 0, 0, 0, NULL);
		client = next_of(client, CLIENTS);
		test_sleep(1000);
	}
}

/* Shows: kernel.affinity, kernel.messages. */
static void test_messages(void)
{
	rtos_handle_t clients[CLIENTS] = {0};
	uint32_t cpu = 0;

	done = wrong = late = 0;
	for (uint32_t i = 0; i < test_start->cpus; i++) {
		ports[i] = test_port();
		server_begin(i);
	}
	keep_busy();
	for (uint32_t i = 0; i < CLIENTS; i++) {
		clients[i] = test_thread(ask_all, i + 1, RTOS_THREAD(TEST_PRIORITY - 2, cpu, 0));
		cpu = next_of(cpu, test_start->cpus);
	}
	disturb(clients);
	rest = true;
	TEST_EQUAL(wrong, 0);
	TEST_EXPECT(late <= CLIENTS * CALL_ROUNDS / 8);
	for (uint32_t i = 0; i < test_start->cpus; i++) {
		test_process_kill(servers[i]);
		test_destroy(ports[i]);
	}
}

static const struct test_case cases[] = {
    {"lines", test_lines, 1}, {"lines-busy", test_lines_busy, 1}, {"not-done", test_not_done, 1},
    {"gone", test_gone, 1},   {"messages", test_messages, 1},
};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
