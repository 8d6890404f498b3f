/*
 * Traps from below EL2. The vectors call trap_… with the context that trapped, whose general
 * registers are saved in it. Its other registers are still in the CPU, and are read through
 * machine/. Each class of trap has one entry in the table of trap.c.
 */
#ifndef TURN_TRAP_H
#define TURN_TRAP_H

#include <frame/types.h>
#include <machine/local.h>

struct vcpu;

/* Carries out a guest's call by HVC or SMC: SMCCC, PSCI, Kumiki's own. */
void call_guest(struct vcpu *vcpu);

/* Handles a data abort of stage 2: an access to an emulated device, or the guest's error. */
void access_guest(struct vcpu *vcpu, uint64_t syndrome);

/* What the rights of a guarded partition's pages forbid. False: this abort isn't about them. */
bool guard_fault(struct vcpu *vcpu, uint64_t syndrome);

/* Takes one physical interrupt, while nothing runs below EL2, or before the next context does. */
void trap_idle_interrupt(void);

/* Makes the guests' view of this core's identification registers, at its start. */
void sysreg_begin(void);

/* Handles a trapped access to a system register. */
void sysreg_guest(struct vcpu *vcpu, uint64_t syndrome);

/* Give the guest an exception as the hardware does: an undefined instruction, an external abort.
 * The frame itself fails if such an abort isn't the guest's fault: the partition has something
 * there, so its stage 2 is damaged. */
void inject_undefined(struct vcpu *vcpu);
void inject_abort(struct vcpu *vcpu, uint64_t syndrome);
void inject_refusal(struct vcpu *vcpu, uint64_t syndrome); /* by the rights of a page */
extern bool inject_met_damage CORE_LOCAL;                  /* this is why the core has failed */

/* Gives the guest its own debug exception, which came to EL2 because a debugger is attached. */
void inject_debug(struct vcpu *vcpu, uint64_t syndrome);

/* Gives the guest an abort of the trapped instruction's fetch, with this status. */
void inject_fetch_abort(struct vcpu *vcpu, uint32_t status);

#endif
