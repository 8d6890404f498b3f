/*
 * Measures from a timer's deadline, and from a device's line (the PL031's alarm), to the first
 * instruction of a driver's thread in a process of its own. The CPU is idle, or a less urgent
 * process computes.
 */
#include <bench/stamp.h>
#include <test/rtos.h>

#define LESS_URGENT   (TEST_PRIORITY - 50)
#define TIMER_SAMPLES 1000
#define LINE_SAMPLES  50
#define SECOND        1000000000ULL
#define BEFORE        30000 /* nanoseconds that the CPU is already busy at the alarm */

/* The PL031 of QEMU's virt. */
#define RTC_PLACE     0x9010000
#define RTC_INTERRUPT 34
#define RTC_ADDRESS   0x40000000ULL
enum { RTC_DR = 0, RTC_MR = 4, RTC_IMSC = 16, RTC_ICR = 28 };

#define CHILD_PORT      10
#define CHILD_BITS      11
#define CHILD_INTERRUPT 12

/* What the less urgent process does while the thread waits. */
enum beneath { IDLE, BUSY };

static rtos_handle_t port, go;
static volatile enum beneath beneath;
static volatile bool stop;

/* The less urgent process: when it is told, it works until `stop`. */
static void work(uint64_t unused)
{
	(void)unused;
	for (;;) {
		test_wait(go, 0);
		while (!stop)
			continue;
	}
}

/* Runs in the driver's process. Each time it tells the deadline and the instant. */
static void sleep_often(uint64_t unused)
{
	static struct stamp_call call;

	(void)unused;
	for (;;) {
		uint64_t deadline = test_now() + 1500 + stamp_random(500);
		struct test_call told = {.x = {0}};

		call.x[8] = RTOS_WAIT;
		call.x[9] = 0;
		call.x[10] = deadline;
		stamp_svc(&call);
		told.x[0] = stamp_came(&call);
		told.x[1] = stamp_of_counter(deadline);
		told.x[8] = RTOS_CALL;
		told.x[9] = CHILD_PORT;
		test_svc(&told);
	}
}

static void serve_line(uint64_t unused)
{
	static struct stamp_call call;

	(void)unused;
	for (;;) {
		call.x[8] = RTOS_WAIT;
		call.x[9] = CHILD_BITS;
		call.x[10] = 0;
		stamp_svc(&call);
		*(volatile uint32_t *)(RTC_ADDRESS + RTC_ICR) = 1;
		test_do(RTOS_INTERRUPT_DONE, CHILD_INTERRUPT, 0, 0, 0, 0, 0, NULL);
		test_ask(CHILD_PORT, stamp_came(&call), 0, NULL);
	}
}

/* Lets the less urgent process work until the driver's message comes; `told` gets it. */
static void await(struct test_call *told)
{
	stop = false;
	if (beneath != IDLE)
		test_must(RTOS_SIGNAL, go, 0, 0, 0, 0, 0);
	TEST_EQUAL(test_receive(port, 0, told), RTOS_OK);
	stop = true;
}

static void measure_timer(const char *name, enum beneath what)
{
	struct test_call told;

	beneath = what;
	for (uint32_t i = 0; i < TIMER_SAMPLES; i++) {
		await(&told);
		stamp_sample(told.x[1], told.x[0]);
		test_answer(&told);
	}
	stamp_report(name);
}

static void measure_line(const char *name, enum beneath what)
{
	volatile uint32_t *rtc = (volatile uint32_t *)RTC_ADDRESS;
	struct test_call told;

	beneath = what;
	for (uint32_t i = 0; i < LINE_SAMPLES; i++) {
		/* The line rises a whole number of seconds after the store. */
		uint64_t alarm = stamp_store(RTC_ADDRESS + RTC_MR, rtc[RTC_DR / 4] + 1) + SECOND;

		test_wait(0, test_now() + (SECOND - BEFORE - stamp_random(1000)) / 16);
		await(&told);
		stamp_sample(alarm, told.x[0]);
		test_answer(&told);
	}
	stamp_report(name);
}

static rtos_handle_t driver(void)
{
	rtos_handle_t process = test_process(64);

	test_give(process, port, RTOS_RIGHT_CALL, 0, CHILD_PORT);
	return process;
}

static void end(rtos_handle_t process)
{
	test_must(RTOS_PROCESS_KILL, process, 0, 0, 0, 0, 0);
	test_process_end(process);
}

static void measure_timers(void)
{
	rtos_handle_t process = driver();

	test_process_run(process, sleep_often, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	measure_timer("irq.thread.idle", IDLE);
	measure_timer("irq.thread.busy", BUSY);
	end(process);
}

static void measure_lines(void)
{
	const uint32_t rights = RTOS_RIGHT_READ | RTOS_RIGHT_WRITE;
	rtos_handle_t process = driver();
	rtos_handle_t bits = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t rtc = (rtos_handle_t)test_must(RTOS_REGION_DEVICE, RTOS_HANDLE_MACHINE,
	                                             RTC_PLACE, 1, 0, 0, 0);
	rtos_handle_t line = (rtos_handle_t)test_must(RTOS_INTERRUPT_CREATE, RTOS_HANDLE_MACHINE,
	                                              RTC_INTERRUPT, bits, 1, 0, 0);

	test_must(RTOS_MAP, rtc, RTC_ADDRESS, 0, 1, rights, 0);
	test_must(RTOS_MAP, rtc, RTC_ADDRESS, 0, 1, rights, process);
	test_give(process, bits, RTOS_RIGHT_WAIT, 0, CHILD_BITS);
	test_give(process, line, RTOS_RIGHT_USE, 0, CHILD_INTERRUPT);
	test_process_run(process, serve_line, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	((volatile uint32_t *)RTC_ADDRESS)[RTC_IMSC / 4] = 1;
	measure_line("irq.thread.idle.line", IDLE);
	measure_line("irq.thread.busy.line", BUSY);
	end(process);
}

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	stamp_begin(start);
	port = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	go = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	test_thread(work, 0, RTOS_THREAD(LESS_URGENT, 0, 0));
	measure_timers();
	measure_lines();
	stamp_done();
}
