/* What can be seen of the played machine from outside: the accounts, the lives and the timers'
 * hardware. */
#ifndef UNIT_FRAME_SEEN_H
#define UNIT_FRAME_SEEN_H

#include <machine/sysreg.h>
#include <state/core.h>
#include <state/partition.h>
#include <state/vcpu.h>

/* The status of a partition that operators and managers see. */
static inline const struct life_status *seen_life(const struct partition *partition)
{
	return &shared_memory->life[partition->index];
}

/* The vCPU's enum account_state; a running vCPU counts as ready. */
static inline uint32_t seen_state(const struct vcpu *vcpu)
{
	uint32_t state = vcpu->run.account->state;

	return state == ACCOUNT_RUNS ? ACCOUNT_READY : state;
}

/* How much of its budget is left, by its account. */
static inline uint64_t seen_left(const struct vcpu *vcpu)
{
	return vcpu->run.budget.full - vcpu->run.account->used;
}

/* The context that has this core. */
static inline const struct context *seen_running(void)
{
	return core.current;
}

/* When this core's EL2 timer is due. */
static inline uint64_t seen_armed(void)
{
	return sysreg_read(cnthp_cval_el2);
}

#endif
