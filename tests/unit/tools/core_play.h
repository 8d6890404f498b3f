/*
 * Plays one core by the rules of docs/inside/scheduling.md: vCPUs whose work comes at random,
 * budgets, turns, and the frame's own time. It was written from these rules, and not from the
 * analysis, which it tests (test_model_promises.c).
 */
#ifndef TOOLS_CORE_PLAY_H
#define TOOLS_CORE_PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All times are in ticks of 100 ns. */
#define PLAY_TICKS 10u /* in a microsecond */
#define PLAY_VCPUS 8

struct play_vcpu {
	uint8_t priority;
	uint64_t work, period; /* a piece of work, and the least time until the next one; 0: it
	                          wants to run always, or in bursts */
	uint64_t budget, budget_period; /* 0: none */
	bool guarantee;
	bool bursts;   /* if `work` is 0: it rests at times */
	bool flutters; /* if `work` is 0: it runs and rests for microseconds, all the time */

	/* Results: */
	uint64_t worst;      /* from the coming of work to its end */
	uint64_t worst_full; /* from a period's beginning until its budget was used up, if it was
	                        wanted all the time; UINT64_MAX: in a period it wasn't used up */

	/* The present state: */
	uint64_t comes, came; /* when the next work comes, and when this work came */
	uint64_t left;        /* the rest of this work */
	uint64_t has;         /* the rest of its budget */
	uint64_t refill;      /* when its budget is full again */
	uint64_t turn;        /* the rest of its turn */
	bool wants, told;     /* it wants to run; and the frame knows that */
	bool all_along;       /* it has wanted to run since its budget was full */
	bool used_up;
};

struct play {
	struct play_vcpu vcpus[PLAY_VCPUS];
	size_t count;
	uint64_t masked, change, interrupt; /* the frame's times; `masked`: the longest */
	uint64_t random;                    /* seed, not 0 */
	uint64_t now;
	struct play_vcpu *current;
};

uint64_t play_random(struct play *play, uint64_t below);

/* Plays from the beginning on. The first work comes at once or later, at random. */
void play_core(struct play *play, uint64_t until);

#endif
