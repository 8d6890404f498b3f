/*
 * One core, played: vCPUs whose work comes at random, budgets, turns, and the frame's own time, by
 * the rules of docs/scheduling.md. Written from these, not from the analysis that it is to put to
 * the test (test_model_promises.c).
 */
#ifndef TOOLS_CORE_PLAY_H
#define TOOLS_CORE_PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All times are in ticks of 100 ns. */
#define PLAY_TICKS 10u /* of a microsecond */
#define PLAY_VCPUS 8

struct play_vcpu {
	uint8_t priority;
	uint64_t work, period; /* a piece of work, and the least time to the next; 0: it always
	                        * wants to run, or does so in bursts */
	uint64_t budget, budget_period; /* 0: none */
	bool guarantee;
	bool bursts;   /* without work: it rests at times */
	bool flutters; /* likewise, all the time: it runs and rests for microseconds */

	/* Found out: */
	uint64_t worst;      /* from the coming of work to its end */
	uint64_t worst_full; /* from a period's beginning until a budget that was wanted all the
	                      * time was used up; UINT64_MAX: it never was in one of them */

	/* As it is now: */
	uint64_t comes, came; /* the next work, this work */
	uint64_t left;        /* of it */
	uint64_t has;         /* of its budget */
	uint64_t refill;      /* when it has all of it again */
	uint64_t turn;        /* left of it */
	bool wants, told;     /* the frame knows that it does */
	bool all_along;       /* it has wanted to run since its budget was full */
	bool used_up;
};

struct play {
	struct play_vcpu vcpus[PLAY_VCPUS];
	size_t count;
	uint64_t masked, change, interrupt; /* the frame's own times: the first at the most */
	uint64_t random;                    /* seed, not 0 */
	uint64_t now;
	struct play_vcpu *current;
};

uint64_t play_random(struct play *play, uint64_t below);

/* From the beginning on: work comes at once or later, by chance. */
void play_core(struct play *play, uint64_t until);

#endif
