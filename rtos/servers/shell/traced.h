/* The kernel's trace, for the shell: begins it, stops it, and reads it. */
#ifndef SHELL_TRACED_H
#define SHELL_TRACED_H

#include <kumiki/rtos/call.h>
#include <lib/rtostrace.h>
#include <stdbool.h>

/* A trace that was stopped. */
struct traced {
	uint32_t cpus;   /* 0: nothing was traced */
	uint64_t events; /* events that a ring holds */
	uint64_t written[RTOS_CPUS_MAX];
	struct rtostrace_names names; /* names at the trace's end */
};

extern struct traced traced;

/* Begins a trace with `pages` pages, a power of two. An earlier trace is gone. RTOS_BUSY: another
 * program traces. */
enum rtos_status traced_begin(uint64_t pages);

/* Stops the trace, if it isn't stopped yet. */
void traced_stop(void);

/* traced_first(): the number of a CPU's oldest event. traced_event(): the event with a number. */
uint64_t traced_first(uint32_t cpu);
const struct trace_event *traced_event(uint32_t cpu, uint64_t number);

/* A place between two events of all CPUs, in the order of time. */
struct traced_cursor {
	uint64_t next[RTOS_CPUS_MAX];
	uint32_t cpu; /* the CPU of the last event */
};

void traced_end(struct traced_cursor *cursor);
/* The event before the cursor, and the event behind it; NULL: there is none. The cursor passes it.
 */
const struct trace_event *traced_before(struct traced_cursor *cursor);
const struct trace_event *traced_next(struct traced_cursor *cursor);

#endif
