/* A vCPU's registers for a debugger, as frame/core needs them: see fake/debug.c. */
#ifndef MACHINE_DEBUG_H
#define MACHINE_DEBUG_H

#include <frame/debug.h>

uint32_t debug_breakpoints(void);
uint32_t debug_watchpoints(void);
void debug_follow(struct vcpu *vcpu);
void debug_read_registers(const struct vcpu *vcpu, struct stop_report *to);
void debug_write_registers(struct vcpu *vcpu, const struct stop_report *from);

#endif
