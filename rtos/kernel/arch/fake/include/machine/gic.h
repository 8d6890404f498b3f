/* The interrupt controller as the host's tests have it: a flag for each interrupt. */
#ifndef MACHINE_GIC_H
#define MACHINE_GIC_H

#include <kernel/types.h>

#define FAKE_INTERRUPTS 64

struct fake_interrupt {
	bool enabled, active;
	uint32_t cpu;
};
extern struct fake_interrupt fake_interrupts[FAKE_INTERRUPTS];

uint32_t gic_limit(void);
void gic_deactivate(uint32_t number);
void gic_enable(uint32_t number, uint32_t cpu, bool edge);
void gic_disable(uint32_t number);
void gic_clear_active(uint32_t number);

#endif
