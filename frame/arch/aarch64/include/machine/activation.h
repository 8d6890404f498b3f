/*
 * Which execution of an instruction trapped: its address, state and stack. If two traps have the
 * same values, the guest has executed the same instruction again, however many handlers ran in
 * between.
 */
#ifndef MACHINE_ACTIVATION_H
#define MACHINE_ACTIVATION_H

#include <machine/sysreg.h>
#include <state/context.h>
#include <stdbool.h>

struct activation {
	uint64_t pc, pstate, stack;
};

/* The activation of the current context. */
static inline struct activation activation_now(void)
{
	const struct context *context = (const struct context *)sysreg_read(tpidr_el2);
	struct activation now = {.pc = context->pc, .pstate = context->pstate};

	now.stack = (now.pstate & 1) != 0 ? sysreg_read(sp_el1) : sysreg_read(sp_el0);
	return now;
}

/* A value that no instruction has. */
static inline struct activation activation_none(void)
{
	return (struct activation){.pc = ~0ULL};
}

static inline bool activation_is(const struct activation *a, const struct activation *b)
{
	return a->pc == b->pc && a->pstate == b->pstate && a->stack == b->stack;
}

#endif
