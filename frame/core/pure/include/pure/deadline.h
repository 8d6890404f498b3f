/*
 * A vCPU's deadline. A period begins when the vCPU wakes; if it has missed its deadline, where the
 * last period ended. The deadline is kept if the vCPU waits again before it. Pure: the caller says
 * what time it is, and touches only deadlines of its own core.
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

/* The vCPU wakes; or its timer was due before, when nothing could look at it. */
static inline void deadline_wakes(struct deadline *deadline, uint64_t now)
{
	deadline->at = now + deadline->within;
}

/* The vCPU waits; or it stands still or begins anew, and its present work is void. */
static inline void deadline_rests(struct deadline *deadline)
{
	deadline->at = DEADLINE_NEVER;
}

/* The vCPU is past its deadline, and that was told: another period begins where this one ends. */
static inline void deadline_missed(struct deadline *deadline)
{
	deadline->at += deadline->period;
}

#endif
