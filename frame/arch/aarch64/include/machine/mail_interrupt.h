/* The interrupt of a message: an SGI to one core. */
#ifndef MACHINE_MAIL_INTERRUPT_H
#define MACHINE_MAIL_INTERRUPT_H

#include <machine/sysreg.h>

/* How ICC_SGI1R_EL1 names a core. */
static inline uint64_t mail_target(uint64_t affinity)
{
	return 1ULL << (affinity & 0xf) | (affinity >> 4 & 0xf) << 44 |
	       (affinity >> 8 & 0xff) << 16 | (affinity >> 16 & 0xff) << 32 |
	       (affinity >> 32 & 0xff) << 48;
}

/* GIC_MAIL is 0: the class is the interrupt's number. */
static inline void mail_interrupt(uint64_t target, uint32_t rank)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	sysreg_set(ICC_SGI1R_EL1, target | (uint64_t)rank << 24);
	barrier_instruction();
}

#endif
