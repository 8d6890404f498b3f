/*
 * A vCPU's deadline. A period begins when the vCPU wakes; after a missed deadline, when the last
 * period ends. The deadline is kept if the vCPU begins to wait before the deadline is over. Pure:
 * the caller says what time it is, and touches only deadlines of its own core.
 */
#ifndef PURE_DEADLINE_H
#define PURE_DEADLINE_H

#include <frame/types.h>

#define DEADLINE_NEVER (~0ULL)

struct deadline {
	uint64_t within; /* ticks from a period's beginning */
	uint64_t period; /* ticks, not less than `within` */
	uint64_t at;     /* counter: the next deadline; DEADLINE_NEVER: there is none */
};

/* The vCPU wakes. `now` is earlier if its timer was over earlier, and nothing could look at it
 * then. */
static inline void deadline_wakes(struct deadline *deadline, uint64_t now)
{
	deadline->at = now + deadline->within;
}

/* The vCPU waits. Or it stands still or begins anew, and its present work doesn't count any more.
 */
static inline void deadline_rests(struct deadline *deadline)
{
	deadline->at = DEADLINE_NEVER;
}

/* The vCPU has missed its deadline, and that was told: its next period begins where this one ends.
 */
static inline void deadline_missed(struct deadline *deadline)
{
	deadline->at += deadline->period;
}

#endif
