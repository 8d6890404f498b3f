/*
 * The trace: the kernel writes what it does into a region that a program gave for it
 * (docs/reference/rtos-servers.md), which has a ring for each CPU. While there is no such region, a
 * trace point is a look at one word. The short ways have no trace points: a CPU that is traced has
 * other vectors. The kernel's lock guards the trace.
 */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include <kernel/region.h>
#include <kernel/thread.h>
#include <kumiki/rtos/trace.h>

struct trace {
	struct region *region;           /* the region that is written to; NULL: the trace is off */
	struct region *last;             /* the last one; NULL: it is gone, or there was none */
	uint64_t written[RTOS_CPUS_MAX]; /* events since the trace began; kept when it stops */
	struct trace_event *ring[RTOS_CPUS_MAX];
	uint64_t events; /* events that a ring holds: a power of two; 0: there was no trace yet */
};

extern struct trace trace;

static inline bool trace_is_on(void)
{
	return (trace.region != NULL);
}

/* Writes an event into this CPU's ring. Only while the trace is on. */
void trace_write(enum rtos_event type, const struct process *process, uint64_t data);

/* Writes an event of a thread. Only the look at trace.region is inline. */
void trace_write_thread(enum rtos_event type, const struct thread *thread, uint32_t small,
                        uint64_t rest);
static inline void trace_thread(enum rtos_event type, const struct thread *thread, uint32_t small,
                                uint64_t rest)
{
	if (trace_is_on())
		trace_write_thread(type, thread, small, rest);
}

/* Writes an event of a process; NULL: of no process. */
static inline void trace_process(enum rtos_event type, const struct process *process,
                                 uint32_t small, uint64_t rest)
{
	if (trace_is_on())
		trace_write(type, process, RTOS_EVENT_DATA(0, small, rest));
}

/* trace_made(): the process's number has its name from now on. trace_gone(): the number is free
 * again. trace_ended(): the process ended, and isn't gone yet. */
void trace_made(struct process *process);
void trace_gone(struct process *process);
void trace_ended(const struct process *process);

/* Only on a CPU with the vectors that trace. trace_svc(): this thread's svc came. trace_goes_on():
 * this thread goes on (NULL: none). */
void trace_svc(const struct thread *self);
void trace_goes_on(const struct thread *next);

/* Forgets the region that is or was written to: the region ends, and its events with it. */
void trace_forget(void);

int trace_call_trace(struct thread *self);
int trace_call_state(struct thread *self);
int trace_call_name(struct thread *self);

#endif
