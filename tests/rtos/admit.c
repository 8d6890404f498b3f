/*
 * The right to call at a port and to answer: bars, epochs, blame, and the numbers that name a call
 * (docs/reference/rtos-messages.md).
 */
#include <test/rtos.h>

#define BADGE 5u
#define OTHER 6u
#define KIND  7u

/* A handle on the port for a caller with this badge. */
static rtos_handle_t caller_of(rtos_handle_t port, uint32_t badge)
{
	return (rtos_handle_t)test_must(RTOS_HANDLE_GIVE, 0, port, RTOS_RIGHT_CALL, badge, 0, 0);
}

static void caller_close(rtos_handle_t caller)
{
	test_must(RTOS_HANDLE_CLOSE, caller, 0, 0, 0, 0, 0);
}

/* A call that nobody answers: made, it times out. */
static enum rtos_status call(rtos_handle_t caller, uint64_t word)
{
	return test_ask(caller, word, test_in(1), NULL);
}

static void bar(rtos_handle_t port, uint32_t badge, uint64_t word, uint64_t until)
{
	test_must(RTOS_PORT_BAR, port, badge, word, until, 0, 0);
}

static struct test_asked asked[3];

static void start_asking(uint32_t number, rtos_handle_t port, uint64_t word)
{
	asked[number] =
	    (struct test_asked){.port = port, .number = RTOS_CALL, .word = word, .along = 0};
	test_start_asking(&asked[number]);
}

/* ---- bars ---- */

/* Shows: rtos.guilt. */
static void test_bars(void)
{
	const rtos_handle_t port = test_port();
	const rtos_handle_t guilty = caller_of(port, BADGE), other = caller_of(port, OTHER);
	const uint64_t later = test_in(TEST_LONG);

	bar(port, BADGE, KIND, later);
	TEST_EQUAL(call(guilty, KIND), RTOS_SET_ASIDE);
	TEST_EQUAL(test_do(RTOS_SEND, guilty, KIND, 0, 0, 0, 0, NULL), RTOS_SET_ASIDE);
	TEST_EQUAL(call(guilty, KIND + 1), RTOS_TIMED_OUT);
	TEST_EQUAL(call(other, KIND), RTOS_TIMED_OUT);
	bar(port, BADGE, 9ULL << 56 | 3, later);
	TEST_EQUAL(call(guilty, 9ULL << 56 | 4), RTOS_SET_ASIDE); /* the highest byte is the kind */
	TEST_EQUAL(call(guilty, KIND), RTOS_SET_ASIDE);
	TEST_EQUAL(call(guilty, KIND + 1), RTOS_TIMED_OUT);
	bar(port, BADGE, 1, later); /* one more than fit */
	TEST_EQUAL(call(guilty, KIND + 1), RTOS_SET_ASIDE);
	TEST_EQUAL(call(other, KIND), RTOS_TIMED_OUT);
	bar(port, 0, 0, 0);
	TEST_EQUAL(call(guilty, KIND), RTOS_TIMED_OUT);
	caller_close(guilty);
	caller_close(other);
	test_destroy(port);
}

/* The bar that ends first gives way to another caller's; and each of them ends. */
static void test_bars_end(void)
{
	const rtos_handle_t port = test_port();
	const rtos_handle_t guilty = caller_of(port, BADGE), other = caller_of(port, OTHER);
	const uint64_t later = test_in(TEST_LONG);

	bar(port, BADGE, KIND, later);
	bar(port, BADGE + 2, KIND, later + 1);
	bar(port, OTHER, KIND, later);
	TEST_EQUAL(call(guilty, KIND), RTOS_TIMED_OUT);
	TEST_EQUAL(call(other, KIND), RTOS_SET_ASIDE);
	bar(port, 0, 0, 0);
	bar(port, BADGE, KIND, test_in(2000));
	TEST_EQUAL(call(guilty, KIND), RTOS_SET_ASIDE);
	test_sleep(3000);
	TEST_EQUAL(call(guilty, KIND), RTOS_TIMED_OUT);
	caller_close(guilty);
	caller_close(other);
	test_destroy(port);
}

