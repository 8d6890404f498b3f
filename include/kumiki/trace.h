/* SPDX-License-Identifier: MIT-0 */
/*
 * Trace events: what the frame writes into the ring of each core, always on, and what
 * `kumiki trace` reads. One event is two 64-bit words.
 */
#ifndef KUMIKI_TRACE_H
#define KUMIKI_TRACE_H

#include <kumiki/life.h>
#include <stdint.h>

#define TRACE_REVISION 1

struct trace_event {
	uint64_t head; /* type in 63:56, vCPU in 55:48, physical counter in 47:0 */
	uint64_t data; /* by type */
};

#define TRACE_TYPE(event) ((uint8_t)((event)->head >> 56))
#define TRACE_VCPU(event) ((uint8_t)((event)->head >> 48))
#define TRACE_TIME(event) ((event)->head & ((1ULL << 48) - 1))

/* The vCPU field: index into the bundle's vcpus, or one of these. */
#define TRACE_NO_VCPU 0xff          /* the frame for itself, nothing to run */
#define TRACE_CONSOLE 0xfe          /* the console service */
#define TRACE_LOADER  0xfd          /* the loader service */
#define TRACE_WARDEN  0xfc          /* the warden */
#define TRACE_BROKER  0xfb          /* a channel's broker */
#define TRACE_UPDATER 0xfa          /* the updater */
#define TRACE_OTHERS  TRACE_UPDATER /* all from here on are no vCPUs */

enum trace_type {
	TRACE_EMPTY = 0, /* never written: the ring isn't full yet */
	TRACE_EXIT = 1,  /* a trap from a context: ESR_EL2 in 63:32, low half of its PC in 31:0 */
	TRACE_INTERRUPT = 2, /* the frame took an interrupt of its own: INTID in 31:0 */
	TRACE_INJECT = 3,    /* an interrupt into a list register: INTID in 31:0; 63:32: 1 if it is
	                        physical, and then just taken unless it had to wait */
	TRACE_SWITCH = 4,    /* the core goes on with the context in the vCPU field */
	TRACE_MAIL = 5, /* messages were taken, a bit each: partitions' UARTs in 63:32, events for
	                   services in 31:0 */
	TRACE_VCPU_ON = 6,  /* a vCPU begins at PC = data */
	TRACE_VCPU_OFF = 7, /* a vCPU ends */
	TRACE_START = 8,    /* partition started: its index in 31:0 */
	TRACE_STOP = 9, /* partition stopped: reason (enum stop_reason) in 63:32, index in 31:0 */
	TRACE_FAULT =
	    10, /* a guest's error was answered with an exception: ESR in 63:32, address */
	TRACE_HYPERCALL = 11, /* function identifier in 31:0 */
	TRACE_LIFE = 12,      /* a partition's state: enum life_state in 63:32, index in 31:0 */
	TRACE_READY = 13,     /* a waiting vCPU has something to do from now on */
	TRACE_MOVE = 14, /* a vCPU moves from the core in 63:32 to the core in 31:0; the first core
	                    writes it when the vCPU leaves, the second when the vCPU has come */
	TRACE_MISS = 15, /* a vCPU missed its deadline: 31:0: the context that had the core, as in
	                    the vCPU field; 63:32: for how many ticks */
	TRACE_EXHAUSTED = 16, /* a vCPU's budget is used up: ticks that it ran in this period */
	TRACE_REFILL = 17,    /* its next period begins: ticks of its budget */
	TRACE_PRIORITY = 18,  /* a vCPU's priority by task: the former in 63:32, the new in 31:0 */
	TRACE_CORE = 19,      /* this core goes off (data: 0), or has come on again (1) */
	TRACE_HOLD = 20,  /* this core's holder changes from the partition in 63:32 to the partition
	                     in 31:0 */
	TRACE_TOLD = 21,  /* the warden gave the core in 31:0 the enum service_power in 63:32 */
	TRACE_KICK = 22,  /* a guest told a channel that it has work: 63:32: the queue; 31:0: which
	                     of the partition's channels */
	TRACE_CARRY = 23, /* a broker's turn: how many frames, bytes or requests it took in 39:32,
	                     delivered in 47:40, delivered for an earlier run in 55:48, dropped or
	                     failed in 63:56 (255: or more); the channel in 15:8, the partition of
	                     the broker's end in 7:0 */
};

/*
 * A ring of one core. The core writes the event, then `next`; a reader copies, then reads `next`
 * again to see which copied events may have been overwritten. A held ring (SERVICE_TRACE) has a
 * `step` of 0: all events go to one slot, which no reader looks at.
 */
#define TRACE_RING_EVENTS 4096u /* a power of two */
struct trace_ring {
	uint64_t next; /* number of events ever written; the slot is next % TRACE_RING_EVENTS */
	uint64_t step; /* what an event adds to `next`: 1, or 0 */
	uint64_t reserved[6];
	struct trace_event events[TRACE_RING_EVENTS];
};

#endif
