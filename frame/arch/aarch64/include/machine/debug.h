/*
 * A vCPU's registers for a debugger, and the debug registers of the vCPU's core. All calls are on
 * that core. While a debugger is attached, the guest's own debug registers are set aside in struct
 * debug_vcpu, and debug exceptions come to EL2.
 */
#ifndef MACHINE_DEBUG_H
#define MACHINE_DEBUG_H

#include <state/debug.h>

struct vcpu;

/* Loads the debug registers from the partition's debug box, or puts back the guest's own. If the
 * box asks for it, transfers the vCPU's registers, too: the vCPU stands still then. State that a
 * guest can't have isn't written. A vCPU that is to make a single step must still be parked. */
void debug_follow(struct vcpu *vcpu);

/* Carries out a guest's access to a debug register that isn't lent to it. The access has no effect
 * on the CPU. */
void debug_access(struct vcpu *vcpu, uint32_t encoding, bool read, uint64_t *value);

#endif
