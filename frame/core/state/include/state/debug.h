/* What is kept of a debugger's hold on a partition and on a vCPU. docs/debugging.md. */
#ifndef STATE_DEBUG_H
#define STATE_DEBUG_H

#include <frame/types.h>
#include <kumiki/debug.h>

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

#endif
