/*
 * A vCPU's registers for a debugger, and the debug registers of its core. All of it on the vCPU's
 * own core. While a debugger is attached, the guest's own debug registers are set aside (they are
 * in struct debug_vcpu), and debug exceptions come to EL2.
 */
#ifndef MACHINE_DEBUG_H
#define MACHINE_DEBUG_H

#include <state/debug.h>

struct vcpu;

/* Makes the core's debug registers what lies in the box of the partition's debugger, or puts back
 * the guest's; and transfers the vCPU's registers, if the box wants it: it stands then. What of the
 * state can't be a guest's isn't written. A vCPU that is to go on for one instruction must still be
 * parked. */
void debug_follow(struct vcpu *vcpu);

/* An access to a debug register of the guest's own while they are set aside: it has no effect. */
void debug_access(struct vcpu *vcpu, uint32_t encoding, bool read, uint64_t *value);

#endif
