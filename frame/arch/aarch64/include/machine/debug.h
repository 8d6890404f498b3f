/*
 * A vCPU's registers for a debugger, and the debug registers of its core. All of it on the vCPU's
 * own core. While a debugger is attached, the guest's own debug registers are set aside (they are
 * in struct debug_vcpu), and debug exceptions come to EL2.
 */
#ifndef MACHINE_DEBUG_H
#define MACHINE_DEBUG_H

#include <frame/debug.h>

/* How many registers of a kind there are, of those that are used. */
uint32_t debug_breakpoints(void);
uint32_t debug_watchpoints(void);

/* Makes the core's debug registers what the partition's debugger wants, or puts back the guest's. A
 * vCPU that is to go on for one instruction must still be parked. */
void debug_follow(struct vcpu *vcpu);

/* The vCPU begins: nothing of a former life is in them. */
void debug_reset(struct vcpu *vcpu);

/* Of a vCPU that stands. What of the state can't be a guest's isn't written. */
void debug_read_registers(struct vcpu *vcpu, struct stop_report *to);
void debug_write_registers(struct vcpu *vcpu, const struct stop_report *from);

/* An access to a debug register of the guest's own while they are set aside, or of one that shares
 * its core: those have no effect. */
void debug_access(struct vcpu *vcpu, uint32_t encoding, bool read, uint64_t *value);

#endif
