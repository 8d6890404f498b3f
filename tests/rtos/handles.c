/*
 * Handles that go along with messages.
 *
 * Shows: kernel.handle-goes-along.
 */
#include <test/rtos.h>

static rtos_handle_t bits_new(void)
{
	return (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
}

/* ---- handles ---- */

/* Signals what came along, and answers what kind and rights it has, and its badge. */
static void use_handle(uint64_t unused)
{
	struct test_call call, info;

	(void)unused;
	for (;;) {
		if (test_take(TEST_CHILD_PORT, 0, RTOS_ACCEPT_HANDLE, &call) != RTOS_OK)
			test_process_exit(1);
		info = (struct test_call){.x = {0}};
		info.x[8] = RTOS_HANDLE_INFO;
		info.x[9] = RTOS_PAYLOAD_NUMBER(call.x[11]);
		test_svc(&info);
		call.x[3] = test_do(RTOS_SIGNAL, (rtos_handle_t)info.x[9], 0, 0, 0, 0, 0, NULL);
		call.x[4] =
		    test_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)info.x[9], 0, 0, 0, 0, 0, NULL);
		for (uint32_t i = 0; i < 3; i++)
			call.x[i] = info.x[i];
		test_answer_with(&call, 0);
	}
}

static void test_handle_called(void)
{
	const uint32_t rights = RTOS_RIGHT_SIGNAL | RTOS_RIGHT_WAIT;
	rtos_handle_t port = test_port(), bits = bits_new();
	rtos_handle_t server = test_server(port, use_handle, 0);
	struct test_call call =
	    test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_HANDLE_AS(bits, rights, 4));

	TEST_EQUAL(call.x[8], RTOS_OK);
	TEST_EQUAL(call.x[0], RTOS_KIND_NOTIFICATION);
	TEST_EQUAL(call.x[1], rights);
	TEST_EQUAL(call.x[2], 4);
	TEST_EQUAL(call.x[3], RTOS_OK);
	TEST_EQUAL(call.x[4], RTOS_OK);
	TEST_EQUAL(call.x[11], 0);
	TEST_EQUAL(test_wait(bits, 1), 4);
	/* As it is, and narrowed to nothing that could signal. */
	call = test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_HANDLE(bits));
	TEST_EQUAL(call.x[1], RTOS_RIGHTS_ALL);
	TEST_EQUAL(test_wait(bits, 1), UINT32_MAX);
	call = test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_HANDLE_AS(bits, RTOS_RIGHT_WAIT, 0));
	TEST_EQUAL(call.x[3], RTOS_DENIED);
	test_process_kill(server);
	test_destroy(bits);
	test_destroy(port);
}

/* A handle that can't go along is refused at once, without a call. */
static void test_handle_wrong(void)
{
	rtos_handle_t port = test_port(), bits = bits_new();
	rtos_handle_t kept =
	    (rtos_handle_t)test_must(RTOS_HANDLE_GIVE, 0, bits, RTOS_RIGHT_SIGNAL, 3, 0, 0);
	rtos_handle_t badged =
	    (rtos_handle_t)test_must(RTOS_HANDLE_GIVE, 0, port, RTOS_RIGHTS_ALL, 3, 0, 0);
	struct test_call call;

	TEST_EQUAL(test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_HANDLE(100)).x[8], RTOS_BAD_HANDLE);
	TEST_EQUAL(test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_HANDLE(0)).x[8], RTOS_BAD_HANDLE);
	TEST_EQUAL(test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_HANDLE(60000)).x[8],
	           RTOS_BAD_HANDLE);
	TEST_EQUAL(test_carry(RTOS_SEND, port, 0, RTOS_PAYLOAD_HANDLE(kept)).x[8], RTOS_DENIED);
	TEST_EQUAL(
	    test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_HANDLE_AS(badged, RTOS_RIGHTS_ALL, 4)).x[8],
	    RTOS_DENIED);
	TEST_EQUAL(test_carry(RTOS_CALL, port, 0, 77).x[8], RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_carry(RTOS_SEND, port, 0, RTOS_ANSWER_HANDLE).x[8], RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_take(port, 1, 0, &call), RTOS_TIMED_OUT);
	test_must(RTOS_HANDLE_CLOSE, kept, 0, 0, 0, 0, 0);
	test_must(RTOS_HANDLE_CLOSE, badged, 0, 0, 0, 0, 0);
	test_destroy(bits);
	test_destroy(port);
}