/* A call that waits already isn't delivered. */
static void test_bars_the_queue(void)
{
	const rtos_handle_t port = test_port();
	const rtos_handle_t guilty = caller_of(port, BADGE), other = caller_of(port, OTHER);
	struct test_call message;

	start_asking(0, guilty, KIND);
	start_asking(1, other, KIND);
	bar(port, BADGE, KIND, test_in(TEST_LONG));
	TEST_EXPECT(!asked[0].done);
	TEST_EQUAL(test_receive(port, 0, &message), RTOS_OK);
	TEST_EQUAL(message.x[9], OTHER);
	TEST_EXPECT(asked[0].done && asked[0].answer.x[8] == RTOS_SET_ASIDE);
	TEST_EQUAL(test_answer(&message), RTOS_OK);
	test_settle();
	TEST_EXPECT(asked[1].done && asked[1].answer.x[8] == RTOS_OK);
	caller_close(guilty);
	caller_close(other);
	test_destroy(port);
}

/* ---- epochs ---- */

static uint64_t epoch_of(rtos_handle_t handle)
{
	struct test_call info = {.x = {[8] = RTOS_HANDLE_INFO, [9] = handle}};

	test_svc(&info);
	TEST_EQUAL(info.x[8], RTOS_OK);
	return info.x[3];
}

/* Each named caller is told once, whichever way it is told. Shows: rtos.epoch. */
static void test_epochs(void)
{
	const rtos_handle_t port = test_port();
	const rtos_handle_t first = caller_of(port, BADGE), second = caller_of(port, OTHER);
	const rtos_handle_t unnamed = caller_of(port, OTHER + 1);

	TEST_EQUAL(epoch_of(first), 0);
	TEST_EQUAL(test_must(RTOS_PORT_EPOCH, port, 1U << BADGE | 1U << OTHER, 0, 0, 0, 0), 1);
	TEST_EQUAL(epoch_of(first), 1);
	TEST_EQUAL(call(first, 1), RTOS_NEW_EPOCH);
	TEST_EQUAL(call(first, 1), RTOS_TIMED_OUT);
	TEST_EQUAL(call(unnamed, 1), RTOS_TIMED_OUT);
	TEST_EQUAL(test_must(RTOS_PORT_EPOCH, port, 1U << BADGE, 0, 0, 0, 0), 2);
	TEST_EQUAL(test_do(RTOS_SEND, second, 1, 0, 0, 0, 0, NULL), RTOS_NEW_EPOCH);
	TEST_EQUAL(call(second, 1), RTOS_TIMED_OUT);
	TEST_EQUAL(call(first, 1), RTOS_NEW_EPOCH);
	TEST_EQUAL(call(first, 1), RTOS_TIMED_OUT);
	caller_close(first);
	caller_close(second);
	caller_close(unnamed);
	test_destroy(port);
}

/* A call that waits is from the old epoch; its caller isn't told again. One that was taken can be
 * answered still. */
static void test_open_calls(void)
{
	const rtos_handle_t port = test_port();
	const rtos_handle_t first = caller_of(port, BADGE), second = caller_of(port, OTHER);
	struct test_call message, none;

	start_asking(0, first, 1);
	TEST_EQUAL(test_receive(port, 0, &message), RTOS_OK);
	start_asking(1, second, 2);
	test_must(RTOS_PORT_EPOCH, port, 1U << BADGE | 1U << OTHER, 0, 0, 0, 0);
	TEST_EQUAL(test_answer(&message), RTOS_OK);
	TEST_EXPECT(asked[0].done && asked[0].answer.x[8] == RTOS_OK);
	TEST_EQUAL(test_receive(port, test_in(1), &none), RTOS_TIMED_OUT);
	TEST_EXPECT(asked[1].done && asked[1].answer.x[8] == RTOS_NEW_EPOCH);
	TEST_EQUAL(call(second, 1), RTOS_TIMED_OUT);
	caller_close(first);
	caller_close(second);
	test_destroy(port);
}

