/* The events of all cores as one story: see set.h. */
#include "set.h"
#include <lib/tracewords.h>
#include <string.h>

#define ESR_WFI         1u /* the exception class of WFI; WFE isn't trapped */
#define PSCI_SUSPEND    0xc4000001u
#define PSCI_SUSPEND_32 0x84000001u
#define STORY_NO_TIME   UINT64_MAX

const struct trace_event *trace_next(const struct trace_set *set, struct trace_cursor *cursor)
{
	const struct trace_event *best = NULL;

	for (uint32_t i = 0; i < set->welcome.cores; i++) {
		const struct trace_core *core = &set->core[i];

		if (cursor->next[i] == core->count)
			continue;
		const struct trace_event *event = &core->events[cursor->next[i]];
		if (!best || trace_set_ticks(set, event) < trace_set_ticks(set, best)) {
			best = event;
			cursor->core = i;
		}
	}
	if (best)
		cursor->next[cursor->core]++;
	return best;
}

void trace_story_begin(struct trace_story *story)
{
	memset(story, 0, sizeof(*story));
	memset(story->runs, TRACE_NO_VCPU, sizeof(story->runs));
	for (size_t i = 0; i < BUNDLE_VCPUS_MAX; i++)
		story->ready[i] = STORY_NO_TIME;
}

static bool story_knows(const struct trace_set *set, uint8_t vcpu)
{
	return vcpu < set->welcome.vcpus && vcpu < BUNDLE_VCPUS_MAX;
}

/* True if a vCPU that leaves its core after this event doesn't want to run on: it waits. */
static bool story_waits(const struct trace_event *event)
{
	uint32_t function = (uint32_t)event->data;

	switch (TRACE_TYPE(event)) {
	case TRACE_EXIT:
		return event->data >> 58 == ESR_WFI;
	case TRACE_HYPERCALL:
		return function == PSCI_SUSPEND || function == PSCI_SUSPEND_32;
	case TRACE_VCPU_OFF:
	case TRACE_EXHAUSTED:
		return true;
	default:
		return false;
	}
}

static bool story_switch(const struct trace_set *set, struct trace_story *story, uint32_t core,
                         uint8_t next, uint64_t now, struct trace_wait *wait)
{
	uint8_t last = story->runs[core];
	bool waited;

	if (story_knows(set, last) && last != next && next != TRACE_NO_VCPU &&
	    !story->waits[last] && story->ready[last] == STORY_NO_TIME)
		story->ready[last] = now; /* it was interrupted */
	story->runs[core] = next;
	if (!story_knows(set, next))
		return false;
	waited = story->ready[next] != STORY_NO_TIME;
	*wait = (struct trace_wait){next, core, story->ready[next], now, story->woke[next]};
	story->ready[next] = STORY_NO_TIME;
	story->woke[next] = story->waits[next] = false;
	return waited;
}

bool trace_story_event(const struct trace_set *set, struct trace_story *story,
                       const struct trace_event *event, uint32_t core, struct trace_wait *wait)
{
	uint8_t vcpu = TRACE_VCPU(event), type = TRACE_TYPE(event);
	uint64_t now = trace_set_ticks(set, event);

	if (type == TRACE_SWITCH)
		return story_switch(set, story, core, vcpu, now, wait);
	if (!story_knows(set, vcpu))
		return false;
	if (type == TRACE_READY) {
		story->ready[vcpu] = now;
		story->woke[vcpu] = true;
	} else if (story_waits(event)) {
		story->waits[vcpu] = true;
		story->ready[vcpu] = STORY_NO_TIME;
	} else if (story->runs[core] == vcpu && type == TRACE_EXIT) {
		story->waits[vcpu] = false;
	}
	return false;
}
