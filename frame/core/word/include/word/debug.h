/* The vCPUs that a debugger holds; from any of the partition's cores. */
#ifndef WORD_DEBUG_H
#define WORD_DEBUG_H

#include <state/partition.h>

/* The vCPUs that a debugger holds, a bit for each. */
static inline uint32_t debug_holds(const struct partition *partition)
{
	return __atomic_load_n(&partition->debug.holds, __ATOMIC_SEQ_CST);
}

static inline bool debug_holds_vcpu(const struct vcpu *vcpu)
{
	return (debug_holds(vcpu->partition) >> vcpu->index & 1) != 0;
}

/* A debugger, or a mend, holds all vCPUs. */
static inline bool debug_holds_all(const struct partition *partition)
{
	return debug_holds(partition) == partition_vcpus(partition);
}

/* Takes the partition from its debugger, as its life ends. On its home core. */
static inline void debug_over(struct partition *partition)
{
	partition->debug.attached = 0;
	__atomic_store_n(&partition->debug.holds, 0, __ATOMIC_SEQ_CST);
}

#endif
