/* The black boxes: the kept records of each partition, and counts of the lost ones. */
#include "fake_frame.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static const char *const names[] = {"linux", "rt", NULL};

TEST(test_is_opened)
{
	fake_start(names);
	assert_int_equal(fake.box[0].magic, BLACKBOX_MAGIC);
	assert_int_equal(fake.box[1].revision, BLACKBOX_REVISION);
	assert_int_equal(fake.box[1].size, sizeof(struct blackbox));
	assert_int_equal(fake.box[2].magic, 0);
}

/* A partition's output is kept as it came, whole rings of it. */
TEST(test_console_wraps)
{
	char line[64];
	uint64_t at = 0;

	fake_start(names);
	for (unsigned int i = 0; i < 5000; i++) {
		snprintf(line, sizeof(line), "line %u \x1b[31m\x01\n", i);
		fake_print(0, line);
		if (i % 50 == 0) {
			fake_run(10);
			(void)fake_sent();
			fake.sent_size = fake.sent_seen = 0;
		}
	}
	fake_run(10);
	assert_int_equal(fake.box[0].printed, fake.ring[0].out_head);
	assert_true(fake.box[0].printed > BLACKBOX_CONSOLE_SIZE);
	assert_int_equal(fake.box[0].unread, 0);
	for (unsigned int i = 0; i < 5000; i++) {
		snprintf(line, sizeof(line), "line %u \x1b[31m\x01\n", i);
		for (const char *c = line; *c; c++, at++)
			if (at + BLACKBOX_CONSOLE_SIZE >= fake.box[0].printed)
				assert_int_equal(fake.box[0].console[at % BLACKBOX_CONSOLE_SIZE],
				                 (uint8_t)*c);
	}
	assert_int_equal(at, fake.box[0].printed);
	assert_int_equal(fake.box[1].printed, 0);
}

/* Output that the UART holds back is kept all the same. */
TEST(test_console_is_kept_while_the_uart_stands)
{
	fake_start(names);
	fake.takes = 0;
	fake_print(0, "held back\n");
	fake_run(20);
	assert_string_equal(fake_sent(), "");
	assert_int_equal(fake.box[0].printed, 10);
	assert_memory_equal(fake.box[0].console, "held back\n", 10);
}

TEST(test_events_wrap)
{
	fake_start(names);
	for (unsigned int i = 0; i < 100; i++) {
		struct life_status status = {.state = LIFE_RUNNING, .starts = i};

		fake_event(1, &status);
		fake_run(1);
	}
	assert_int_equal(fake.box[1].events, 100);
	assert_int_equal(fake.box[1].events_lost, 0);
	for (unsigned int i = 100 - BLACKBOX_EVENTS; i < 100; i++)
		assert_int_equal(fake.box[1].event[i % BLACKBOX_EVENTS].status.starts, i);
}

/* A panic's reset: the event of the end has the same cause as all that follows it. A later panic
 * changes nothing of an earlier end. Shows: life.one-cause. */
