/* What the two files that drive the GICv3 share. */
#ifndef GICV3_H
#define GICV3_H

#include <frame/gic.h>
#include <frame/gic_registers.h>
#include <stdint.h>

#define ICC_CTLR_EOIMODE 2 /* priority drop apart from deactivation */

/* Where this core's redistributor has the priorities of the guests' timers, and the value for each
 * class. Another resident vCPU may mean another class. */
struct gicv3_timers {
	volatile uint8_t *first, *second;
	uint8_t priorities[GIC_CLASSES];
};
extern struct gicv3_timers gicv3_timers;

uint32_t gic_redistributor_identification(uint32_t offset);

static inline volatile uint32_t *reg(uint64_t base, uint64_t offset)
{
	return (volatile uint32_t *)(base + offset);
}

#endif
