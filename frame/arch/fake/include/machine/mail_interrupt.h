/* The interrupt of a message: see fake/cpu.h. Affinities are core numbers, as in fake/gic.h. */
#ifndef MACHINE_MAIL_INTERRUPT_H
#define MACHINE_MAIL_INTERRUPT_H

#include <stdint.h>

static inline uint64_t mail_target(uint64_t affinity)
{
	return 1ULL << affinity;
}

void mail_interrupt(uint64_t target, uint32_t rank);

#endif
