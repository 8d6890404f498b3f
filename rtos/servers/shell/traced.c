/* See traced.h. */
#include "traced.h"
#include <rtos/sys.h>

#define TRACED_AT 0x60000000ULL /* far above the memory that the supervisor gives */

struct traced traced;

static rtos_handle_t traced_region; /* 0: there is none */
static bool traced_runs;

static enum rtos_status traced_ask(enum rtos_call call, uint64_t *first, uint64_t *second,
                                   uint64_t *third)
{
	struct sys_registers registers = {
	    .x = {*first, *second, [8] = call, [9] = sys_given(RTOS_GIVEN_TRACE, NULL, 0)->handle}};

	sys_svc(&registers);
	*first = registers.x[0];
	*second = registers.x[1];
	*third = registers.x[2];
	return (enum rtos_status)registers.x[8];
}

static enum rtos_status traced_do(uint64_t what)
{
	uint64_t region = traced_region, unused;

	return traced_ask(RTOS_TRACE, &region, &what, &unused);
}

static void traced_forget(void)
{
	if (traced_region != 0)
		(void)sys_do(RTOS_DESTROY, traced_region, 0, 0, 0, 0, 0, NULL);
	traced_region = 0;
	traced = (struct traced){.cpus = 0};
}

enum rtos_status traced_begin(uint64_t pages)
{
	uint64_t made = 0;
	enum rtos_status status;

	traced_forget();
	status = sys_do(RTOS_REGION_CREATE, 0, pages, RTOS_REGION_CONTIGUOUS, 0, 0, 0, &made);
	if (status != RTOS_OK)
		return status;
	traced_region = (rtos_handle_t)made;
	status = sys_do(RTOS_MAP, traced_region, TRACED_AT, 0, pages, RTOS_RIGHT_READ, 0, NULL);
	if (status == RTOS_OK)
		status = traced_do(RTOS_TRACE_BEGIN);
	traced_runs = status == RTOS_OK;
	if (!traced_runs)
		traced_forget();
	return status;
}

/* Reads the names of the processes that there are. */
static void traced_read_names(void)
{
	for (uint64_t i = 1; i < RTOSTRACE_PROCESSES; i++) {
		uint64_t first = i, second = 0, third;

		if (traced_ask(RTOS_TRACE_NAME, &first, &second, &third) != RTOS_OK)
			continue;
		traced.names.name[i][0] = first;
		traced.names.name[i][1] = second;
	}
}

void traced_stop(void)
{
	uint64_t cpus = 1;

	if (!traced_runs)
		return;
	traced_runs = false;
	(void)traced_do(RTOS_TRACE_END);
	for (uint32_t i = 0; i < cpus && i < RTOS_CPUS_MAX; i++) {
		uint64_t written = i, events = traced_region;

		if (traced_ask(RTOS_TRACE_STATE, &written, &events, &cpus) != RTOS_OK)
			return;
		traced.written[i] = written;
		traced.events = events;
	}
	traced.cpus = (uint32_t)cpus;
	traced_read_names();
}

uint64_t traced_first(uint32_t cpu)
{
	const uint64_t written = traced.written[cpu];

	return written > traced.events ? written - traced.events : 0;
}

const struct trace_event *traced_event(uint32_t cpu, uint64_t number)
{
	const struct trace_event *ring =
	    (const struct trace_event *)TRACED_AT + cpu * traced.events;

	return &ring[number & (traced.events - 1)];
}

void traced_end(struct traced_cursor *cursor)
{
	for (uint32_t i = 0; i < traced.cpus; i++)
		cursor->next[i] = traced.written[i];
}

const struct trace_event *traced_before(struct traced_cursor *cursor)
{
	const struct trace_event *best = NULL;

	for (uint32_t i = 0; i < traced.cpus; i++) {
		const struct trace_event *event;

		if (cursor->next[i] == traced_first(i))
			continue;
		event = traced_event(i, cursor->next[i] - 1);
		if (best == NULL || TRACE_TIME(event) >= TRACE_TIME(best)) {
			best = event;
			cursor->cpu = i;
		}
	}
	if (best != NULL)
		cursor->next[cursor->cpu]--;
	return best;
}

const struct trace_event *traced_next(struct traced_cursor *cursor)
{
	const struct trace_event *best = NULL;

	for (uint32_t i = 0; i < traced.cpus; i++) {
		const struct trace_event *event;

		if (cursor->next[i] == traced.written[i])
			continue;
		event = traced_event(i, cursor->next[i]);
		if (best == NULL || TRACE_TIME(event) < TRACE_TIME(best)) {
			best = event;
			cursor->cpu = i;
		}
	}
	if (best != NULL)
		cursor->next[cursor->cpu]++;
	return best;
}
