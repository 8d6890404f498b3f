/* Checks the trace, if it is on: its rings must be pages of one region, and have valid events. */
#include "world.h"

#include <kernel/trace.h>
#include <unit.h>

static bool found;

static void is_traced(struct object *object)
{
	found = found || (struct region *)object == trace.last;
}

static void check_ring(uint32_t cpu)
{
	const uint64_t written = trace.written[cpu];
	const uint64_t there = written < trace.events ? written : trace.events;
	uint64_t last = 0;

	for (uint64_t i = written - there; i < written; i++) {
		const struct trace_event *event = &trace.ring[cpu][i % trace.events];

		assert_in_range(TRACE_TYPE(event), RTOS_EVENT_FIRST, RTOS_EVENT_LIMIT - 1);
		assert_in_range(TRACE_TIME(event), last, fake.now);
		last = TRACE_TIME(event);
	}
}

void world_check_trace(void)
{
	const struct region *region = trace.region;
	char *end;

	if (trace.last == NULL) {
		assert_null(region);
		return;
	}
	found = false;
	world_look_at_all(RTOS_KIND_REGION, is_traced);
	assert_true(found);
	if (region == NULL)
		return;
	assert_ptr_equal(region, trace.last);
	assert_int_equal(region->type, REGION_PAGES);
	assert_int_equal(memory.frames[region->first].kind, FRAME_REGION);
	assert_ptr_equal(trace.ring[0], memory_at(region->first));
	end = (char *)memory_at(region->first) + (PAGE_SIZE << memory.frames[region->first].order);
	for (uint32_t i = 0; i < cpu_count; i++) {
		assert_true((char *)(trace.ring[i] + trace.events) <= end);
		check_ring(i);
	}
}
