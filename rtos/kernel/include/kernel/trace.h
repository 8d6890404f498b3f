/*
 * What the kernel does, written into a region that somebody gave for it (docs/rtos/trace.md): a
 * ring for each CPU. While nobody did, a trace point is a look at one word, and there is none on
 * the short ways: a CPU that is traced has other vectors. Guarded by the kernel's lock.
 */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include <kernel/region.h>
#include <kernel/thread.h>
#include <kumiki/rtos/trace.h>

struct trace {
	struct region *region;           /* what is written to; NULL: nothing is */
	struct region *last;             /* what was last; NULL: it is gone, or there was none */
	uint64_t written[RTOS_CPUS_MAX]; /* events since it began; they stay when it stops */
	struct trace_event *ring[RTOS_CPUS_MAX];
	uint64_t events; /* that a ring holds: a power of two; 0: it never began */
};

extern struct trace trace;

static inline bool trace_is_on(void)
{
	return (trace.region != NULL);
}

/* Into this CPU's ring. Only while it is on. */
void trace_write(enum rtos_event type, const struct process *process, uint64_t data);

/* An event of a thread. Only the look is part of who calls it. */
void trace_write_thread(enum rtos_event type, const struct thread *thread, uint32_t small,
                        uint64_t rest);
static inline void trace_thread(enum rtos_event type, const struct thread *thread, uint32_t small,
                                uint64_t rest)
{
	if (trace_is_on())
		trace_write_thread(type, thread, small, rest);
}

/* One of a process, or (NULL) of nobody. */
static inline void trace_process(enum rtos_event type, const struct process *process,
                                 uint32_t small, uint64_t rest)
{
	if (trace_is_on())
		trace_write(type, process, RTOS_EVENT_DATA(0, small, rest));
}

/* Its number has this name from now on, until it is gone. */
void trace_made(struct process *process);
void trace_gone(struct process *process);
void trace_ended(const struct process *process);

/* Of a CPU with the vectors that trace: the svc of this thread came; this one goes on (NULL:
 * nobody). */
void trace_svc(const struct thread *self);
void trace_goes_on(const struct thread *next);

/* The region that is or was written to goes, and what was written with it. */
void trace_forget(void);

int trace_call_trace(struct thread *self);
int trace_call_state(struct thread *self);
int trace_call_name(struct thread *self);

#endif
