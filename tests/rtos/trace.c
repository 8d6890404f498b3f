/*
 * The kernel's trace (docs/reference/rtos-servers.md): the right to have it, and its content.
 *
 * Shows: kernel.trace.
 */
#include <kumiki/rtos/trace.h>
#include <test/rtos.h>

#define RINGS 0x30100000ULL /* where test_all() has made tables */
#define PAGES 16            /* of the rings */

static rtos_handle_t pages_new(uint64_t pages)
{
	return (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, pages, RTOS_REGION_CONTIGUOUS, 0, 0,
	                                0);
}

static enum rtos_status trace_into(rtos_handle_t region)
{
	return test_do(RTOS_TRACE, RTOS_HANDLE_MACHINE, region, RTOS_TRACE_BEGIN, 0, 0, 0, NULL);
}

static enum rtos_status trace_no_more(rtos_handle_t region)
{
	return test_do(RTOS_TRACE, RTOS_HANDLE_MACHINE, region, RTOS_TRACE_END, 0, 0, 0, NULL);
}

/* ---- written events ---- */

static rtos_handle_t rings;

static void begin(void)
{
	rings = pages_new(PAGES);
	test_must(RTOS_MAP, rings, RINGS, 0, PAGES, RTOS_RIGHT_READ, 0);
	TEST_EQUAL(trace_into(rings), RTOS_OK);
}

static void stop(void)
{
	TEST_EQUAL(trace_no_more(rings), RTOS_OK);
}

static void end(void)
{
	test_destroy(rings);
}

static struct test_call state_of(uint64_t cpu)
{
	struct test_call call = {
	    .x = {cpu, rings, [8] = RTOS_TRACE_STATE, [9] = RTOS_HANDLE_MACHINE}};

	test_svc(&call);
	TEST_EQUAL(call.x[8], RTOS_OK);
	return call;
}

/* The events of a CPU, oldest first. */
struct reader {
	const struct trace_event *ring;
	uint64_t next, end, events;
};

static struct reader reader_of(uint64_t cpu)
{
	const struct test_call state = state_of(cpu);
	struct reader reader = {.end = state.x[0], .events = state.x[1]};

	reader.ring =
	    (const struct trace_event *)(RINGS + cpu * state.x[1] * sizeof(struct trace_event));
	reader.next = reader.end > reader.events ? reader.end - reader.events : 0;
	return reader;
}

static const struct trace_event *read_one(struct reader *reader)
{
	if (reader->next == reader->end)
		return NULL;
	return &reader->ring[reader->next++ % reader->events];
}

/* The next event of this type with this in its data; the reader stands behind it. */
static const struct trace_event *find(struct reader *reader, enum rtos_event type, uint32_t small,
                                      uint32_t rest)
{
	const struct trace_event *event;

	while ((event = read_one(reader)) != NULL)
		if (TRACE_TYPE(event) == type && RTOS_EVENT_SMALL(event->data) == small &&
		    RTOS_EVENT_REST(event->data) == rest)
			return event;
	test_say("no event of type %u\n", (uint64_t)type);
	test_failed(__FILE__, __LINE__, "the event is there");
	return NULL;
}

static const struct trace_event *find_type(struct reader *reader, enum rtos_event type)
{
	const struct trace_event *event;

	while ((event = read_one(reader)) != NULL)
		if (TRACE_TYPE(event) == type)
			return event;
	test_say("no event of type %u\n", (uint64_t)type);
	test_failed(__FILE__, __LINE__, "an event of that type is there");
	return NULL;
}

/* Of the next call that the tests make. */
static uint32_t next_call(void)
{
	rtos_handle_t port = test_port();
	struct test_call call = {.x = {[8] = RTOS_OLDEST, [9] = port}};

	test_svc(&call);
	test_destroy(port);
	return (uint32_t)call.x[1];
}

/* ---- the right to trace ---- */

