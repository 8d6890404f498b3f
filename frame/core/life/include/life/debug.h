/*
 * A debugger's hold on a partition: see kumiki/debug.h and docs/debugging.md. The partition's
 * loader decides about the debugger's requests (service/debug.h). The frame does the rest: the
 * vCPUs stand and go on, a debug exception is taken, and each vCPU's core carries out its orders in
 * the box. A partition without a debugger has nothing of this: its debug exceptions and registers
 * are its own.
 */
#ifndef LIFE_DEBUG_H
#define LIFE_DEBUG_H

#include <frame/types.h>

struct partition;
struct vcpu;

/* Has the loader look: something may have happened that a debugger waits for. On the home core. */
void debug_look(struct partition *partition);

/* The loader has looked (`order`: enum debug_order), or has failed. On the home core. */
void debug_looked(struct partition *partition, uint64_t order);
void debug_failed(struct partition *partition);

/* Takes a debug exception of a vCPU, on its core: the vCPU stands, and all others with it. */
void debug_trap(struct vcpu *vcpu, uint64_t esr, uint64_t far);

#endif
