/*
 * Registers that most guests leave alone, the performance monitor's and those of self-hosted
 * debug. They trap until a vCPU touches one; then they are lent to it: its own, without a trap.
 * When another vCPU gets EL1, they are taken and kept in memory. What counts, or watches, comes
 * back with EL1; what doesn't, at the next touch. So a vCPU that never touches them pays nothing,
 * and one that has done so once (Linux, which resets them at start) neither.
 */
#ifndef STATE_LENT_H
#define STATE_LENT_H

#include <frame/types.h>

struct vcpu;

#define LENT_PMU   1u
#define LENT_DEBUG 2u

#define LENT_COUNTERS_MAX 31

/* Of a vCPU that hasn't got them just now. (Those of debug are in struct debug_vcpu.) */
struct lent_counters {
	uint64_t control, enabled, interrupts, overflowed, selected, user;
	uint64_t cycles, cycles_filter;
	struct {
		uint64_t count, type;
	} event[LENT_COUNTERS_MAX];
};

#endif