TEST(test_an_end_has_one_cause)
{
	static const struct life_status life[] = {
	    {.state = LIFE_STOPPING, .reason = STOP_RESET, .starts = 1},
	    {.state = LIFE_RUNNING, .reason = STOP_RESET, .starts = 2},
	    {.state = LIFE_STOPPING, .reason = STOP_RESET, .starts = 2},
	    {.state = LIFE_LOADING, .reason = STOP_PANIC, .starts = 3},
	    {.state = LIFE_HOLDING, .reason = STOP_RESET, .starts = 3},
	    {.state = LIFE_STOPPING, .reason = STOP_COMMAND, .starts = 3},
	};
	static const uint32_t causes[] = {STOP_RESET, STOP_RESET, STOP_PANIC,
	                                  STOP_PANIC, STOP_RESET, STOP_COMMAND};

	fake_start(names);
	for (unsigned int i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
		fake_event(0, &life[i]);
		fake_run(1);
	}
	for (unsigned int i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		assert_int_equal(fake.box[0].event[i].status.reason, causes[i]);
}

/*
 * The frame's ring went round before the service looked. The newest events are kept, and the others
 * are counted. An event that the frame may be writing over counts as lost.
 */
TEST(test_lost_events_are_counted)
{
	fake_start(names);
	for (unsigned int i = 0; i < 40; i++) {
		struct life_status status = {.state = LIFE_RUNNING, .starts = i};

		fake_event(0, &status);
	}
	fake_run(1);
	assert_int_equal(fake.box[0].events, LIFE_EVENTS - 1);
	assert_int_equal(fake.box[0].events_lost, 40 - (LIFE_EVENTS - 1));
	assert_int_equal(fake.box[0].events_seen, 40);
	for (unsigned int i = 0; i < LIFE_EVENTS - 1; i++)
		assert_int_equal(fake.box[0].event[i].status.starts, 40 - (LIFE_EVENTS - 1) + i);
}

TEST(test_crash_is_kept_with_its_words)
{
	struct stop_report *report;

	fake_start(names);
	report = fake_report(0, STOP_FAULT);
	report->fault = REPORT_SERROR;
	report->pc = 0x1234;
	fake_life(0, LIFE_STOPPING);
	fake_run(20);
	(void)fake_report(0, STOP_COMMAND); /* no crash: the kept crash stays */
	fake_run(20);
	assert_int_equal(fake.box[0].crashes, 1);
	assert_int_equal(fake.box[0].report.pc, 0x1234);
	assert_int_equal(fake.box[0].report.reason, STOP_FAULT);
	assert_true(fake.box[0].words_size < BLACKBOX_WORDS_SIZE);
	fake.box[0].words[fake.box[0].words_size] = 0;
	assert_non_null(strstr(fake.box[0].words, "linux: vCPU 0: an asynchronous external abort"));
	assert_non_null(strstr(fake.box[0].words, "pc 0x1234"));
}

static void trace_to(uint64_t first, uint64_t end)
{
	for (uint64_t i = first; i < end; i++)
		fake.trace[0].events[i % TRACE_RING_EVENTS] =
		    (struct trace_event){.head = (uint64_t)TRACE_EXIT << 56 | i * 10, .data = i};
	fake.trace[0].next = end;
}

/* The ring went on after the end. The kept trace stops at the end. */
TEST(test_trace_ends_with_the_partition)
{
	const struct blackbox *box = &fake.box[0];

	fake_start(names);
	trace_to(0, 9000);
	fake.now = 80005; /* between 8000 and 8001 */
	fake_life(0, LIFE_STOPPING);
	fake_run(1);
	assert_int_equal(box->trace_count[0], BLACKBOX_TRACE_EVENTS);
	assert_int_equal(box->trace[0][BLACKBOX_TRACE_EVENTS - 1].data, 8000);
	assert_int_equal(box->trace[0][0].data, 8001 - BLACKBOX_TRACE_EVENTS);
	assert_int_equal(box->trace_count[1], 0);
	assert_int_equal(fake.box[1].trace_count[0], 0);
}

TEST(test_trace_of_a_young_core)
{
	fake_start(names);
	trace_to(0, 3);
	fake_life(0, LIFE_HOLDING);
	fake_run(1);
	assert_int_equal(fake.box[0].trace_count[0], 3);
	assert_int_equal(fake.box[0].trace[0][2].data, 2);
}

/* All events that the ring still has are later than the end. */
TEST(test_trace_that_is_gone)
{
	fake_start(names);
	trace_to(0, 20000);
	fake.now = 1000;
	fake_life(0, LIFE_STOPPING);
	fake_run(1);
	assert_int_equal(fake.box[0].trace_count[0], 0);
}

static void again(void)
{
	fake.info.failure.failures++;
	fake_again();
}

/*
 * The service's own restart loses no kept record, and records nothing twice.
 * Shows: life.black-box.
 */
TEST(test_outlives_the_service)
{
	fake_start(names);
	fake_print(0, "before ");
	fake_life(0, LIFE_LOADING);
	fake_run(20);
	fake_print(0, "between ");
	blackbox_look(&fake.console, fake.now); /* recorded, but not taken: */
	fake.takes = 0;
	fake_run(1);
	again();
	fake.takes = FAKE_FOREVER;
	fake_print(0, "after");
	fake_life(0, LIFE_RUNNING);
	fake_run(20);
	assert_int_equal(fake.box[0].printed, 20);
	assert_memory_equal(fake.box[0].console, "before between after", 20);
	assert_int_equal(fake.box[0].events, 2);
}

/* Shows: life.black-box. */
TEST(test_damaged_box_begins_anew)
{
	fake_start(names);
	fake_life(0, LIFE_LOADING);
	fake_print(1, "text\n");
	fake_run(20);
	fake.box[0].words_size = BLACKBOX_WORDS_SIZE + 1;
	fake.box[1].trace_count[3] = 1000000;
	again();
	assert_int_equal(fake.box[0].events, 0);
	assert_int_equal(fake.box[1].trace_count[3], 0);
	assert_int_equal(fake.box[1].printed, 0);
	fake_run(20);
	assert_int_equal(fake.box[0].events, 1); /* the frame's log still has it */
	fake.box[0].former_size = BLACKBOX_FORMER_SIZE + 1;
	again();
	assert_int_equal(fake.box[0].former_size, 0);
	fake.box[0].former_size = 1;
	fake.box[0].former_words = BLACKBOX_FORMER_SIZE;
	again();
	assert_int_equal(fake.box[0].former_words, 0);
	assert_string_equal(fake.box[0].name, names[0]);
}
