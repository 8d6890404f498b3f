/* The CPU interface of the core that fake_gic_on() chose: see fake/gic.h. */
#ifndef MACHINE_GIC_CPU_H
#define MACHINE_GIC_CPU_H

#include <frame/gic.h>
#include <machine/sysreg.h>
#include <stdbool.h>

static inline void gic_mask(uint32_t priority)
{
	fake_sysregs->pmr = priority;
}

static inline void gic_mask_class(uint32_t rank)
{
	gic_mask(gic_mask_of(rank));
}

static inline void gic_mask_all_but_timer(void)
{
	gic_mask(GIC_PRIORITY_PRIVATE);
}

static inline bool gic_is_taking(void)
{
	return fake_sysregs->taking;
}

bool gic_is_pending(void); /* the hooks of fake/cpu.h */
uint32_t gic_pending_first(void);
void gic_deactivate(uint32_t intid);

void lr_settle(void);
uint32_t lr_empty(void);
uint32_t lr_ended(void);
uint64_t lr_read(uint32_t index);
void lr_write(uint32_t index, uint64_t value);
bool lr_ends_apart(void);
uint32_t lr_unmatched_ends(void);
void lr_want_maintenance(uint32_t bits);
void vcpu_interface_reset(void);

#endif
