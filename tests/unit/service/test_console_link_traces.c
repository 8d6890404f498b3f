/*
 * Traces on the link: they are held only while they are sent.
 *
 * Shows: operator.link.
 */
#include "host.h"
#include <string.h>
#include <unit.h>

static void trace_fill_core(uint32_t at_core, uint64_t count)
{
	struct trace_ring *ring = &fake.trace[at_core];

	for (; ring->next < count; ring->next++)
		ring->events[ring->next % TRACE_RING_EVENTS] =
		    (struct trace_event){.head = 1ULL << 56 | ring->next, .data = ring->next};
}

static void trace_fill(uint64_t count)
{
	trace_fill_core(0, count);
}

/* Collects a trace, and checks that each event is that of its number. */
static void trace_collect(uint64_t *first, uint64_t *next)
{
	bool begun = false;

	for (size_t i = 0; i < answer_count; i++) {
		uint64_t number;

		if (answers[i].type != LINK_TRACE)
			continue;
		memcpy(&number, answers[i].payload + 8, 8);
		if (!begun)
			*first = number;
		else
			assert_true(number >= *next);
		begun = true;
		for (size_t at = 16; at < answers[i].size; at += 16, number++) {
			struct trace_event event;

			memcpy(&event, answers[i].payload + at, sizeof(event));
			assert_int_equal(event.data, number);
		}
		*next = number;
	}
	assert_true(begun);
	assert_int_equal(answers[answer_count - 1].type, LINK_TRACE_END);
}

TEST(test_trace)
{
	uint64_t first = 0, next = 0;

	host_start();
	host_hello();
	trace_fill(100);
	host_send(LINK_GET_TRACE, "", 0);
	fake_run(10);
	host_receive();
	trace_collect(&first, &next);
	assert_int_equal(first, 0);
	assert_int_equal(next, 100);

	trace_fill(10000);
	host_send(LINK_GET_TRACE, "", 0);
	fake_run(10);
	host_receive();
	trace_collect(&first, &next);
	assert_int_equal(first, 10000 - TRACE_RING_EVENTS + 1);
	assert_int_equal(next, 10000);
}

TEST(test_traces_are_held_while_they_are_sent)
{
	uint32_t ends = 0;

	host_start();
	fake.info.cores = 2;
	host_hello();
	trace_fill_core(0, 5000);
	trace_fill_core(1, 100);
	host_send(LINK_GET_TRACE, "", 0);
	fake.takes = 3000;
	fake_run(10);
	assert_true(fake.traces_held);
	fake.takes = FAKE_FOREVER;
	fake_run(20);
	host_receive();
	assert_false(fake.traces_held);
	for (size_t i = 0; i < answer_count; i++)
		if (answers[i].type == LINK_TRACE_END)
			assert_int_equal(answers[i].payload[0], ends++);
		else if (answers[i].type == LINK_TRACE)
			assert_int_equal(answers[i].payload[0], ends);
	assert_int_equal(ends, 2);
}

/* The asking client goes away or falls silent, or another client comes. */
TEST(test_traces_go_on_without_a_reader)
{
	for (uint32_t how = 0; how < 3; how++) {
		host_start();
		host_hello();
		trace_fill(5000);
		host_send(LINK_GET_TRACE, "", 0);
		fake.takes = 3000;
		fake_run(10);
		assert_true(fake.traces_held);
		if (how == 0)
			host_send(LINK_BYE, "", 0);
		else if (how == 1)
			fake_run(LINK_SILENCE_SECONDS * 1000 + 100);
		else
			host_hello();
		fake_run(10);
		assert_false(fake.traces_held);
	}
}

/* The core goes on writing while its trace is sent. Overwritten events are left out. */
TEST(test_trace_overtaken)
{
	uint64_t first = 0, next = 0;

	host_start();
	host_hello();
	trace_fill(5000);
	host_send(LINK_GET_TRACE, "", 0);
	fake.takes = 3000;
	fake_run(10);
	trace_fill(8000);
	fake.takes = FAKE_FOREVER;
	fake_run(10);
	host_receive();
	trace_collect(&first, &next);
	assert_int_equal(first, 5000 - TRACE_RING_EVENTS + 1);
	assert_int_equal(next, 5000);
	assert_true(answer_count < 40); /* not all events were sent */
}
