/*
 * The scheduler played at random: guests work, wait, are woken by their timers, say how urgent they
 * are; some have budgets, some deadlines. Beside it runs a model that adds up who ran when. After
 * each step: whoever runs is the most urgent that may, nobody used more than its budget, each miss
 * was counted and nothing else, and the accounts agree with the model to the tick. Beside a console
 * service that is always ready nobody waits for equals for longer than their turns are.
 * test_promises.c has the machines whose vCPUs stay where they are, test_promises_power.c those
 * whose cores go off and come.
 */
#ifndef UNIT_FRAME_PROMISES_H
#define UNIT_FRAME_PROMISES_H

#include "cores.h"

#include <run/sched.h>

#define PROMISES_VCPUS_MAX 8u
#define PROMISES_US(n)     ((n)*125 / 2) /* ticks of the fake machine's counter; for even numbers */
#define PROMISES_NEVER     (~0ULL)
#define PROMISES_TURN      PROMISES_US(SCHED_TURN_HALVED_NS / 1000)
#define PROMISES_SLICE     PROMISES_US(SCHED_SLICE_NS / 1000)

struct promises_guest {
	struct vcpu *vcpu;
	const struct bundle_vcpu *config;
	uint32_t steps;   /* of its set-up, that are done */
	uint64_t work;    /* ticks until it waits */
	uint64_t compare; /* its timer, while it is armed, or when it was last */
	bool armed;
	/* Ticks between its timers, and as much work at most for each; 0: as it comes. */
	uint64_t every, most;
	/* It is to have its whole budget in each period in which it wants it, at one place. */
	bool sure;

	/* The model's. */
	bool waits;
	uint8_t priority;
	uint32_t moves; /* that were seen */
	bool travels;   /* when it was last looked at */
	uint64_t ran, stolen;
	uint64_t period, used; /* which one it is, and of that */
	uint32_t exhausted;
	uint64_t deadline;
	uint32_t misses;
	uint64_t wants; /* since when, and where it is; PROMISES_NEVER: it waits */
	uint32_t given; /* budgets, while it was sure of them */
	uint32_t woken;
	/* How urgent it was last, and how long those that are as urgent, and services that are,
	 * have had its core since it last had. */
	int level;
	uint64_t behind;
};

extern struct cores_plan promises_plan;
extern struct promises_guest promises_guest[PROMISES_VCPUS_MAX];
extern uint32_t promises_vcpus;
extern uint64_t promises_now;
extern uint64_t promises_raised; /* by interrupts, above what they told */

/* What the console service has heard and nobody has taken yet: enum service_hear. */
extern uint64_t promises_heard;

/* The console service is always ready: it never hears the last of it. Nobody's priority has a range
 * then. How long anybody that isn't out of his budget has waited for equals, at most, in hundredths
 * of what he may. */
extern bool promises_busy;
extern uint64_t promises_longest;

uint32_t promises_random(uint32_t limit);

/* What a vCPU may have been promised, at random. */
void promises_plan_at_random(struct bundle_vcpu *config);

/* From a seed, by `plan`, which fills promises_plan; then `describe`, if any, says of the guests
 * what they are about. All are ready then. */
void promises_begin(uint32_t seed, void (*plan)(void), void (*describe)(void));

/* To the next event, and what it leads to. */
void promises_step(void);

/* All interrupts that there are at this time; then all must be as it should. */
void promises_settle(void);

#endif