static void test_refused(void)
{
	rtos_handle_t region = pages_new(4), other = pages_new(4), port = test_port();
	rtos_handle_t pieces = (rtos_handle_t)test_must(RTOS_REGION_CREATE, 0, 3, 0, 0, 0, 0);
	rtos_handle_t blind =
	    (rtos_handle_t)test_must(RTOS_HANDLE_GIVE, 0, RTOS_HANDLE_MACHINE,
	                             RTOS_RIGHTS_ALL & ~(uint32_t)RTOS_RIGHT_READ, 0, 0, 0);
	rtos_handle_t unwritten = (rtos_handle_t)test_must(
	    RTOS_HANDLE_GIVE, 0, region, RTOS_RIGHTS_ALL & ~(uint32_t)RTOS_RIGHT_WRITE, 0, 0, 0);

	TEST_EQUAL(test_do(RTOS_TRACE, blind, region, 1, 0, 0, 0, NULL), RTOS_DENIED);
	TEST_EQUAL(test_do(RTOS_TRACE, blind, region, 0, 0, 0, 0, NULL), RTOS_DENIED);
	TEST_EQUAL(test_do(RTOS_TRACE_STATE, blind, 0, region, 0, 0, 0, NULL), RTOS_DENIED);
	TEST_EQUAL(test_do(RTOS_TRACE_NAME, blind, 1, 0, 0, 0, 0, NULL), RTOS_DENIED);
	TEST_EQUAL(test_do(RTOS_TRACE, port, region, 1, 0, 0, 0, NULL), RTOS_BAD_HANDLE);
	TEST_EQUAL(trace_into(port), RTOS_BAD_HANDLE);
	TEST_EQUAL(trace_into(0), RTOS_BAD_HANDLE);
	TEST_EQUAL(trace_no_more(unwritten), RTOS_DENIED);
	TEST_EQUAL(test_do(RTOS_TRACE, RTOS_HANDLE_MACHINE, region, 2, 0, 0, 0, NULL),
	           RTOS_BAD_ARGUMENT);
	TEST_EQUAL(trace_into(unwritten), RTOS_DENIED);
	TEST_EQUAL(trace_into(pieces), RTOS_BAD_ARGUMENT);
	TEST_EQUAL(
	    test_do(RTOS_TRACE_STATE, RTOS_HANDLE_MACHINE, test_start->cpus, region, 0, 0, 0, NULL),
	    RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_do(RTOS_TRACE_NAME, RTOS_HANDLE_MACHINE, 256, 0, 0, 0, 0, NULL),
	           RTOS_BAD_ARGUMENT);
	TEST_EQUAL(test_do(RTOS_TRACE_NAME, RTOS_HANDLE_MACHINE, 255, 0, 0, 0, 0, NULL), RTOS_GONE);
	TEST_EQUAL(trace_into(region), RTOS_OK);
	TEST_EQUAL(trace_into(other), RTOS_BUSY);
	TEST_EQUAL(trace_no_more(other), RTOS_GONE);
	TEST_EQUAL(test_do(RTOS_TRACE_STATE, RTOS_HANDLE_MACHINE, 0, other, 0, 0, 0, NULL),
	           RTOS_GONE);
	TEST_EQUAL(test_do(RTOS_REGION_SEAL, region, 0, 0, 0, 0, 0, NULL), RTOS_BUSY);
	TEST_EQUAL(
	    test_do(RTOS_MAP, region, RINGS, 0, 4, RTOS_RIGHT_READ | RTOS_MAP_UNCACHED, 0, NULL),
	    RTOS_BUSY);
	TEST_EQUAL(trace_no_more(region), RTOS_OK);
	TEST_EQUAL(trace_no_more(region), RTOS_GONE);
	/* Its report of a trace stays until another trace begins. */
	TEST_EQUAL(test_do(RTOS_TRACE_STATE, RTOS_HANDLE_MACHINE, 0, region, 0, 0, 0, NULL),
	           RTOS_OK);
	TEST_EQUAL(trace_into(other), RTOS_OK);
	TEST_EQUAL(test_do(RTOS_TRACE_STATE, RTOS_HANDLE_MACHINE, 0, region, 0, 0, 0, NULL),
	           RTOS_GONE);
	TEST_EQUAL(trace_no_more(other), RTOS_OK);
	test_must(RTOS_REGION_SEAL, region, 0, 0, 0, 0, 0);
	TEST_EQUAL(trace_into(region), RTOS_BAD_ARGUMENT);
	test_must(RTOS_HANDLE_CLOSE, unwritten, 0, 0, 0, 0, 0);
	test_must(RTOS_HANDLE_CLOSE, blind, 0, 0, 0, 0, 0);
	test_destroy(pieces);
	test_destroy(other);
	test_destroy(region);
	test_destroy(port);
}

