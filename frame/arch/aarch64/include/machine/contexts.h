/* The state that AArch64 holds for a context: these functions make it and switch it. */
#ifndef MACHINE_CONTEXTS_H
#define MACHINE_CONTEXTS_H

#include <machine/sysreg.h>
#include <state/core.h>
#include <state/partition.h>

void context_init_vcpu(struct context *context, const struct stage2 *s2, uint32_t index,
                       uint32_t priority);
void context_init_service(struct context *context, enum context_kind kind, const struct stage2 *s2,
                          uint8_t trace_id, uint32_t priority);

/* For a recovery: makes anew what the frame derives of a context. */
void context_renew(struct context *context);

/* Sets the registers of EL2 that stay the same on this core. */
void context_init_core(void);
/* True: one of them isn't as it was set, or HCR_EL2 isn't for the current context's kind. */
bool context_core_differs(void);

/* Makes `next` the context that the vectors return to; `old` (or 0) ran until now. */
void context_switch(struct context *old, struct context *next);

/* The vectors' ERET makes these writes effective. */
static inline void context_load_place(const struct context *context)
{
	uint64_t pc = context->pc, pstate = context->pstate;
	uint64_t hcr = context->hcr, vttbr = context->vttbr;

	sysreg_write(elr_el2, pc);
	sysreg_write(spsr_el2, pstate);
	sysreg_write(hcr_el2, hcr);
	sysreg_write(vttbr_el2, vttbr);
	sysreg_write(tpidr_el2, (uintptr_t)context);
}

/* context_switch() to the same context, if only the trapping of its WFI may have changed. */
static inline void context_stay(const struct context *context)
{
	sysreg_write(hcr_el2, context->hcr);
}

/* Exchanges the keys and the lent registers, as EL1 has gone from `old` to `next`; saves those of
 * `old` alone, for a recovery from a crash in the middle. */
void context_exchange_apart(struct vcpu *old, struct vcpu *next);
void context_save_apart(struct vcpu *old);

/* Loads these registers into EL1 for `next`, and saves those of the vCPU that had EL1. */
static inline void context_exchange_el1(struct vcpu *old, struct vcpu *next,
                                        const struct resident_el1 *from)
{
	resident_exchange_el1(&old->saved.el1, from, next, &core.el1);
	if ((core.lent | next->context.apart) != 0)
		context_exchange_apart(old, next);
	core.el1_whole = next;
}

/* context_switch() from one vCPU to another, if both go on (context_goes_on()). `old` has EL1. */
static inline void context_pass(struct vcpu *old, struct vcpu *next)
{
	context_exchange_el1(old, next, &next->saved.el1);
	context_load_place(&next->context);
}

/* For a recovery: if a service has taken EL1, the guest's own registers come back. */
void contexts_leave_service(void);

/* ELR_EL2 and SPSR_EL2 may have those of the frame itself: run/progress.h. */
static inline uint64_t context_pc(void)
{
	return ((const struct context *)sysreg_read(tpidr_el2))->pc;
}

/* The two registers have them again. */
static inline void context_reload_place(void)
{
	const struct context *context = (const struct context *)sysreg_read(tpidr_el2);

	sysreg_write(elr_el2, context->pc);
	sysreg_write(spsr_el2, context->pstate);
}

/* The current context goes on at another place. */
static inline void context_set_place(struct context *context, uint64_t pc, uint64_t pstate)
{
	context->pc = pc;
	context->pstate = pstate;
	sysreg_write(elr_el2, pc);
	sysreg_write(spsr_el2, pstate);
}

static inline void context_set_pc(struct context *context, uint64_t pc)
{
	context_set_place(context, pc, context->pstate);
}

/*
 * Goes on behind the trapped instruction, which the frame has carried out. So a single step by the
 * guest's own debugger is done (SPSR_EL2.SS), and no branch target is expected any more (BTYPE).
 */
static inline void context_advance(struct context *context, uint64_t esr)
{
	context_set_place(context, context->pc + 2 + 2 * (esr >> 25 & 1),
	                  context->pstate & ~(1ULL << 21 | 3ULL << 10));
}

/* Goes to the current context from core_run(). */
_Noreturn void core_leave(void);

#endif