/* ---- blame ---- */

static void serve_badly(uint64_t unused)
{
	struct test_call message;

	(void)unused;
	test_receive(TEST_CHILD_PORT, 0, &message);
	__asm__ volatile("str xzr, [%0]" ::"r"(0x10UL) : "memory"); /* nothing is there */
}

static struct test_call blamed(rtos_handle_t port, rtos_handle_t process, uint64_t behind)
{
	struct test_call look = {.x = {process, behind, [8] = RTOS_BLAMED, [9] = port}};

	test_svc(&look);
	return look;
}

/* Shows: kernel.blame. */
static void test_blamed(void)
{
	const rtos_handle_t port = test_port(), other = test_port();
	const rtos_handle_t caller = caller_of(port, BADGE);
	rtos_handle_t server = test_server(port, serve_badly, 0);
	struct test_call look = blamed(port, server, 0);

	TEST_EQUAL(look.x[8], RTOS_BUSY);
	for (uint64_t ends = 1; ends <= RTOS_BLAME_DEFAULT; ends++) {
		if (ends == 1)
			start_asking(0, caller, KIND);
		test_settle();
		look = blamed(port, server, 0);
		TEST_EQUAL(look.x[8], RTOS_OK);
		TEST_EXPECT(look.x[0] != 0 && look.x[1] == BADGE && look.x[2] == KIND);
		TEST_EQUAL(look.x[3], ends);
		TEST_EQUAL(look.x[4], RTOS_BLAME_DEFAULT);
		TEST_EQUAL(blamed(port, server, look.x[0]).x[0], 0);
		TEST_EQUAL(blamed(other, server, 0).x[0], 0);
		TEST_EQUAL(test_process_end(server), RTOS_PROCESS_FAULTED);
		server = test_server(port, serve_badly, 0);
	}
	test_settle();
	TEST_EXPECT(asked[0].done && asked[0].answer.x[8] == RTOS_SET_ASIDE);
	test_process_kill(server);
	caller_close(caller);
	test_destroy(port);
	test_destroy(other);
}

/* ---- charged CPU time ---- */

static struct test_call computed(void)
{
	struct test_call look = {
	    .x = {RTOS_OLDEST_COMPUTED, [8] = RTOS_OLDEST, [9] = RTOS_HANDLE_PROCESS}};

	test_svc(&look);
	TEST_EQUAL(look.x[8], RTOS_OK);
	return look;
}

/* Only a call that a running thread serves, and the time of that thread; a parked one isn't.
 * Shows: kernel.oldest. */
static void test_computed(void)
{
	const rtos_handle_t port = test_port();
	struct test_call first, second, none;
	uint64_t time;

	TEST_EQUAL(computed().x[0], 0);
	start_asking(0, port, 1);
	start_asking(1, port, 2);
	TEST_EQUAL(test_receive(port, 0, &first), RTOS_OK);
	TEST_EQUAL(computed().x[0], first.x[12]);
	TEST_EQUAL(computed().x[5], first.x[12]);
	time = computed().x[4];
	TEST_EXPECT(time > 0 && computed().x[4] > time);
	TEST_EQUAL(test_receive(port, 0, &second), RTOS_OK);
	TEST_EQUAL(computed().x[0], second.x[12]);
	TEST_EQUAL(test_receive(port, test_in(1), &none), RTOS_TIMED_OUT);
	TEST_EQUAL(computed().x[0], 0); /* both are parked */
	TEST_EQUAL(computed().x[5], second.x[12]);
	TEST_EQUAL(test_answer(&first), RTOS_OK);
	TEST_EQUAL(test_answer(&second), RTOS_OK);
	test_settle();
	test_destroy(port);
}

