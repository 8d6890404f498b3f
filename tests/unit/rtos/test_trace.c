/* The trace's rings: how a region is shared out, and what becomes of it when that goes elsewhere.
 * What events say is asked on the target (tests/rtos/trace.c), and with the random calls. */
#include "world.h"

#include <kernel/trace.h>
#include <unit.h>

#define PAGES 600

static uint64_t begin(uint32_t cpu_number, uint64_t pages)
{
	uint64_t region;

	world_begin(PAGES, cpu_number, 20);
	world_call(RTOS_REGION_CREATE, 0, pages, RTOS_REGION_CONTIGUOUS, 0, 0, 0);
	region = cpus[0].current->registers.x[0];
	return region;
}

static uint64_t trace_into(uint64_t region)
{
	return world_call(RTOS_TRACE, RTOS_HANDLE_MACHINE, region, RTOS_TRACE_BEGIN, 0, 0, 0);
}

static void end(uint64_t region)
{
	world_check();
	world_call(RTOS_DESTROY, region, 0, 0, 0, 0, 0);
	assert_null(trace.region);
	assert_null(trace.last);
	world_end();
}

/* Three CPUs get as much as four would. */
TEST(shares)
{
	const uint64_t region = begin(3, 4);

	assert_int_equal(trace_into(region), RTOS_OK);
	assert_int_equal(trace.events, PAGE_SIZE / sizeof(struct trace_event));
	assert_ptr_equal(trace.ring[2], trace.ring[0] + 2 * trace.events);
	end(region);
}

TEST(too_small)
{
	const uint64_t region = begin(8, 1);

	assert_int_equal(trace_into(region), RTOS_BAD_ARGUMENT);
	end(region);
}

/* The oldest ones are overwritten, and nothing beside the rings. */
TEST(wraps)
{
	const uint64_t region = begin(1, 1);
	const struct trace_event *behind;

	assert_int_equal(trace_into(region), RTOS_OK);
	behind = trace.ring[0] + trace.events;
	const struct trace_event was = *behind;
	for (uint32_t i = 0; i < 1000; i++) {
		fake.now++;
		trace_process(RTOS_EVENT_INTERRUPT, NULL, 0, i);
	}
	assert_true(trace.written[0] > 1000);
	assert_int_equal(RTOS_EVENT_REST(trace.ring[0][(trace.written[0] - 1) % 256].data), 999);
	assert_memory_equal(behind, &was, sizeof(was));
	end(region);
}

/* Its pages are in another quota then: nobody there gave them for this. */
TEST(given_away)
{
	const uint64_t region = begin(1, 1);
	struct handle *handle = handle_at(&process_first->handles, region);
	struct region *moved;

	assert_int_equal(trace_into(region), RTOS_OK);
	handle_close(&process_first->handles, handle);
	moved = region_move(trace.region, process_first);
	assert_null(trace.region);
	assert_null(trace.last);
	handle_make(&process_first->handles, (uint32_t)region, &moved->object, RTOS_RIGHTS_ALL, 0);
	end(region);
}

/* A slot that was written before it was stopped stays. */
TEST(stays)
{
	const uint64_t region = begin(1, 1);

	assert_int_equal(trace_into(region), RTOS_OK);
	assert_int_equal(
	    world_call(RTOS_TRACE, RTOS_HANDLE_MACHINE, region, RTOS_TRACE_END, 0, 0, 0), RTOS_OK);
	assert_int_equal(world_call(RTOS_TRACE_STATE, RTOS_HANDLE_MACHINE, 0, region, 0, 0, 0),
	                 RTOS_OK);
	assert_int_equal(cpus[0].current->registers.x[0], 1);
	trace_process(RTOS_EVENT_INTERRUPT, NULL, 0, 1);
	assert_int_equal(trace.written[0], 1);
	end(region);
}
