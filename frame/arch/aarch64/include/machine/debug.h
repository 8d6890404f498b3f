/*
 * A vCPU's registers for a debugger, and the debug registers of its core. All calls are on the
 * vCPU's own core. While a debugger is attached, the guest's own debug registers are set aside in
 * struct debug_vcpu, and debug exceptions come to EL2.
 */
#ifndef MACHINE_DEBUG_H
#define MACHINE_DEBUG_H

#include <state/debug.h>

struct vcpu;

/* Loads the debug registers from the box of the partition's debugger, or puts back the guest's.
 * Transfers the vCPU's registers, too, if the box asks for it: the vCPU stands then. State that
 * can't be a guest's isn't written. A vCPU that is to go on for one instruction must still be
 * parked. */
void debug_follow(struct vcpu *vcpu);

/* The guest's access to its own debug register while these are set aside: it has no effect on the
 * CPU. */
void debug_access(struct vcpu *vcpu, uint32_t encoding, bool read, uint64_t *value);

#endif
