/* The kernel's objects and calls, looked at by a program that has all rights. */
#include <test/rtos.h>

/* ---- start, handles, arguments ---- */

static void test_told(void)
{
	const struct rtos_image *image = (const struct rtos_image *)test_start->image;

	TEST_EQUAL(test_start->magic, RTOS_START_MAGIC);
	TEST_EQUAL(test_start->revision, RTOS_CALL_REVISION);
	TEST_EXPECT(test_start->cpus >= 1 && test_start->cpus <= RTOS_CPUS_MAX);
	TEST_EQUAL(image->magic, RTOS_IMAGE_MAGIC);
	TEST_EQUAL(*(const uint32_t *)test_start->tree, 0xedfe0dd0);
	TEST_EXPECT(test_start->counter_hz >= 1000000);
	TEST_EXPECT(test_start->first_counter < test_start->ready_counter);
	TEST_EXPECT(test_start->ready_counter < test_now());
}

static void test_no_calls(void)
{
	static const uint64_t numbers[] = {12, 15, 63, 64, 1000, ~0ULL, 1ULL << 32};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct test_call call = {.x = {1, 2, 3, 4, 5, 6, 7, 8, numbers[i], 9, 10, 11}};

		test_svc(&call);
		TEST_EQUAL(call.x[8], RTOS_BAD_CALL);
		for (uint32_t j = 0; j < 8; j++)
			TEST_EQUAL(call.x[j], j + 1);
	}
}

/* Shows: kernel.handles. */
static void test_handles(void)
{
	rtos_handle_t port = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	struct test_call call = {.x = {0}};
	uint64_t weak;

	TEST_EQUAL(test_do(RTOS_RECEIVE, 0, 0, 0, 0, 0, 0, NULL), RTOS_BAD_HANDLE);
	TEST_EQUAL(test_do(RTOS_RECEIVE, 127, 0, 0, 0, 0, 0, NULL), RTOS_BAD_HANDLE);
	TEST_EQUAL(test_do(RTOS_RECEIVE, 128, 0, 0, 0, 0, 0, NULL), RTOS_BAD_HANDLE);
	TEST_EQUAL(test_do(RTOS_RECEIVE, ~0u, 0, 0, 0, 0, 0, NULL), RTOS_BAD_HANDLE);
	TEST_EQUAL(test_do(RTOS_SIGNAL, port, 0, 0, 0, 0, 0, NULL), RTOS_BAD_HANDLE);
	/* A weaker one, with a badge, that can't be made stronger or badged again. */
	weak = test_must(RTOS_HANDLE_GIVE, 0, port, RTOS_RIGHT_CALL | RTOS_RIGHT_GIVE, 77, 0, 0);
	call.x[8] = RTOS_HANDLE_INFO;
	call.x[9] = weak;
	test_svc(&call);
	TEST_EQUAL(call.x[0], RTOS_KIND_PORT);
	TEST_EQUAL(call.x[1], RTOS_RIGHT_CALL | RTOS_RIGHT_GIVE);
	TEST_EQUAL(call.x[2], 77);
	TEST_EQUAL(test_do(RTOS_RECEIVE, (rtos_handle_t)weak, 0, 0, 0, 0, 0, NULL), RTOS_DENIED);
	TEST_EQUAL(test_do(RTOS_DESTROY, (rtos_handle_t)weak, 0, 0, 0, 0, 0, NULL), RTOS_DENIED);
	TEST_EQUAL(test_do(RTOS_HANDLE_GIVE, 0, weak, RTOS_RIGHTS_ALL, 78, 0, 0, NULL),
	           RTOS_DENIED);
	TEST_EQUAL(test_do(RTOS_HANDLE_GIVE, 0, port, RTOS_RIGHTS_ALL, 0, weak, 0, NULL),
	           RTOS_BUSY);
	/* With the object, every handle on it goes. */
	test_must(RTOS_DESTROY, port, 0, 0, 0, 0, 0);
	TEST_EQUAL(test_do(RTOS_HANDLE_INFO, (rtos_handle_t)weak, 0, 0, 0, 0, 0, NULL),
	           RTOS_BAD_HANDLE);
	TEST_EQUAL(test_do(RTOS_HANDLE_CLOSE, port, 0, 0, 0, 0, 0, NULL), RTOS_BAD_HANDLE);
}

