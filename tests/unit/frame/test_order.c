/*
 * The order in which another core sees what the frame leaves for it: trace events and reports. The
 * fake machine says where a barrier stands, and the test looks at memory just then.
 *
 * Shows: life.each-end.
 */
#include <fake/cpu.h>
#include <state/partition.h>
#include <string.h>
#include <unit.h>
#include <word/report.h>
#include <word/trace.h>

struct core core;
static struct partition partition;
static struct console_ring ring;
static uint32_t orders;

static void set_up(void)
{
	fake_cpu_reset((struct fake_hooks){0});
	memset(&ring, 0, sizeof(ring));
	partition.console = &ring;
	orders = 0;
}

const struct unit_fixture unit_each = {set_up, NULL};

#define EVENT (&core_ring->events[0])

/* First the former `next` is out, before the slot changes; then the event, before `next` does. */
static void look_at_trace(void)
{
	assert_int_equal(core_ring->next, 0);
	assert_int_equal(EVENT->data, orders++ == 0 ? 0 : 7);
	assert_int_equal(TRACE_TYPE(EVENT), orders == 1 ? TRACE_EMPTY : TRACE_START);
}

TEST(test_an_event_is_out_before_next)
{
	fake_on_order = look_at_trace;
	trace(TRACE_START, TRACE_NO_VCPU, 7);
	assert_int_equal(orders, 2);
	assert_int_equal(core_ring->next, 1);
}

static void look_at_report(void)
{
	orders++;
	assert_int_equal(ring.report.sequence, 1);
	assert_int_equal(ring.report.reason, STOP_NONE);
}

TEST(test_an_odd_count_is_out_before_a_report)
{
	fake_on_order = look_at_report;
	report_image(&partition, 3);
	assert_int_equal(orders, 1);
	assert_int_equal(ring.report.sequence, 2);
	assert_int_equal(ring.report.load, 3);
}
