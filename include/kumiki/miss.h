/* SPDX-License-Identifier: MIT-0 */
/*
 * Deadlines that the vCPUs of a partition have missed. The vCPU's core writes them. The console
 * service reads them, says which context had the core instead, and copies them to the partition's
 * black box. Times are the physical counter's.
 */
#ifndef KUMIKI_MISS_H
#define KUMIKI_MISS_H

#include <stdint.h>

/* A switch to a context: the counter in 63:8, the context in 7:0, as in a trace event (trace.h). */
#define MISS_HISTORY 32u /* a power of two */

struct miss {
	uint64_t at;     /* the deadline; its period began the described time before */
	uint64_t time;   /* when the frame saw the miss, at the deadline or just after it */
	uint32_t number; /* of this entry, + 1; written last. 0: it is being written */
	uint32_t vcpu;   /* index in the bundle */
	uint32_t next;   /* in `history`: modulo its size, the slot behind the last entry */
	uint32_t reserved;
	uint64_t history[MISS_HISTORY]; /* of its core */
};

#define MISS_EVENTS 4u /* a power of two */
struct miss_log {
	uint32_t next; /* number of all misses; the slot is next % MISS_EVENTS */
	uint32_t reserved[3];
	struct miss misses[MISS_EVENTS];
};

#endif
