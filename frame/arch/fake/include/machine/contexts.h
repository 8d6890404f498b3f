/* What a core of the fake machine runs below EL2: see fake/cpu.h. */
#ifndef MACHINE_CONTEXTS_H
#define MACHINE_CONTEXTS_H

#include <machine/sysreg.h>
#include <pure/stage2.h>
#include <state/vcpu.h>

void context_init_vcpu(struct context *context, const struct stage2 *s2, uint32_t index,
                       uint32_t priority);
void context_init_service(struct context *context, enum context_kind kind, const struct stage2 *s2,
                          uint8_t trace_id, uint32_t priority);
void context_init_core(void);

static inline bool context_core_differs(void)
{
	return fake_sysregs->differs;
}

void context_switch(struct context *old, struct context *next);

static inline void context_stay(const struct context *context)
{
	(void)context;
}

static inline void context_pass(struct vcpu *old, struct vcpu *next)
{
	context_switch(&old->context, &next->context);
}

static inline uint64_t context_pc(void)
{
	return sysreg_read(elr_el2);
}

/* No interrupt overwrites them here. */
static inline void context_reload_place(void)
{
}

static inline void context_set_pc(struct context *context, uint64_t pc)
{
	context->pc = pc;
	sysreg_write(elr_el2, pc);
}

/* No fake core recovers. */
static inline void contexts_leave_service(void)
{
}

static inline void context_renew(struct context *context)
{
	(void)context;
}

static inline void context_save_apart(struct vcpu *old)
{
	(void)old;
}

static inline void context_exchange_el1(struct vcpu *old, struct vcpu *next,
                                        const struct resident_el1 *from)
{
	(void)old;
	(void)next;
	(void)from;
}

_Noreturn void core_leave(void);

#endif