/* ---- notifications and time ---- */

/* Shows: kernel.notifications. */
static void test_notifications(void)
{
	rtos_handle_t bits = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t four =
	    (rtos_handle_t)test_must(RTOS_HANDLE_GIVE, 0, bits, RTOS_RIGHT_SIGNAL, 4, 0, 0);
	rtos_handle_t two =
	    (rtos_handle_t)test_must(RTOS_HANDLE_GIVE, 0, bits, RTOS_RIGHT_SIGNAL, 2, 0, 0);
	uint64_t before = test_now();

	TEST_EQUAL(test_wait(bits, 1), 0);
	test_must(RTOS_SIGNAL, four, 0, 0, 0, 0, 0);
	test_must(RTOS_SIGNAL, two, 0, 0, 0, 0, 0);
	test_must(RTOS_SIGNAL, two, 0, 0, 0, 0, 0);
	TEST_EQUAL(test_wait(bits, 0), 6);
	TEST_EQUAL(test_wait(bits, test_in(300)), 0);
	TEST_EXPECT(test_now() - before >= 300 * (test_start->counter_hz / 1000000));
	TEST_EQUAL(test_do(RTOS_WAIT, four, 0, 0, 0, 0, 0, NULL), RTOS_DENIED);
	test_must(RTOS_HANDLE_CLOSE, four, 0, 0, 0, 0, 0);
	test_must(RTOS_HANDLE_CLOSE, two, 0, 0, 0, 0, 0);
	test_must(RTOS_DESTROY, bits, 0, 0, 0, 0, 0);
}

static void set_timer(rtos_handle_t timer, uint64_t deadline, uint64_t period)
{
	struct test_call call = {.x = {period}};

	call.x[8] = RTOS_TIMER_SET;
	call.x[9] = timer;
	call.x[10] = deadline;
	test_svc(&call);
	TEST_EQUAL(call.x[8], RTOS_OK);
}

/* Shows: kernel.timers. */
static void test_timers(void)
{
	rtos_handle_t bits = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t timer = (rtos_handle_t)test_must(RTOS_TIMER_CREATE, bits, 8, 0, 0, 0, 0);
	uint64_t period = test_start->counter_hz / 2000, first = test_now() + period;

	set_timer(timer, first, period);
	for (uint64_t i = 0; i < 20; i++) {
		TEST_EQUAL(test_wait(bits, test_in(100000)), 8);
		TEST_EXPECT(test_now() >= first + i * period);
	}
	set_timer(timer, 0, 0);
	test_wait(bits, 1);
	TEST_EQUAL(test_wait(bits, test_in(2000)), 0);
	/* One that is over at once, and one that is destroyed while it runs. */
	set_timer(timer, 1, 0);
	TEST_EQUAL(test_wait(bits, test_in(100000)), 8);
	set_timer(timer, test_in(1000), period);
	test_must(RTOS_DESTROY, timer, 0, 0, 0, 0, 0);
	test_wait(bits, 1);
	TEST_EQUAL(test_wait(bits, test_in(2000)), 0);
	test_must(RTOS_DESTROY, bits, 0, 0, 0, 0, 0);
}

/* ---- threads ---- */

static volatile uint64_t order;

static void note(uint64_t number)
{
	order = order * 10 + number;
	test_thread_end();
}

