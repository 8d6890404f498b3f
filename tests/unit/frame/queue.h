/*
 * A core for tests of the scheduler alone: the parts that frame/core/run/sched.c needs, and a core
 * on which nothing is ready.
 */
#ifndef UNIT_FRAME_QUEUE_H
#define UNIT_FRAME_QUEUE_H

#include <fake/cpu.h>
#include <state/vcpu.h>

#define QUEUE_SLICE 1000u
#define QUEUE_LONG  7000u        /* a turn between vCPUs */
#define QUEUE_OTHER (1ULL << 31) /* a bit of HCR_EL2, which must not get lost */
#define QUEUE_MANY  6

/* Two vCPUs of this core and two services, none of them ready. */
extern struct vcpu one, two;
extern struct context console, loader;

struct queue {
	bool interrupt_pending;
	/* The context that becomes ready while the core sleeps, at the last of `naps`. */
	struct context *comes;
	uint32_t naps, waits;
	/* The context that a switch makes ready, as if its budget were full again. */
	struct context *refilled;
	struct vcpu_account accounts[QUEUE_MANY];
};
extern struct queue queue;

/* Before each test nothing is ready; after it there must be no complaint. */
void queue_setup(void);
void queue_quiet(void);

/* The context that runs when no further choice is needed; the second function ends the running
 * context's turn first. */
struct context *queue_choose(void);
struct context *queue_turn(void);

#endif
