/*
 * A vCPU's deadline: its period begins when it wakes, or where its last one ended if it is late by
 * all of it; it is kept if the vCPU waits again before the deadline. Pure: the caller says what
 * time it is, and touches only those of its own core.
 */
#ifndef PURE_DEADLINE_H
#define PURE_DEADLINE_H

#include <frame/types.h>

#define DEADLINE_NEVER (~0ULL)

struct deadline {
	uint64_t within; /* ticks from a period's beginning */
	uint64_t period; /* ticks, not less than that */
	uint64_t at;     /* counter: its next deadline; DEADLINE_NEVER: it waits, or has none */
};

/* It wakes; or its timer did so before, and nobody could look at it. */
static inline void deadline_wakes(struct deadline *deadline, uint64_t now)
{
	deadline->at = now + deadline->within;
}

/* It waits; or it stands still, or begins anew, and what it was about is void. */
static inline void deadline_rests(struct deadline *deadline)
{
	deadline->at = DEADLINE_NEVER;
}

/* It is past its deadline, and that was said: another period begins where this one ends. */
static inline void deadline_missed(struct deadline *deadline)
{
	deadline->at += deadline->period;
}

#endif