/* The region goes, in any way: nothing is written any more, and another program may trace. */
static void trace_in_child(uint64_t unused)
{
	(void)unused;
	test_process_exit(test_do(RTOS_TRACE, TEST_CHILD_PORT, pages_new(PAGES), 1, 0, 0, 0, NULL));
}

static void test_region_goes(void)
{
	rtos_handle_t process = test_process(TEST_CHILD_PAGES);
	rtos_handle_t region = pages_new(4);

	TEST_EQUAL(trace_into(region), RTOS_OK);
	test_destroy(region);
	test_give(process, RTOS_HANDLE_MACHINE, RTOS_RIGHT_READ, 0, TEST_CHILD_PORT);
	test_process_run(process, trace_in_child, 0, RTOS_THREAD(TEST_PRIORITY + 1, 0, 0));
	TEST_EQUAL(test_process_end(process), RTOS_PROCESS_EXITED);
	begin();
	stop();
	end();
}

/* ---- content ---- */

static void serve(uint64_t unused)
{
	struct test_call call;

	(void)unused;
	while (test_receive(TEST_CHILD_PORT, 0, &call) == RTOS_OK) {
		if (call.x[0] == 13 && call.x[10] == 0)
			__builtin_trap();
		test_answer(&call);
	}
}

static void test_a_call(void)
{
	rtos_handle_t port = test_port();
	rtos_handle_t process = test_server(port, serve, 0);
	const uint32_t number = next_call();
	uint64_t before, after, answer = 0, last;
	const struct trace_event *took;
	struct reader reader;

	begin();
	before = test_now();
	TEST_EQUAL(test_ask(port, 5, 0, &answer), RTOS_OK);
	after = test_now();
	stop();
	reader = reader_of(0);
	TEST_EQUAL(TRACE_VCPU(find(&reader, RTOS_EVENT_CALL, 0, number)), 1);
	took = find(&reader, RTOS_EVENT_TAKE, 0, number);
	TEST_EXPECT(TRACE_VCPU(took) > 1);
	last = TRACE_TIME(took);
	TEST_EXPECT(last >= before && last <= after);
	TEST_EQUAL(TRACE_VCPU(find_type(&reader, RTOS_EVENT_SWITCH)), TRACE_VCPU(took));
	TEST_EQUAL(TRACE_VCPU(find(&reader, RTOS_EVENT_ANSWER, 0, number)), TRACE_VCPU(took));
	TEST_EQUAL(TRACE_VCPU(find_type(&reader, RTOS_EVENT_SWITCH)), 1);
	end();
	test_process_kill(process);
	test_destroy(port);
}

/* A server faults with a call in its hands; its successor gets it. */
static void test_a_restart(void)
{
	rtos_handle_t port = test_port();
	rtos_handle_t process = test_server(port, serve, 0);
	struct test_asked asked = {.port = port, .number = RTOS_CALL, .word = 13};
	const uint32_t number = next_call();
	const struct trace_event *event;
	struct reader reader;

	begin();
	test_start_asking(&asked);
	TEST_EQUAL(test_process_end(process), RTOS_PROCESS_FAULTED);
	process = test_server(port, serve, 0);
	test_settle();
	TEST_EXPECT(asked.done);
	test_process_kill(process);
	stop();
	reader = reader_of(0);
	find_type(&reader, RTOS_EVENT_THREAD);
	find(&reader, RTOS_EVENT_CALL, 0, number);
	find(&reader, RTOS_EVENT_TAKE, 0, number);
	event = find_type(&reader, RTOS_EVENT_FAULT);
	TEST_EXPECT(TRACE_VCPU(event) > 1);
	event = find_type(&reader, RTOS_EVENT_ENDED);
	TEST_EQUAL(RTOS_EVENT_SMALL(event->data), RTOS_PROCESS_FAULTED);
	find_type(&reader, RTOS_EVENT_NAME);
	find_type(&reader, RTOS_EVENT_GONE);
	find(&reader, RTOS_EVENT_AGAIN, 1, number);
	find(&reader, RTOS_EVENT_MADE, 0, 1);
	find_type(&reader, RTOS_EVENT_NAME);
	find(&reader, RTOS_EVENT_TAKE, 1, number);
	find(&reader, RTOS_EVENT_ANSWER, 0, number);
	event = find(&reader, RTOS_EVENT_ENDED, RTOS_PROCESS_KILLED, 1);
	TEST_EXPECT(TRACE_VCPU(event) > 1);
	end();
	test_destroy(port);
	test_stacks_free();
}

