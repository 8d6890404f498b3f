/* Ways to wait. */
#ifndef MACHINE_WAIT_H
#define MACHINE_WAIT_H

#include <machine/gic_cpu.h>

/* Waits until an interrupt is pending, masked or not. All cores see this core's earlier writes
 * before. */
static inline void wait_interrupt(void)
{
	__asm__ volatile("dsb sy; wfi" ::: "memory");
}

/*
 * Waits until a physical interrupt is pending, on a core that has nothing to run. A vCPU that
 * stands still may have interrupts pending in its list registers, which would wake the core again
 * and again. So the virtual interface is off meanwhile.
 */
static inline void wait_idle(void)
{
	uint64_t hcr = lr_control();

	lr_set_control(hcr & ~(uint64_t)ICH_HCR_EN);
	__asm__ volatile("isb" ::: "memory");
	wait_interrupt();
	lr_set_control(hcr);
	__asm__ volatile("isb" ::: "memory");
}

/* The caller waits for another core. A core that shares the pipeline, or an emulator, may use this
 * moment for that core. */
static inline void wait_pause(void)
{
	__asm__ volatile("yield");
}

#endif
