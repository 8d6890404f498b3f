/* A vCPU's registers for a debugger, as frame/core needs them: see fake/debug.c. */
#ifndef MACHINE_DEBUG_H
#define MACHINE_DEBUG_H

#include <state/vcpu.h>

void debug_follow(struct vcpu *vcpu);

#endif