/* Calls that nobody answers, signals, and the timer's interrupt. */
static void test_others(void)
{
	rtos_handle_t port = test_port();
	rtos_handle_t bits = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	const uint32_t number = next_call();
	struct reader reader;

	begin();
	/* A host that takes its time makes it too late before it is a call. */
	for (uint64_t time = 100; next_call() == number; time *= 2)
		TEST_EQUAL(test_ask(port, 5, test_in(time), NULL), RTOS_TIMED_OUT);
	test_must(RTOS_SIGNAL, bits, 0, 0, 0, 0, 0);
	stop();
	reader = reader_of(0);
	find(&reader, RTOS_EVENT_CALL, 0, number);
	find_type(&reader, RTOS_EVENT_INTERRUPT);
	find(&reader, RTOS_EVENT_OVER, RTOS_TIMED_OUT, number);
	find(&reader, RTOS_EVENT_SIGNAL, 0, ~0u);
	end();
	test_destroy(bits);
	test_destroy(port);
}

/* More than the ring holds: the last ones are there, in order. */
static void test_full(void)
{
	rtos_handle_t bits = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	uint64_t events, last = 0, signals = 0;
	const struct trace_event *event;
	struct reader reader;

	begin();
	events = state_of(0).x[1];
	for (uint64_t i = 0; i < events + 100; i++)
		test_must(RTOS_SIGNAL, bits, 0, 0, 0, 0, 0);
	stop();
	reader = reader_of(0);
	TEST_EXPECT(reader.end >= events + 100);
	while ((event = read_one(&reader)) != NULL) {
		TEST_EXPECT(TRACE_TIME(event) >= last);
		last = TRACE_TIME(event);
		signals += TRACE_TYPE(event) == RTOS_EVENT_SIGNAL;
	}
	TEST_EXPECT(signals >= events - 100);
	end();
	test_destroy(bits);
}

static volatile bool signalled;

static void signal_there(uint64_t bits)
{
	test_must(RTOS_SIGNAL, (rtos_handle_t)bits, 0, 0, 0, 0, 0);
	signalled = true;
	test_thread_end();
}

/* Each CPU has a ring of its own. */
static void test_other_cpu(void)
{
	rtos_handle_t bits = (rtos_handle_t)test_must(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0);
	struct reader reader;

	begin();
	signalled = false;
	/* It is kicked once to be traced, and once for this, perhaps by one SGI. */
	test_thread(signal_there, bits, RTOS_THREAD(TEST_PRIORITY, 1, 0));
	while (!signalled)
		test_sleep(200);
	while (state_of(1).x[0] < 3)
		test_sleep(200);
	stop();
	reader = reader_of(1);
	find_type(&reader, RTOS_EVENT_SIGNAL);
	end();
	test_destroy(bits);
	test_stacks_free();
}

static void test_name(void)
{
	struct test_call call = {.x = {1, [8] = RTOS_TRACE_NAME, [9] = RTOS_HANDLE_MACHINE}};

	test_svc(&call);
	TEST_EQUAL(call.x[8], RTOS_OK);
	TEST_EQUAL(call.x[0], 0x74736574); /* "test" */
	TEST_EQUAL(call.x[1], 0);
}

static const struct test_case cases[] = {
    {"refused", test_refused, 1},       {"region-goes", test_region_goes, 1},
    {"a-call", test_a_call, 1},         {"a-restart", test_a_restart, 1},
    {"others", test_others, 1},         {"full", test_full, 1},
    {"another-cpu", test_other_cpu, 2}, {"name", test_name, 1},
};

void test_main(const struct rtos_start *start);
void test_main(const struct rtos_start *start)
{
	test_start = start;
	test_all(cases, sizeof(cases) / sizeof(cases[0]));
}
