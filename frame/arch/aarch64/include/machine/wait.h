/* Nothing to do for the moment. */
#ifndef MACHINE_WAIT_H
#define MACHINE_WAIT_H

/* Until an interrupt is pending; it needn't be unmasked. What was written before is seen by all. */
static inline void wait_interrupt(void)
{
	__asm__ volatile("dsb sy; wfi" ::: "memory");
}

/* Another core is waited for: one that shares a pipeline, or an emulator, may turn to it. */
static inline void wait_pause(void)
{
	__asm__ volatile("yield");
}

#endif
