/* The interrupt of a message: an SGI to one core. */
#ifndef MACHINE_MAIL_INTERRUPT_H
#define MACHINE_MAIL_INTERRUPT_H

#include <frame/gic_registers.h>
#include <gic/gicv2.h>

/* How GICD_SGIR names a core. */
static inline uint64_t mail_target(uint64_t affinity)
{
	return 1ULL << (SGIR_TARGETS + MPIDR_AFF0(affinity));
}

/* The message's class is the SGI's number, too: GIC_MAIL is 0. */
static inline void mail_interrupt(uint64_t target, uint32_t rank)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	*(volatile uint32_t *)(LAYOUT_GICD + GICD_SGIR) = (uint32_t)target | rank;
}

#endif
