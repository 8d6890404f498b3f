/*
 * Traps from below EL2. The vectors call trap_… with the context that trapped, whose general
 * registers are saved in it; what stays in system registers is read through machine/. Each class of
 * trap has one entry in the table of arch's trap.c.
 */
#ifndef TURN_TRAP_H
#define TURN_TRAP_H

#include <frame/types.h>

struct vcpu;

/* A call by HVC or SMC: SMCCC, PSCI, Kumiki's own. */
void call_guest(struct vcpu *vcpu);

/* A data abort of stage 2: an emulated device, or the guest's error. */
void access_guest(struct vcpu *vcpu, uint64_t syndrome);

/* One physical interrupt, while nothing runs below EL2, or before another context does. */
void trap_idle_interrupt(void);

/* A system register or instruction that traps. Of the identification registers a core makes the
 * guests' view once, at its start. */
void sysreg_begin(void);
void sysreg_guest(struct vcpu *vcpu, uint64_t syndrome);

/* What hardware would give for an error: undefined instruction, external abort. */
void inject_undefined(struct vcpu *vcpu);
void inject_abort(struct vcpu *vcpu, uint64_t syndrome, uint64_t address);

/* Its own breakpoint instruction, which came to EL2 because a debugger is attached. */
void inject_debug(struct vcpu *vcpu, uint64_t syndrome);

/* The fetch of the instruction that trapped fails, with this status. */
void inject_fetch_abort(struct vcpu *vcpu, uint32_t status);

#endif
