/*
 * Registers that most guests leave alone: the performance monitor's and those of self-hosted
 * debug. Each of the two groups traps until a vCPU touches one of its registers. Then the group is
 * lent to the vCPU, which uses it without a trap. When another vCPU gets EL1, the group is taken
 * and kept in memory. A group that counts or watches comes back with EL1; any other one comes back
 * at the next touch. So a vCPU pays nothing if it never touches a group, or has only reset it, as
 * Linux does at its start.
 */
#ifndef STATE_LENT_H
#define STATE_LENT_H

#include <frame/types.h>

struct vcpu;

#define LENT_PMU   1u
#define LENT_DEBUG 2u

#define LENT_COUNTERS_MAX 31

/* The counters of a vCPU while the core doesn't hold them. (struct debug_vcpu has debug's.) */
struct lent_counters {
	uint64_t control, enabled, interrupts, overflowed, selected, user;
	uint64_t cycles, cycles_filter;
	struct {
		uint64_t count, type;
	} event[LENT_COUNTERS_MAX];
};

#endif