/*
 * A receiver that takes no handle gets none, whether it waits or comes later. Calls that wait
 * behind go on.
 */
static void test_handle_unwanted(void)
{
	static struct test_asked first, second, third;
	rtos_handle_t port = test_port(), bits = bits_new();
	struct test_call call;

	first = (struct test_asked){
	    .port = port, .number = RTOS_CALL, .along = RTOS_PAYLOAD_HANDLE(bits)};
	second = (struct test_asked){
	    .port = port, .number = RTOS_SEND, .along = RTOS_PAYLOAD_HANDLE(bits)};
	third = (struct test_asked){.port = port, .number = RTOS_CALL, .word = 5};
	test_start_asking(&first);
	test_start_asking(&second);
	test_start_asking(&third);
	TEST_EQUAL(test_take(port, 0, RTOS_ACCEPT_REGION, &call), RTOS_OK);
	TEST_EQUAL(call.x[0], 5);
	TEST_EXPECT(first.done && second.done && !third.done);
	TEST_EQUAL(first.answer.x[8], RTOS_NO_ROOM);
	TEST_EQUAL(second.answer.x[8], RTOS_NO_ROOM);
	TEST_EQUAL(test_answer_with(&call, 0), RTOS_OK);
	TEST_EXPECT(third.done);
	/* The handle is closed while the call waits. */
	first.along =
	    test_must(RTOS_HANDLE_GIVE, 0, bits, RTOS_RIGHTS_ALL, 0, 0, 0) | RTOS_PAYLOAD_HANDLE(0);
	test_start_asking(&first);
	test_must(RTOS_HANDLE_CLOSE, RTOS_PAYLOAD_NUMBER(first.along), 0, 0, 0, 0, 0);
	TEST_EQUAL(test_take(port, 1, RTOS_ACCEPT_HANDLE, &call), RTOS_TIMED_OUT);
	TEST_EQUAL(first.answer.x[8], RTOS_BAD_HANDLE);
	test_destroy(bits);
	test_destroy(port);
}

/* Fills its table, then receives. */
static void take_without_room(uint64_t unused)
{
	struct test_call call;

	(void)unused;
	while (test_do(RTOS_HANDLE_GIVE, 0, TEST_CHILD_PORT, RTOS_RIGHTS_ALL, 0, 0, 0, NULL) ==
	       RTOS_OK)
		;
	test_process_exit(test_take(TEST_CHILD_PORT, 0, RTOS_ACCEPT_HANDLE, &call));
}

