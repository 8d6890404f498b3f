/*
 * The system registers that frame/core itself reads and writes, on the host. They belong to the
 * core that fake_cpu_on() chose (fake/cpu.h).
 */
#ifndef MACHINE_SYSREG_H
#define MACHINE_SYSREG_H

#include <stdbool.h>
#include <stdint.h>

struct fake_sysregs {
	uint64_t cntfrq_el0, cntpct_el0;
	uint64_t cnthp_cval_el2, cnthp_ctl_el2;
	uint64_t cntv_ctl_el0, cntp_ctl_el0, cntvoff_el2;
	uint64_t cntv_cval_el0, cntp_cval_el0;
	uint64_t elr_el2, spsr_el2, esr_el2, far_el2, tpidr_el2, ttbr0_el2, mpidr_el1;
	uint64_t pmr;  /* ICC_PMR_EL1: gic_mask() */
	bool taking;   /* ICC_AP1R0_EL1 isn't 0: gic_is_taking() */
	bool unmasked; /* PSTATE.I is 0: machine/irq.h */
	bool differs;  /* context_core_differs() */
	uint64_t vbar_el1, elr_el1, esr_el1, far_el1;
	uint64_t ttbr0_el1, ttbr1_el1, tcr_el1, sctlr_el1, sp_el0, sp_el1, spsr_el1;
	uint64_t el1, floating; /* each one number for all such registers: machine/resident.h */
};

extern struct fake_sysregs *fake_sysregs;

#define sysreg_read(name)         (fake_sysregs->name)
#define sysreg_write(name, value) ((void)(fake_sysregs->name = (value)))

static inline void barrier_instruction(void)
{
}

/* Called at each full barrier, if set: a fake device then sees all that was written before. */
extern void (*fake_on_barrier)(void);

static inline void barrier_full(void)
{
	if (fake_on_barrier != 0)
		fake_on_barrier();
}

/* Called where the order of stores is made, if set: between the earlier and the later ones. An x86
 * host keeps that order by itself. */
extern void (*fake_on_order)(void);

static inline void barrier_stores(void)
{
	if (fake_on_order != 0)
		fake_on_order();
}

static inline void store_release(uint64_t *word, uint64_t value)
{
	barrier_stores();
	*word = value;
}

#endif
