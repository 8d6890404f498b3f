/* Registers that are lent to the vCPU that touches them: state/lent.h. All calls are on the vCPU's
 * own core. */
#ifndef MACHINE_LENT_H
#define MACHINE_LENT_H

#include <machine/sysreg.h>
#include <state/lent.h>
#include <stdbool.h>

/* True: this core has as many debug registers as guests are told of, and no more. Otherwise no vCPU
 * gets them. */
bool lent_has_points(void);

/* Finds which of these registers this core has. No vCPU has them yet. */
void lent_begin(void);

/* The running vCPU has touched LENT_PMU or LENT_DEBUG: lends it the group. False: the vCPU has it
 * already, or can't have it. */
bool lent_touch(struct vcpu *vcpu, uint32_t what);

/* EL1 has gone from one vCPU to another (which may be the same), and one of them is `apart`. Saves
 * what the first one has; a recovery may do so again, if it was in the middle. Then loads what the
 * other one had. */
void lent_take(struct vcpu *vcpu);
void lent_give(struct vcpu *vcpu);

/* The vCPU that has EL1 leaves the virtual GIC interface to another vCPU (lent_hush()), or gets it
 * back (lent_speak()). True: its counters ask for an interrupt. */
bool lent_hush(struct vcpu *vcpu);
void lent_speak(const struct vcpu *vcpu);

/* A debugger comes or goes (vcpu->debug.on has changed), or wants other values in the registers. */
void lent_follow(struct vcpu *vcpu);

/* The vCPU is off, and loses its lent registers. */
void lent_drop(struct vcpu *vcpu);

/* The vCPU begins: resets its lent registers. Event counters may have any value after a reset. */
void lent_reset(struct vcpu *vcpu);

#define LENT_CPTR_TFP (1ULL << 10)

/* True: a service runs, which has no floating point. */
static inline bool lent_to_service(void)
{
	return (sysreg_read(cptr_el2) & LENT_CPTR_TFP) != 0;
}

/* True: the performance monitor of the vCPU that has EL1 asks for its interrupt. */
static inline bool lent_pmu_asks(void)
{
	return (sysreg_read(pmovsset_el0) & sysreg_read(pmintenset_el1)) != 0;
}

#endif
