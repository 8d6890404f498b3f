/*
 * A debugger's hold on a partition: see kumiki/debug.h and docs/debugging.md. The partition's
 * loader decides about the debugger's requests (service/debug.h). The frame does the rest: it has
 * vCPUs stand and go on, and takes debug exceptions; each vCPU's core carries out the orders for
 * that vCPU in the debug box. In a partition without a debugger, debug exceptions and registers are
 * the guest's own.
 */
#ifndef LIFE_DEBUG_H
#define LIFE_DEBUG_H

#include <frame/types.h>

struct partition;
struct vcpu;

/* True: a debugger is attached, or has asked for something. On the home core. */
bool debug_works(const struct partition *partition);

/* Something may have happened that a debugger waits for: has the loader look. On the home core. */
void debug_look(struct partition *partition);

/* The loader has looked (`order`: enum debug_order), or has failed. On the home core. */
void debug_looked(struct partition *partition, uint64_t order);
void debug_failed(struct partition *partition);

/* Takes a debug exception of a vCPU, on the vCPU's core. The vCPU stands at once, and the loader
 * hears of it. */
void debug_trap(struct vcpu *vcpu, uint64_t esr, uint64_t far);

#endif