static void test_handle_no_room(void)
{
	rtos_handle_t port = test_port(), bits = bits_new();
	rtos_handle_t server = test_process(TEST_CHILD_PAGES);

	test_give(server, port, RTOS_RIGHT_RECEIVE | RTOS_RIGHT_GIVE, 0, TEST_CHILD_PORT);
	test_process_run(server, take_without_room, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(test_carry(RTOS_CALL, port, 0, RTOS_PAYLOAD_HANDLE(bits)).x[8], RTOS_NO_ROOM);
	TEST_EQUAL(test_carry(RTOS_SEND, port, 0, RTOS_PAYLOAD_HANDLE(bits)).x[8], RTOS_NO_ROOM);
	TEST_EQUAL(test_carry(RTOS_SEND, port, 0, 0).x[8], RTOS_OK);
	TEST_EQUAL(test_process_end(server), RTOS_PROCESS_EXITED);
	test_destroy(bits);
	test_destroy(port);
}

/*
 * A handle goes with an answer to a caller that takes it. A caller that doesn't still waits for
 * another answer.
 */
static void test_handle_answered(void)
{
	static struct test_asked asked;
	rtos_handle_t port = test_port(), bits = bits_new(), got;
	struct test_call call;

	asked = (struct test_asked){.port = port, .number = RTOS_CALL, .along = RTOS_ANSWER_HANDLE};
	test_start_asking(&asked);
	TEST_EQUAL(test_take(port, 0, 0, &call), RTOS_OK);
	TEST_EQUAL(test_answer_with(&call, RTOS_PAYLOAD_HANDLE(100)), RTOS_BAD_HANDLE);
	TEST_EQUAL(test_answer_with(&call, RTOS_PAYLOAD_HANDLE_AS(bits, RTOS_RIGHT_SIGNAL, 2)),
	           RTOS_OK);
	TEST_EXPECT(asked.done);
	TEST_EQUAL(asked.answer.x[8], RTOS_OK);
	TEST_EQUAL(RTOS_PAYLOAD_KIND(asked.answer.x[11]), RTOS_PAYLOAD_COPIES);
	got = RTOS_PAYLOAD_NUMBER(asked.answer.x[11]);
	test_must(RTOS_SIGNAL, got, 0, 0, 0, 0, 0);
	TEST_EQUAL(test_wait(bits, 1), 2);
	test_must(RTOS_HANDLE_CLOSE, got, 0, 0, 0, 0, 0);
	asked.along = 0;
	test_start_asking(&asked);
	TEST_EQUAL(test_take(port, 0, 0, &call), RTOS_OK);
	TEST_EQUAL(test_answer_with(&call, RTOS_PAYLOAD_HANDLE(bits)), RTOS_NO_ROOM);
	TEST_EXPECT(!asked.done);
	TEST_EQUAL(test_answer_with(&call, 0), RTOS_OK);
	TEST_EXPECT(asked.done);
	TEST_EQUAL(asked.answer.x[11], 0);
	test_destroy(bits);
	test_destroy(port);
}

/* Ends with the call in its hands. */
static void take_and_end(uint64_t unused)
{
	struct test_call call;

	(void)unused;
	test_take(TEST_CHILD_PORT, 0, RTOS_ACCEPT_HANDLE, &call);
	test_process_exit(call.x[11]);
}

/* The successor gets a copy of its own.
 * Shows: kernel.call-survives. */
static void test_handle_again(void)
{
	static struct test_asked asked;
	rtos_handle_t port = test_port(), bits = bits_new();
	rtos_handle_t server = test_server(port, take_and_end, 0);

	asked = (struct test_asked){
	    .port = port, .number = RTOS_CALL, .along = RTOS_PAYLOAD_HANDLE(bits)};
	test_start_asking(&asked);
	TEST_EQUAL(test_process_end(server), RTOS_PROCESS_EXITED);
	TEST_EXPECT(!asked.done);
	server = test_server(port, use_handle, 0);
	TEST_EXPECT(asked.done);
	TEST_EQUAL(asked.answer.x[0], RTOS_KIND_NOTIFICATION);
	TEST_EQUAL(asked.answer.x[3], RTOS_OK);
	TEST_EQUAL(test_wait(bits, 1), UINT32_MAX);
	test_process_kill(server);
	test_destroy(bits);
	test_destroy(port);
}

static const struct test_case cases[] = {
    {"handle-called", test_handle_called, 1},     {"handle-wrong", test_handle_wrong, 1},
    {"handle-unwanted", test_handle_unwanted, 1}, {"handle-no-room", test_handle_no_room, 1},
    {"handle-answered", test_handle_answered, 1}, {"handle-again", test_handle_again, 1},
};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
