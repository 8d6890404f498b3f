/* Writes one event into this core's trace ring: in a few instructions, as every path does so. */
#ifndef WORD_TRACE_H
#define WORD_TRACE_H

#include <machine/sysreg.h>
#include <state/core.h>

static inline void trace_at(uint64_t now, enum trace_type type, uint32_t vcpu, uint64_t data)
{
	struct trace_ring *ring = core_ring;
	struct trace_event *event;
	uint64_t next, step;

	next = ring->next;
	step = ring->step;
	event = &ring->events[next % TRACE_RING_EVENTS];
	barrier_stores(); /* a reader that sees this event instead of an old one sees `next`, too */
	event->head = (now & ((1ULL << 48) - 1)) | (uint64_t)type << 56 | (uint64_t)vcpu << 48;
	event->data = data;
	store_release(&ring->next, next + step); /* behind the event */
}

static inline void trace(enum trace_type type, uint32_t vcpu, uint64_t data)
{
	trace_at(sysreg_read(cntpct_el0), type, vcpu, data);
}

/* trace() as a call, for paths that are long. */
void trace_seldom(enum trace_type type, uint32_t vcpu, uint64_t data);

/* Has the rings of all cores stand still, so that they can be read together, or go on. Each core is
 * told by a message of the services' class. For the console's core. */
void trace_hold(bool hold);

#endif
