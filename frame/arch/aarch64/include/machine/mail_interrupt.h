/* The interrupt of a message: an SGI to one core. */
#ifndef MACHINE_MAIL_INTERRUPT_H
#define MACHINE_MAIL_INTERRUPT_H

#include <machine/sysreg.h>

static inline void mail_interrupt(uint64_t affinity)
{
	uint64_t target = 1ULL << (affinity & 0xf);

	target |= (affinity >> 4 & 0xf) << 44; /* which 16 of Aff0 */
	target |= (affinity >> 8 & 0xff) << 16 | (affinity >> 16 & 0xff) << 32 |
	          (affinity >> 32 & 0xff) << 48;
	__asm__ volatile("dsb ishst" ::: "memory");
	sysreg_set(ICC_SGI1R_EL1, target); /* INTID 0: GIC_SGI_MAIL */
	barrier_instruction();
}

#endif
