/* What others see of a machine that plays: the accounts, the lives and the timers' hardware. */
#ifndef UNIT_FRAME_SEEN_H
#define UNIT_FRAME_SEEN_H

#include <machine/sysreg.h>
#include <state/core.h>
#include <state/partition.h>
#include <state/vcpu.h>

/* What operators and managers are shown of a partition. */
static inline const struct life_status *seen_life(const struct partition *partition)
{
	return &shared_memory->life[partition->index];
}

/* enum account_state, in which a vCPU that runs is a ready one, too. */
static inline uint32_t seen_state(const struct vcpu *vcpu)
{
	uint32_t state = vcpu->run.account->state;

	return state == ACCOUNT_RUNS ? ACCOUNT_READY : state;
}

/* What its account says is left of its budget. */
static inline uint64_t seen_left(const struct vcpu *vcpu)
{
	return vcpu->run.budget.full - vcpu->run.account->used;
}

/* The context that has this core. */
static inline const struct context *seen_running(void)
{
	return core.current;
}

/* When this core's EL2 timer asks. */
static inline uint64_t seen_armed(void)
{
	return sysreg_read(cnthp_cval_el2);
}

#endif
