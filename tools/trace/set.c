/* The events of all cores in one place: see set.h. */
#include "set.h"
#include "rtos.h"
#include <stdlib.h>
#include <string.h>

#define TICKS_MASK ((1ULL << 48) - 1)

/* A welcome that makes no sense doesn't change the set. */
bool trace_set_welcome(struct trace_set *set, const void *payload, size_t size)
{
	struct link_welcome welcome;
	const char *names = (const char *)payload + sizeof(welcome);
	size_t sources;

	if (size < sizeof(welcome))
		return false;
	memcpy(&welcome, payload, sizeof(welcome));
	if (welcome.partitions > BUNDLE_PARTITIONS_MAX || welcome.cores > BUNDLE_CORES_MAX ||
	    welcome.vcpus > BUNDLE_VCPUS_MAX || welcome.counter_hz == 0)
		return false;
	sources = welcome.partitions + 1;
	if (size < sizeof(welcome) + sources * sizeof(struct link_source))
		return false;
	welcome.system[sizeof(welcome.system) - 1] = '\0';
	set->welcome = welcome;
	for (size_t i = 0; i < sources; i++)
		memcpy(set->source[i], names + i * sizeof(struct link_source), BUNDLE_NAME_SIZE);
	names += sources * sizeof(struct link_source);
	size -= sizeof(welcome) + sources * sizeof(struct link_source);
	set->channels = size / sizeof(struct link_source) < BUNDLE_CHANNELS_MAX
	                    ? (uint32_t)(size / sizeof(struct link_source))
	                    : BUNDLE_CHANNELS_MAX;
	for (size_t i = 0; i < set->channels; i++)
		memcpy(set->channel[i], names + i * sizeof(struct link_source), BUNDLE_NAME_SIZE);
	return true;
}

static bool trace_core_grow(struct trace_core *core, size_t count)
{
	size_t room = core->room ? core->room : TRACE_RING_EVENTS;
	struct trace_event *events;

	if (count > TRACE_RING_EVENTS || core->count > TRACE_RING_EVENTS)
		return false;
	while (room < core->count + count)
		room *= 2;
	if (room == core->room)
		return true;
	events = realloc(core->events, room * sizeof(*events));
	if (!events)
		return false;
	core->events = events;
	core->room = room;
	return true;
}

bool trace_set_add(struct trace_set *set, uint32_t number, uint64_t first, const void *events,
                   size_t count)
{
	struct trace_core *core;
	uint64_t next;

	if (number >= set->welcome.cores)
		return false;
	core = &set->core[number];
	next = core->first + core->count;
	if (core->count == 0)
		core->first = first;
	else if (first < next) /* sent again: that happens if the ring overtakes its reader */
		return first + count <= next;
	else if (first > next) { /* a gap: events before it were overwritten */
		core->count = 0;
		core->first = first;
	}
	if (count == 0)
		return true;
	if (!trace_core_grow(core, count))
		return false;
	memcpy(core->events + core->count, events, count * sizeof(struct trace_event));
	core->count += count;
	return true;
}

/* How many lanes there are: the cores, and behind them the RTOS's CPUs. */
static uint32_t trace_set_lanes(const struct trace_set *set)
{
	return set->welcome.cores + (set->rtos ? set->rtos->cpus : 0);
}

static struct trace_core *trace_set_lane(struct trace_set *set, uint32_t lane)
{
	return lane < set->welcome.cores ? &set->core[lane]
	                                 : &set->rtos->cpu[lane - set->welcome.cores];
}

static void trace_core_drop_empty(struct trace_core *core)
{
	size_t kept = 0;

	for (size_t i = 0; i < core->count; i++)
		if (TRACE_TYPE(&core->events[i]) != TRACE_EMPTY)
			core->events[kept++] = core->events[i];
	core->count = kept;
}

uint64_t trace_set_ticks(const struct trace_set *set, const struct trace_event *event)
{
	return (TRACE_TIME(event) - set->begin) & TICKS_MASK;
}

uint64_t trace_set_nanoseconds(const struct trace_set *set, uint64_t ticks)
{
	const uint64_t hz = set->welcome.counter_hz;

	return ticks / hz * 1000000000u + ticks % hz * 1000000000u / hz;
}

uint64_t trace_set_time(const struct trace_set *set, const struct trace_event *event)
{
	return trace_set_nanoseconds(set, trace_set_ticks(set, event));
}

/* As the counter may run over, only differences tell which event is the first: no trace lasts half
 * the counter's range. If a damaged file lets a core's time run backwards, the times are
 * corrected. */
void trace_set_order(struct trace_set *set)
{
	bool some = false;

	for (uint32_t i = 0; i < trace_set_lanes(set); i++) {
		struct trace_core *core = trace_set_lane(set, i);

		trace_core_drop_empty(core);
		if (core->count == 0)
			continue;
		uint64_t first = TRACE_TIME(&core->events[0]);
		if (!some || ((first - set->begin) & TICKS_MASK) > TICKS_MASK / 2)
			set->begin = first;
		some = true;
	}
	set->end = 0;
	for (uint32_t i = 0; i < trace_set_lanes(set); i++) {
		struct trace_core *core = trace_set_lane(set, i);
		uint64_t last = 0;

		for (size_t j = 0; j < core->count; j++) {
			struct trace_event *event = &core->events[j];
			uint64_t ticks = trace_set_ticks(set, event);

			if (ticks < last || ticks > TICKS_MASK / 2)
				ticks = last;
			event->head =
			    (event->head & ~TICKS_MASK) | ((set->begin + ticks) & TICKS_MASK);
			last = ticks;
		}
		if (last > set->end)
			set->end = last;
	}
	if (set->rtos)
		trace_rtos_order(set);
}

size_t trace_set_events(const struct trace_set *set)
{
	size_t count = 0;

	for (uint32_t i = 0; i < set->welcome.cores; i++)
		count += set->core[i].count;
	for (uint32_t i = 0; set->rtos && i < set->rtos->cpus; i++)
		count += set->rtos->cpu[i].count;
	return count;
}

uint32_t trace_set_count(const struct trace_set *set)
{
	return set->welcome.cores == 0 && set->rtos ? set->rtos->cpus : set->welcome.cores;
}

void trace_set_free(struct trace_set *set)
{
	for (uint32_t i = 0; i < BUNDLE_CORES_MAX; i++)
		free(set->core[i].events);
	trace_rtos_free(set);
	memset(set, 0, sizeof(*set));
}