/* ---- the numbers that name a call ---- */

/* For the call in hand, the identity is enough; for a parked one, and to give a call back, both
 * numbers must fit. Numbers that don't fit answer no call. Shows: kernel.messages. */
static void test_tokens(void)
{
	const rtos_handle_t port = test_port();
	struct test_call parked, held, wrong;

	for (uint32_t i = 0; i < 3; i++)
		start_asking(i, port, i);
	TEST_EQUAL(test_receive(port, 0, &parked), RTOS_OK);
	TEST_EQUAL(test_receive(port, 0, &held), RTOS_OK);
	wrong = parked;
	wrong.x[13] = held.x[13];
	TEST_EQUAL(test_answer(&wrong), RTOS_GONE);
	wrong = held;
	wrong.x[13] = parked.x[13];
	TEST_EQUAL(test_give_back(&wrong), RTOS_GONE);
	wrong.x[12] = held.x[12] + 100;
	TEST_EQUAL(test_answer(&wrong), RTOS_GONE);
	TEST_EXPECT(!asked[0].done && !asked[1].done);
	wrong = held;
	wrong.x[13] = ~0ULL;
	TEST_EQUAL(test_answer(&wrong), RTOS_OK);
	test_sleep(1000); /* it is lent the third one's priority, and doesn't settle */
	TEST_EQUAL(held.x[0], 1);
	TEST_EXPECT(asked[1].done);
	TEST_EQUAL(asked[1].answer.x[8], RTOS_OK);
	/* Answering and waiting takes a wrong identity for none; the call in hand is parked. */
	TEST_EQUAL(test_receive(port, 0, &held), RTOS_OK);
	wrong = (struct test_call){.x = {[8] = RTOS_REPLY_WAIT,
	                                 [9] = port,
	                                 [10] = 1,
	                                 [12] = held.x[12] + 100,
	                                 [13] = held.x[13]}};
	test_svc(&wrong);
	TEST_EQUAL(wrong.x[8], RTOS_TIMED_OUT);
	TEST_EXPECT(!asked[0].done && !asked[2].done);
	TEST_EQUAL(test_answer(&parked), RTOS_OK);
	TEST_EQUAL(test_answer(&held), RTOS_OK);
	test_settle();
	TEST_EXPECT(asked[0].done && asked[2].done);
	test_destroy(port);
}

/* ---- rights ---- */

static void test_rights(void)
{
	static const enum rtos_call calls[] = {RTOS_PORT_BAR, RTOS_PORT_EPOCH, RTOS_BLAMED};
	const rtos_handle_t port = test_port();
	const rtos_handle_t caller = caller_of(port, BADGE);

	for (uint32_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		TEST_EQUAL(test_do(calls[i], caller, 0, 0, 0, 0, 0, NULL), RTOS_DENIED);
		TEST_EQUAL(test_do(calls[i], RTOS_HANDLE_MACHINE, 0, 0, 0, 0, 0, NULL),
		           RTOS_BAD_HANDLE);
	}
	TEST_EQUAL(test_do(RTOS_PORT_BAR, port, 1ULL << 32, 0, 0, 0, 0, NULL), RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_do(RTOS_BLAMED, port, caller, 0, 0, 0, 0, NULL), RTOS_BAD_HANDLE);
	TEST_EQUAL(test_do(RTOS_BLAMED, port, 0, 0, 0, 0, 0, NULL), RTOS_BUSY);
	caller_close(caller);
	test_destroy(port);
}

static const struct test_case cases[] = {
    {"bars", test_bars, 1},
    {"bars-end", test_bars_end, 1},
    {"queue", test_bars_the_queue, 1},
    {"epochs", test_epochs, 1},
    {"open", test_open_calls, 1},
    {"blamed", test_blamed, 1},
    {"computed", test_computed, 1},
    {"tokens", test_tokens, 1},
    {"rights", test_rights, 1},
};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
