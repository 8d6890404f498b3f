/* The interrupt of a message: an SGI to one core. */
#ifndef MACHINE_MAIL_INTERRUPT_H
#define MACHINE_MAIL_INTERRUPT_H

#include <frame/gic_registers.h>
#include <machine/sysreg.h>

/* How ICC_SGI1R_EL1 names a core. */
static inline uint64_t mail_target(uint64_t affinity)
{
	return 1ULL << MPIDR_AFF0(affinity) % SGI_LIST_BITS |
	       MPIDR_AFF0(affinity) / SGI_LIST_BITS << SGI_FIRST_SHIFT |
	       MPIDR_AFF1(affinity) << SGI_AFF1_SHIFT | MPIDR_AFF2(affinity) << SGI_AFF2_SHIFT |
	       MPIDR_AFF3(affinity) << SGI_AFF3_SHIFT;
}

/* The message's class is the SGI's number, too: GIC_MAIL is 0. */
static inline void mail_interrupt(uint64_t target, uint32_t rank)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	sysreg_set(ICC_SGI1R_EL1, target | (uint64_t)rank << SGI_INTID_SHIFT);
	barrier_instruction();
}

#endif
