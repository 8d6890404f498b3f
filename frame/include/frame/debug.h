/*
 * A debugger's hold on a partition: see kumiki/debug.h and docs/debugging.md. Requests come to the
 * partition's home core, which halts its vCPUs and lets them go; what is in a vCPU's registers is
 * for that one's core, what is in memory for the partition's loader. A partition without a debugger
 * has nothing of this: its debug exceptions and registers are its own.
 */
#ifndef FRAME_DEBUG_H
#define FRAME_DEBUG_H

#include <frame/types.h>
#include <kumiki/debug.h>

struct partition;
struct vcpu;

/* Who carries out the request that lies in the box. */
enum debug_serving {
	DEBUG_NOBODY,
	DEBUG_LOADER,
	DEBUG_LEAVING, /* it waits for all vCPUs, and for the loader, to detach */
	DEBUG_VCPU,    /* and the vCPU's index: its core */
};

/* Kept (keep.h); the home core's, but for what is said to be others'. */
struct debug {
	uint32_t attached; /* read by all of its cores, as they are told to follow */
	uint32_t holds; /* a bit for each vCPU that is to stand; atomically, by any of its cores */
	uint32_t held;  /* `holds` as it was set here: what is more hit something */
	uint32_t hit;   /* who did, since it last went on */
	uint32_t step;  /* a bit for each that goes on for one instruction */
	uint32_t told;  /* the host knows that it stands */
	uint32_t serving; /* enum debug_serving; atomically */
	struct debug_hardware hardware;
};

/* Of a vCPU; its core's. */
struct debug_vcpu {
	uint32_t on;       /* the debug registers are the debugger's, these here its own */
	uint32_t stepping; /* no interrupt gets in between */
	uint64_t esr, far; /* what it hit last: written before its bit of `holds`, read behind it */
	uint64_t mdscr, locked;
	struct debug_hardware own;
};

/* A request lies in the box. On the home core. */
void debug_message(struct partition *partition);

/* All vCPUs may stand by now, or its state has changed. On the home core. */
void debug_look(struct partition *partition);

/* It crashed: there is news when it is held. Its life ends. On the home core. */
void debug_crashed(struct partition *partition);
void debug_over(struct partition *partition);

/* The loader's answer, or its failure; false: it wasn't at work for a debugger. It has to do
 * something else now. On the home core. */
bool debug_loaded(struct partition *partition, uint32_t status);
void debug_give_way(struct partition *partition);

/* A debug exception of a vCPU, on its core: it stands, and all others with it. */
void debug_trap(struct vcpu *vcpu, uint64_t esr, uint64_t far);

/* The request is for this vCPU; on its core. */
void debug_serve(struct vcpu *vcpu);

/* From any of its cores. */
bool debug_holds(const struct partition *partition);
bool debug_holds_vcpu(const struct vcpu *vcpu);

#endif
