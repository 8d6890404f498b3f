/* The kernel's trace as the shell has it: begun, stopped, and read. */
#ifndef SHELL_TRACED_H
#define SHELL_TRACED_H

#include <kumiki/rtos/call.h>
#include <lib/rtostrace.h>
#include <stdbool.h>

/* One that was stopped. */
struct traced {
	uint32_t cpus;   /* 0: nothing was traced */
	uint64_t events; /* that a ring holds */
	uint64_t written[RTOS_CPUS_MAX];
	struct rtostrace_names names; /* at its end */
};

extern struct traced traced;

/* With so much memory, a power of two; what there was is gone. RTOS_BUSY: somebody else does. */
enum rtos_status traced_begin(uint64_t pages);

/* It stands still from now on, if it didn't yet. */
void traced_stop(void);

/* The number of a CPU's oldest event; an event from there on. */
uint64_t traced_first(uint32_t cpu);
const struct trace_event *traced_event(uint32_t cpu, uint64_t number);

/* Between two events of all CPUs, in the order of time. */
struct traced_cursor {
	uint64_t next[RTOS_CPUS_MAX];
	uint32_t cpu; /* whose the last one was */
};

void traced_end(struct traced_cursor *cursor);
/* The one before, and the one behind; NULL: there is none. The cursor has moved. */
const struct trace_event *traced_before(struct traced_cursor *cursor);
const struct trace_event *traced_next(struct traced_cursor *cursor);

#endif