/* Shows: kernel.priorities. */
static void test_priorities(void)
{
	order = 0;
	/* More urgent: at once. Less urgent: while this one sleeps, in their order. */
	test_thread(note, 1, RTOS_THREAD(TEST_PRIORITY - 2, 0, 0));
	test_thread(note, 2, RTOS_THREAD(TEST_PRIORITY - 1, 0, 0));
	test_thread(note, 3, RTOS_THREAD(TEST_PRIORITY - 1, 0, 0));
	test_thread(note, 4, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(order, 4);
	/* Of equal ones nobody runs before the others wait or yield. */
	test_thread(note, 5, RTOS_THREAD(TEST_PRIORITY, 0, 0));
	TEST_EQUAL(order, 4);
	test_must(RTOS_YIELD, 0, 0, 0, 0, 0, 0);
	TEST_EQUAL(order, 45);
	test_settle();
	TEST_EQUAL(order, 45231);
}

static volatile bool stop;

static void spin(uint64_t unused)
{
	(void)unused;
	while (!stop)
		__asm__ volatile("yield");
	order = 1;
	test_thread_end();
}

/* A thread that never gives up its CPU is preempted by a deadline; if not, this never ends.
 * Shows: kernel.priorities. */
static void test_preemption(void)
{
	stop = false;
	order = 0;
	test_thread(spin, 0, RTOS_THREAD(TEST_PRIORITY - 1, 0, 0));
	test_sleep(500);
	TEST_EQUAL(order, 0);
	stop = true;
	test_settle();
	TEST_EQUAL(order, 1);
}

/* ---- messages ---- */

static rtos_handle_t served;

/* Answers each word with one more; ends at 0. */
static void count_up(uint64_t unused)
{
	struct test_call call = {.x = {0}};

	(void)unused;
	call.x[8] = RTOS_RECEIVE;
	call.x[9] = served;
	for (;;) {
		test_svc(&call);
		if (call.x[8] != RTOS_OK || call.x[0] == 0)
			break;
		call.x[0]++;
		call.x[1] = call.x[9];
		call.x[8] = RTOS_REPLY_WAIT;
		call.x[9] = served;
		call.x[10] = 0;
	}
	test_answer(&call);
	test_thread_end();
}

/* Shows: kernel.messages. */
static void test_calls(void)
{
	rtos_handle_t badged;
	uint64_t answer;

	served = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	badged = (rtos_handle_t)test_must(RTOS_HANDLE_GIVE, 0, served, RTOS_RIGHT_CALL, 5, 0, 0);
	test_thread(count_up, 0, RTOS_THREAD(TEST_PRIORITY - 1, 0, 0));
	for (uint64_t i = 1; i < 100; i++) {
		struct test_call call = {.x = {i, 2, 3, 4, 5, 6, 7, 8, RTOS_CALL, badged}};

		test_svc(&call);
		TEST_EQUAL(call.x[8], RTOS_OK);
		TEST_EQUAL(call.x[0], i + 1);
		TEST_EQUAL(call.x[1], 5);
		for (uint32_t j = 2; j < 8; j++)
			TEST_EQUAL(call.x[j], j + 1);
	}
	TEST_EQUAL(test_ask(served, 0, 0, &answer), RTOS_OK);
	test_settle();
	test_must(RTOS_HANDLE_CLOSE, badged, 0, 0, 0, 0, 0);
	test_must(RTOS_DESTROY, served, 0, 0, 0, 0, 0);
}

/* Time-outs on either side; an answer to nobody; a call that was made up. */
static void ask_late(uint64_t deadline)
{
	order = test_ask(served, 5, deadline, NULL);
	test_thread_end();
}

/* Taken before its caller's time is over; longer times for a machine that stands still meanwhile.
 */
static void take_late(struct test_call *call)
{
	for (uint64_t time = 1000;; time *= 2) {
		uint64_t deadline = test_in(time);

		order = ~0ULL;
		test_thread(ask_late, deadline, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
		if (test_receive(served, deadline, call) == RTOS_OK)
			return;
	}
}

/* Shows: kernel.timers, kernel.timeouts. */
static void test_timeouts(void)
{
	struct test_call call, wrong;

	served = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	TEST_EQUAL(test_ask(served, 1, 1, NULL), RTOS_TIMED_OUT);
	TEST_EQUAL(test_ask(served, 1, test_in(200), NULL), RTOS_TIMED_OUT);
	TEST_EQUAL(test_receive(served, 1, &call), RTOS_TIMED_OUT);
	TEST_EQUAL(test_receive(served, test_in(200), &call), RTOS_TIMED_OUT);
	take_late(&call);
	TEST_EQUAL(call.x[0], 5);
	TEST_EQUAL(call.x[10], 0);
	wrong = call;
	wrong.x[12]++;
	TEST_EQUAL(test_answer(&wrong), RTOS_GONE);
	while (order == ~0ULL)
		test_sleep(500);
	TEST_EQUAL(order, RTOS_TIMED_OUT);
	TEST_EQUAL(test_answer(&call), RTOS_GONE);
	for (uint64_t token = 0; token < 70000; token += 777) {
		wrong.x[13] = token;
		TEST_EQUAL(test_answer(&wrong), RTOS_GONE);
	}
	wrong.x[13] = ~0ULL;
	TEST_EQUAL(test_answer(&wrong), RTOS_GONE);
	test_must(RTOS_DESTROY, served, 0, 0, 0, 0, 0);
}

/* Sends aren't answered; calls wait in the order of their callers' priorities. */
static void send(uint64_t word)
{
	test_do(RTOS_SEND, served, word, 0, 0, 0, 0, NULL);
	order = order * 10 + word;
	test_thread_end();
}

/* Shows: kernel.priorities, kernel.messages. */
static void test_sends(void)
{
	struct test_call call;
	static const uint64_t wanted[] = {3, 1, 2};

	served = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	order = 0;
	test_thread(send, 1, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	test_thread(send, 2, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	test_thread(send, 3, RTOS_THREAD(TEST_PRIORITY + 2, 0, 0));
	for (uint32_t i = 0; i < 3; i++) {
		TEST_EQUAL(test_receive(served, 0, &call), RTOS_OK);
		TEST_EQUAL(call.x[0], wanted[i]);
		TEST_EQUAL(call.x[13], 0);
		TEST_EQUAL(test_answer(&call), RTOS_GONE);
	}
	TEST_EQUAL(order, 312);
	test_must(RTOS_DESTROY, served, 0, 0, 0, 0, 0);
}

/*
 * A signal ends the receive of the thread that bound it, and goes before messages.
 * Shows: kernel.messages, kernel.notifications.
 */
static void test_bound(void)
{
	rtos_handle_t bits = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	rtos_handle_t timer = (rtos_handle_t)test_must(RTOS_TIMER_CREATE, bits, 16, 0, 0, 0, 0);
	struct test_call call;

	served = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	test_must(RTOS_THREAD_BIND, bits, 0, 0, 0, 0, 0);
	set_timer(timer, test_in(500), 0);
	TEST_EQUAL(test_receive(served, 0, &call), RTOS_SIGNALLED);
	TEST_EQUAL(call.x[0], 16);
	test_thread(send, 1, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	test_must(RTOS_SIGNAL, bits, 0, 0, 0, 0, 0);
	TEST_EQUAL(test_receive(served, 0, &call), RTOS_SIGNALLED);
	TEST_EQUAL(test_receive(served, 0, &call), RTOS_OK);
	TEST_EQUAL(test_receive(served, 1, &call), RTOS_TIMED_OUT);
	/*
	 * A thread that takes no messages for a while waits for the signal alone, and has it bound
	 * as before.
	 */
	set_timer(timer, test_in(500), 0);
	TEST_EQUAL(test_wait(bits, 0), 16);
	TEST_EQUAL(test_wait(bits, test_in(100)), 0);
	test_must(RTOS_SIGNAL, bits, 0, 0, 0, 0, 0);
	TEST_EQUAL(test_receive(served, 0, &call), RTOS_SIGNALLED);
	test_must(RTOS_THREAD_BIND, 0, 0, 0, 0, 0, 0);
	test_must(RTOS_DESTROY, timer, 0, 0, 0, 0, 0);
	test_must(RTOS_DESTROY, bits, 0, 0, 0, 0, 0);
	test_must(RTOS_DESTROY, served, 0, 0, 0, 0, 0);
}

/*
 * A thread of low priority serves; one of middle priority would keep it from the CPU; the caller
 * of high priority waits no longer than the service takes.
 */
static volatile bool hogging;

static void serve_slowly(uint64_t unused)
{
	struct test_call call;

	(void)unused;
	test_receive(served, 0, &call);
	call.x[8] = RTOS_REPLY_WAIT;
	call.x[9] = served;
	call.x[10] = 0;
	call.x[11] = 0;
	test_svc(&call);
	order = order * 10 + 2;
	test_answer(&call);
	test_thread_end();
}

/* Would run for ever if nobody were ahead of it. */
static void hog(uint64_t unused)
{
	(void)unused;
	hogging = true;
	while (!stop)
		__asm__ volatile("yield");
	order = order * 10 + 3;
	test_thread_end();
}

/* Shows: kernel.inheritance. */
static void test_inheritance(void)
{
	served = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
	order = 0;
	stop = hogging = false;
	test_thread(serve_slowly, 0, RTOS_THREAD(TEST_PRIORITY - 20, 0, 0));
	/* Answered once, it receives again before anybody else runs. */
	TEST_EQUAL(test_ask(served, 1, 0, NULL), RTOS_OK);
	test_thread(hog, 0, RTOS_THREAD(TEST_PRIORITY - 10, 0, 0));
	while (!hogging)
		test_sleep(500);
	TEST_EQUAL(test_ask(served, 1, test_in(TEST_LONG), NULL), RTOS_OK);
	order = order * 10 + 1;
	stop = true;
	test_settle();
	TEST_EQUAL(order, 213);
	test_must(RTOS_DESTROY, served, 0, 0, 0, 0, 0);
}

/* Shows: kernel.given-back. */
static void test_closed_ports(void)
{
	served = (rtos_handle_t)test_must(RTOS_PORT_CREATE, 0, 0, RTOS_PORT_CLOSED, 0, 0, 0);
	TEST_EQUAL(test_ask(served, 1, 0, NULL), RTOS_NO_SERVER);
	test_must(RTOS_PORT_CLOSE, served, 0, 0, 0, 0, 0);
	order = ~0ULL;
	test_thread(ask_late, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	test_must(RTOS_PORT_CLOSE, served, 1, 0, 0, 0, 0);
	TEST_EQUAL(order, RTOS_NO_SERVER);
	test_must(RTOS_PORT_CLOSE, served, 0, 0, 0, 0, 0);
	test_thread(ask_late, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	test_must(RTOS_DESTROY, served, 0, 0, 0, 0, 0);
	TEST_EQUAL(order, RTOS_GONE);
}

/*
 * Once each, one that is served and one that is parked; each comes again before later calls.
 * Shows: kernel.given-back.
 */
static void test_given_back(void)
{
	static struct test_asked asked[2];
	rtos_handle_t port = test_port();
	struct test_call first, second, again;

	for (uint64_t i = 0; i < 2; i++) {
		asked[i] = (struct test_asked){.port = port, .number = RTOS_CALL, .word = 10 + i};
		test_start_asking(&asked[i]);
	}
	TEST_EQUAL(test_receive(port, 0, &first), RTOS_OK);
	TEST_EQUAL(test_give_back(&first), RTOS_OK);
	TEST_EQUAL(test_give_back(&first), RTOS_GONE);
	TEST_EQUAL(test_answer(&first), RTOS_GONE);
	TEST_EQUAL(test_receive(port, 0, &again), RTOS_OK);
	TEST_EQUAL(again.x[12], first.x[12]);
	TEST_EQUAL(again.x[0], 10);
	TEST_EQUAL(again.x[10], 1);
	TEST_EQUAL(test_give_back(&again), RTOS_BUSY);
	TEST_EQUAL(test_receive(port, 0, &second), RTOS_OK);
	TEST_EQUAL(test_receive(port, 1, &first), RTOS_TIMED_OUT);
	TEST_EQUAL(test_give_back(&again), RTOS_BUSY);
	TEST_EQUAL(test_give_back(&second), RTOS_OK);
	TEST_EQUAL(test_receive(port, 0, &second), RTOS_OK);
	TEST_EQUAL(second.x[0], 11);
	TEST_EQUAL(second.x[10], 1);
	TEST_EQUAL(test_answer(&second), RTOS_OK);
	TEST_EQUAL(test_answer(&again), RTOS_OK);
	test_settle();
	for (uint64_t i = 0; i < 2; i++)
		TEST_EXPECT(asked[i].done && asked[i].answer.x[8] == RTOS_OK);
	test_destroy(port);
}

static const struct test_case cases[] = {
    {"told", test_told, 1},
    {"no-calls", test_no_calls, 1},
    {"handles", test_handles, 1},
    {"notifications", test_notifications, 1},
    {"timers", test_timers, 1},
    {"priorities", test_priorities, 1},
    {"preemption", test_preemption, 1},
    {"calls", test_calls, 1},
    {"timeouts", test_timeouts, 1},
    {"sends", test_sends, 1},
    {"bound", test_bound, 1},
    {"inheritance", test_inheritance, 1},
    {"closed-ports", test_closed_ports, 1},
    {"given-back", test_given_back, 1},
};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
