/* What is kept of a debugger's hold on a partition and on a vCPU. docs/debugging.md. */
#ifndef STATE_DEBUG_H
#define STATE_DEBUG_H

#include <frame/types.h>
#include <kumiki/debug.h>

/* Kept (keep.h). The home core writes it, unless a field says otherwise. */
struct debug {
	uint32_t attached; /* the partition's cores read it when they are told to follow */
	uint32_t holds; /* a bit for each vCPU that is to stand; changed atomically, by any of its
	                   cores */
	uint32_t again; /* the loader is to look once more when it is ready */
};

/* A debugger's hold on a vCPU. The vCPU's core writes it. */
struct debug_vcpu {
	uint32_t on;               /* the debugger uses the core's debug registers */
	uint32_t stepping;         /* single step: no interrupt gets in between */
	uint64_t mdscr, locked;    /* MDSCR_EL1; OSLAR_EL1 */
	struct debug_hardware own; /* the vCPU's, while `on` */
};

#endif
