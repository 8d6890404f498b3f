/*
 * What a core runs below EL2: a vCPU or a service context. A context belongs to one core: only that
 * core's code touches it.
 */
#ifndef STATE_CONTEXT_H
#define STATE_CONTEXT_H

#include <frame/asm.h>
#include <frame/types.h>
#include <stddef.h>

#define CONTEXT_HCR_TWI (1ULL << 13) /* of `hcr`: WFI traps */

/* The kinds behind CONTEXT_LOADER are services that last. From CONTEXT_CONSOLE on there is one
 * context of each kind (state/services.h). */
enum context_kind {
	CONTEXT_VCPU,
	CONTEXT_LOADER,
	CONTEXT_BROKER,
	CONTEXT_CONSOLE,
	CONTEXT_WARDEN,
	CONTEXT_UPDATER, /* only where the bundle has an update key */
};
#define CONTEXT_KINDS (CONTEXT_UPDATER + 1)

enum context_state {
	CONTEXT_OFF,           /* doesn't run */
	CONTEXT_BLOCKED,       /* waits for an event */
	CONTEXT_READY,         /* in its core's queue, or running */
	CONTEXT_EXHAUSTED = 4, /* would be ready, but its budget is used up: promise.h */
};

struct context {
	/* ---- kept (keep.h) ---- */
	uint64_t x[31]; /* the vectors store here: first, see CONTEXT_X */
	/* The vectors store both here. While the context is current, ELR_EL2 and SPSR_EL2 have
	 * them, too, unless core.held isn't 0; a change goes to both: context_set_place(). */
	uint64_t pc;
	uint64_t pstate;
	uint64_t sp; /* of a service; a vCPU's stays in its register */
	/* ---- derived ---- */
	uint64_t hcr;         /* HCR_EL2 while the context runs */
	uint64_t vttbr;       /* VTTBR_EL2 while the context runs */
	struct context *next; /* in the ready queue */
	uint8_t kind;         /* enum context_kind */
	uint8_t fresh;        /* begins anew: the core's registers aren't its own yet */
	uint8_t apart;        /* lent registers (lent.h) change hands with this vCPU */
	uint8_t forgets; /* another vCPU of the partition ran here since, or this one ran elsewhere:
	                    translations are forgotten before it runs */
	uint8_t state;   /* enum context_state */
	uint8_t owed;    /* an interrupt ended its last turn early: none ends the next turn */
	uint8_t priority; /* higher runs first */
	uint8_t trace_id; /* index of the vCPU, or TRACE_CONSOLE and the like */
	uint64_t turn;    /* ticks that are left of its turn; 0: the next turn is a new one */
	/* While a vCPU's guarantee lasts: the ticks that are left of its turn at priority 0. */
	uint64_t last_turn;
	/* Counter: when its last turn at priority 0 began or went on. 0: that turn was interrupted,
	 * or the service has waited since (a broker that rested keeps it). */
	uint64_t last_began;
};

/* True: the context is a vCPU that goes on where it was. */
static inline bool context_goes_on(const struct context *context)
{
	return context->kind == CONTEXT_VCPU && context->fresh == 0;
}

_Static_assert(offsetof(struct context, x) == CONTEXT_X, "vectors.S stores there");
_Static_assert(offsetof(struct context, pc) == CONTEXT_PC, "and there");

#endif
