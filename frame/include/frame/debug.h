/*
 * A debugger's hold on a partition: see kumiki/debug.h and docs/debugging.md. What is asked for is
 * the partition's loader's to decide (service/debug.h); here is what nobody else can do: its vCPUs
 * stand and go on, a debug exception is taken, and each vCPU's core does what lies in the box for
 * it. A partition without a debugger has nothing of this: its debug exceptions and registers are
 * its own.
 */
#ifndef FRAME_DEBUG_H
#define FRAME_DEBUG_H

#include <frame/types.h>
#include <kumiki/debug.h>

struct partition;
struct vcpu;

/* Kept (keep.h); the home core's, but for what is said to be others'. */
struct debug {
	uint32_t attached; /* read by all of its cores, as they are told to follow */
	uint32_t holds; /* a bit for each vCPU that is to stand; atomically, by any of its cores */
	uint32_t again; /* there was something to look at while the loader was at work */
};

/* Of a vCPU; its core's. */
struct debug_vcpu {
	uint32_t on;            /* the debug registers are the debugger's, these here its own */
	uint32_t stepping;      /* no interrupt gets in between */
	uint64_t mdscr, locked; /* MDSCR_EL1; OSLAR_EL1 */
	struct debug_hardware own;
};

/* Something may have happened that a debugger waits for: the loader is to look. On the home core.
 */
void debug_look(struct partition *partition);

/* The loader has: enum debug_order; or it failed. On the home core. */
void debug_looked(struct partition *partition, uint64_t order);
void debug_failed(struct partition *partition);

/* A debug exception of a vCPU, on its core: it stands, and all others with it. */
void debug_trap(struct vcpu *vcpu, uint64_t esr, uint64_t far);

#endif
