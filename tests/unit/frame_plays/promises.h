/*
 * The scheduler, played at random: guests work, wait, are woken by their timers, and change their
 * priorities. Some have budgets, some deadlines. A model adds up the time of each guest. After each
 * step the running guest must be the most urgent one that may run, none may have used more than its
 * budget, exactly the misses must be counted, and the accounts must agree with the model to the
 * tick. If the console service is always ready, no guest may wait for its equals longer than their
 * turns are. test_promises.c has machines whose vCPUs stay on their cores, test_promises_power.c
 * machines whose cores go off and come on.
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
	uint32_t steps;   /* how many steps of its set-up are done */
	uint64_t work;    /* ticks until it waits */
	uint64_t compare; /* the timer's present deadline, or its last one */
	bool armed;
	/* Ticks between its timers, and the most work for each; 0: both are random. */
	uint64_t every, most;
	/* It must get its whole budget in each period in which it wants it all the time, on one
	 * core. */
	bool sure;

	/* The model's state. */
	bool waits;
	uint8_t priority;
	uint32_t moves; /* how many moves were seen */
	bool travels;   /* it was moving at the last look */
	uint64_t ran, stolen;
	uint64_t period, used; /* the period's number, and how much of its budget was used */
	uint32_t exhausted;
	uint64_t deadline;
	uint32_t misses;
	uint64_t wants; /* since when it wants to run here; PROMISES_NEVER: it waits or moves */
	uint32_t given; /* how many whole budgets it got while it was sure of them */
	uint32_t woken;
	/* Its last urgency, and how long equals, also services, have had its core since it last
	 * ran. */
	int level;
	uint64_t behind;
};

extern struct cores_plan promises_plan;
extern struct promises_guest promises_guest[PROMISES_VCPUS_MAX];
extern uint32_t promises_vcpus;
extern uint64_t promises_now;
extern uint64_t promises_raised; /* how often interrupts raised a guest's priority */

/* News that the console service has heard and a test hasn't taken yet: enum service_hear. */
extern uint64_t promises_heard;

/* promises_busy: the console service is always ready, and no guest's priority has a range.
 * promises_longest: the longest time that a guest with some budget left has waited for equals, in
 * percent of the limit. */
extern bool promises_busy;
extern uint64_t promises_longest;

uint32_t promises_random(uint32_t limit);

/* Fills in random promises to a vCPU. */
void promises_plan_at_random(struct bundle_vcpu *config);

/* Begins a play from a seed. `plan` fills promises_plan; `describe`, unless NULL, then sets what
 * the guests do. After this all guests are ready. */
void promises_begin(uint32_t seed, void (*plan)(void), void (*describe)(void));

/* Goes on to the next event, and plays its effects. */
void promises_step(void);

/* Takes all interrupts of this time, and then checks everything. */
void promises_settle(void);

#endif
