/* Registers that are lent: the fake machine has none. */
#ifndef MACHINE_LENT_H
#define MACHINE_LENT_H

#include <state/vcpu.h>
#include <stdbool.h>

static inline void lent_drop(struct vcpu *vcpu)
{
	(void)vcpu;
}

static inline bool lent_hush(struct vcpu *vcpu)
{
	(void)vcpu;
	return false;
}

static inline void lent_speak(const struct vcpu *vcpu)
{
	(void)vcpu;
}

static inline bool lent_pmu_asks(void)
{
	return false;
}

#endif
