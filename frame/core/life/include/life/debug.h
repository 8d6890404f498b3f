/*
 * A debugger's hold on a partition: see kumiki/debug.h and docs/debugging.md. What is asked for is
 * the partition's loader's to decide (service/debug.h); here is what nobody else can do: its vCPUs
 * stand and go on, a debug exception is taken, and each vCPU's core does what lies in the box for
 * it. A partition without a debugger has nothing of this: its debug exceptions and registers are
 * its own.
 */
#ifndef LIFE_DEBUG_H
#define LIFE_DEBUG_H

#include <frame/types.h>

struct partition;
struct vcpu;

/* Something may have happened that a debugger waits for: the loader is to look. On the home core.
 */
void debug_look(struct partition *partition);

/* The loader has: enum debug_order; or it failed. On the home core. */
void debug_looked(struct partition *partition, uint64_t order);
void debug_failed(struct partition *partition);

/* A debug exception of a vCPU, on its core: it stands, and all others with it. */
void debug_trap(struct vcpu *vcpu, uint64_t esr, uint64_t far);

#endif
