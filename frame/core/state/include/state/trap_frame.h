/*
 * What the vectors keep of the trap that a core carries out: at the top of the core's stack. The
 * next trap overwrites it. A recovery (start/recover.c) undoes a trap by it.
 */
#ifndef STATE_TRAP_FRAME_H
#define STATE_TRAP_FRAME_H

#include <frame/asm.h>
#include <frame/layout.h>
#include <state/context.h>

struct trap_frame {
	uint64_t x[4]; /* x0 to x3 of the context */
	uint64_t esr;  /* ESR_EL2 while a synchronous trap or an SError is carried out; or 0 */
	uint64_t pc;   /* where it happened; or not 0 while all registers are in the context */
	/* A register that the trap has changed, and its value before. 0: none; n + 1: x<n>. */
	uint64_t changed, old;
};

_Static_assert(offsetof(struct trap_frame, x) == TRAP_FRAME_X &&
                   offsetof(struct trap_frame, esr) == TRAP_FRAME_ESR &&
                   offsetof(struct trap_frame, pc) == TRAP_FRAME_PC &&
                   sizeof(struct trap_frame) == TRAP_FRAME_SIZE,
               "vectors.S stores there");

#define trap_frame_own ((struct trap_frame *)(LAYOUT_STACK_TOP - TRAP_FRAME_SIZE))

/* Changes a register of the context whose access is carried out. The order of the stores is that of
 * this function: until trap_done() a recovery brings the old value back. */
static inline void trap_changes(struct context *context, uint32_t number, uint64_t value)
{
	struct trap_frame *frame = trap_frame_own;

	frame->old = context->x[number];
	order_stores();
	frame->changed = number + 1;
	order_stores();
	context->x[number] = value;
}

/* The context's PC was advanced: the access is done. */
static inline void trap_done(void)
{
	order_stores();
	trap_frame_own->changed = 0;
}

#endif
