/*
 * Whether interrupts can come to EL2: run/progress.h. The vectors mask them at each entry, and
 * before the way back. They are unmasked only while the current context's PC and PSTATE are in
 * memory, as an interrupt overwrites ELR_EL2 and SPSR_EL2.
 */
#ifndef MACHINE_IRQ_H
#define MACHINE_IRQ_H

static inline void irq_unmask(void)
{
	__asm__ volatile("msr daifclr, #2" ::: "memory");
}

static inline void irq_mask(void)
{
	__asm__ volatile("msr daifset, #2" ::: "memory");
}

#endif
