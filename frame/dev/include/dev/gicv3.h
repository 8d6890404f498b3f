/* Registers of GICv3 (Arm IHI 0069), for the two files that drive it. */
#ifndef GICV3_H
#define GICV3_H

#include <frame/gic.h>
#include <stdint.h>

#define GICD_CTLR       0x0000
#define GICD_TYPER      0x0004
#define GICD_IGROUPR    0x0080
#define GICD_ISENABLER  0x0100
#define GICD_ICENABLER  0x0180
#define GICD_ISPENDR    0x0200
#define GICD_ICPENDR    0x0280
#define GICD_ISACTIVER  0x0300
#define GICD_ICACTIVER  0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ICFGR      0x0c00
#define GICD_IROUTER    0x6000
#define GICR_TYPER      0x0008
#define GICR_WAKER      0x0014
#define GICR_SGI        0x10000
#define GICR_STEP       0x20000

/* Where this core's redistributor has the priorities of the guests' timers, and what they are for
 * each class: written where the vCPU changes. */
struct gicv3_timers {
	volatile uint8_t *first, *second;
	uint8_t priorities[GIC_CLASSES];
};
extern struct gicv3_timers gicv3_timers;

static inline volatile uint32_t *reg(uint64_t base, uint64_t offset)
{
	return (volatile uint32_t *)(base + offset);
}

#endif
