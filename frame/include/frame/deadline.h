/*
 * A vCPU's deadline: its period begins when it wakes, or where its last one ended if it is late by
 * all of it; it is kept if the vCPU waits again before the deadline. Pure: the caller says what
 * time it is, and touches only those of its own core.
 */
#ifndef FRAME_DEADLINE_H
#define FRAME_DEADLINE_H

#include <frame/types.h>

#define DEADLINE_NEVER (~0ULL)

struct deadline {
	uint64_t within; /* ticks from a period's beginning; 0: none, and the rest means nothing */
	uint64_t period; /* ticks; 0: the next one begins when it wakes, however late */
	uint64_t began;  /* counter */
	uint64_t at;     /* counter; DEADLINE_NEVER: it waits, or nothing more is to be said */
};

/* As described, in microseconds, for a counter of so many Hz. Not in a period. */
void deadline_init(struct deadline *deadline, uint32_t within, uint32_t period, uint64_t hz);

/* It wakes. */
void deadline_wakes(struct deadline *deadline, uint64_t now);

/* It waits; or it stands still, or begins anew, and what it was about is void. */
void deadline_rests(struct deadline *deadline);

/*
 * True: it is past the deadline of the period that began at deadline->began until now, and the next
 * one has begun, or nothing more is to be said until it wakes again. Once for each.
 */
bool deadline_missed(struct deadline *deadline, uint64_t now);

#endif
