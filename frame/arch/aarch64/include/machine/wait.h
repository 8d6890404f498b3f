/* Nothing to do for the moment. */
#ifndef MACHINE_WAIT_H
#define MACHINE_WAIT_H

#include <machine/gic_cpu.h>

/* Waits until an interrupt is pending; it needn't be unmasked. Earlier writes are seen by all. */
static inline void wait_interrupt(void)
{
	__asm__ volatile("dsb sy; wfi" ::: "memory");
}

/*
 * The same with nothing to run, until a physical interrupt is pending. A vCPU that stands still may
 * have interrupts pending in its list registers; they would wake the core again and again. So its
 * interface is off meanwhile.
 */
static inline void wait_idle(void)
{
	uint64_t hcr = sysreg_get(ICH_HCR_EL2);

	sysreg_set(ICH_HCR_EL2, hcr & ~(uint64_t)ICH_HCR_EN);
	__asm__ volatile("isb" ::: "memory");
	wait_interrupt();
	sysreg_set(ICH_HCR_EL2, hcr);
	__asm__ volatile("isb" ::: "memory");
}

/* Another core is waited for: a core that shares the pipeline, or an emulator, may turn to it. */
static inline void wait_pause(void)
{
	__asm__ volatile("yield");
}

#endif
