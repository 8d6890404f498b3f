/*
 * A core for tests of the scheduler alone: what frame/core/run/sched.c stands on, and a core with
 * nothing ready.
 */
#ifndef UNIT_FRAME_QUEUE_H
#define UNIT_FRAME_QUEUE_H

#include <fake/cpu.h>
#include <state/vcpu.h>

#define QUEUE_SLICE 1000u
#define QUEUE_LONG  7000u        /* between vCPUs */
#define QUEUE_OTHER (1ULL << 31) /* a bit of HCR_EL2, which nobody may lose */
#define QUEUE_MANY  6

/* Two vCPUs of this core and two services, none of them ready. */
extern struct vcpu one, two;
extern struct context console, loader;

struct queue {
	bool interrupt_pending;
	/* What comes while the core sleeps: the context that it makes ready, at the last of
	 * `naps`. */
	struct context *comes;
	uint32_t naps, waits;
	/* What a switch makes ready, as a budget that is full again does. */
	struct context *refilled;
	struct vcpu_account accounts[QUEUE_MANY];
};
extern struct queue queue;

/* Before and after each test: nothing ready; nobody has complained. */
int queue_setup(void **state);
int queue_quiet(void **state);

/* Who runs, once nobody asks for another choice; and the same after the turn of who runs. */
struct context *queue_choose(void);
struct context *queue_turn(void);

#endif
