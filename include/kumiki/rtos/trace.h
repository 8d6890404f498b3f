/* SPDX-License-Identifier: MIT-0 */
/*
 * Trace events of the RTOS: struct trace_event as the frame writes them (kumiki/trace.h), with the
 * process's number in the place of the vCPU's. docs/reference/rtos-servers.md says how they are
 * printed.
 */
#ifndef KUMIKI_RTOS_TRACE_H
#define KUMIKI_RTOS_TRACE_H

#include <kumiki/trace.h>
#include <stdint.h>

#define RTOS_EVENT_NOBODY 0 /* in the process's place: the CPU sleeps, or the kernel itself */

enum rtos_event {
	RTOS_EVENT_FIRST = 64,
	RTOS_EVENT_SWITCH = 64, /* the CPU goes on with this thread; small: its priority */
	RTOS_EVENT_CALL = 65,   /* it calls; small: 1: a send, without an answer; rest: the call */
	RTOS_EVENT_TAKE = 66,   /* it has a message; small: deliveries before; rest: the call */
	RTOS_EVENT_ANSWER = 67, /* it answers; rest: the call */
	RTOS_EVENT_OVER = 68,   /* its call ends without an answer; small: status; rest: the call */
	RTOS_EVENT_AGAIN = 69,  /* its call goes back to its port; small: blame; rest: the call */
	RTOS_EVENT_SIGNAL = 70, /* it signals; rest: bits */
	RTOS_EVENT_INTERRUPT = 71, /* rest: number */
	RTOS_EVENT_FAULT = 72,     /* of the running thread: ESR_EL1 in 63:32, low half of
	                            * FAR_EL1 */
	RTOS_EVENT_ENDED = 73,     /* a process; small: its state; rest: if killed, its killer, else
	                            * the value */
	RTOS_EVENT_MADE = 74,      /* a process; rest: its maker */
	RTOS_EVENT_GONE = 75,      /* a process's number is free */
	RTOS_EVENT_RESET = 76,     /* an ended process may be used anew */
	RTOS_EVENT_NAME = 77,      /* the first 8 bytes of a process's name */
	RTOS_EVENT_NAME_REST = 78, /* the others, if there are any */
	RTOS_EVENT_THREAD = 79,    /* it begins; small: its priority */
	RTOS_EVENT_THREAD_END = 80, /* it ended by itself */
	RTOS_EVENT_LIMIT
};

/* All but faults and names: the thread's number, something small, and the rest. */
#define RTOS_EVENT_DATA(thread, small, rest)                                                       \
	((uint64_t)(uint16_t)(thread) << 48 | (uint64_t)(uint16_t)(small) << 32 | (uint32_t)(rest))
#define RTOS_EVENT_THREAD_OF(data) ((uint16_t)((data) >> 48))
#define RTOS_EVENT_SMALL(data)     ((uint16_t)((data) >> 32))
#define RTOS_EVENT_REST(data)      ((uint32_t)(data))

/* Events that a CPU's ring holds: a power of two. */
#define RTOS_TRACE_EVENTS_MIN 64u

/*
 * The trace as the shell prints it and the host reads it: this, the names, then for each CPU a
 * struct rtos_trace_cpu and its events, oldest first.
 */
#define RTOS_TRACE_MAGIC    0x4543415254534f54ULL
#define RTOS_TRACE_REVISION 1
#define RTOS_TRACE_SIZE_MAX (4u << 20)

struct rtos_trace_head {
	uint64_t magic;
	uint32_t revision;
	uint32_t cpus;
	uint64_t counter_hz;
	uint64_t names;
};

/* A process that exists when the trace is printed. */
struct rtos_trace_name {
	uint64_t number;
	uint64_t name[2];
};

struct rtos_trace_cpu {
	uint64_t first; /* number of its first event that is there */
	uint64_t count;
};

#endif
