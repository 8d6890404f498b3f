/* Registers that a GICv2 alone has (Arm IHI 0048), by offset. */
#ifndef GICV2_H
#define GICV2_H

#include <frame/gic_places.h>

#define GICD_ITARGETSR 0x0800
#define GICD_SGIR      0x0f00
#define GICD_CPENDSGIR 0x0f10
#define GICD_SPENDSGIR 0x0f20
#define GICD_ICPIDR2   0x0fe8
#define SGIR_TARGETS   16 /* the first bit of its target list */

#define GICC_CTLR  0x0000
#define GICC_PMR   0x0004
#define GICC_BPR   0x0008
#define GICC_IAR   0x000c
#define GICC_EOIR  0x0010
#define GICC_RPR   0x0014
#define GICC_HPPIR 0x0018
#define GICC_APR0  0x00d0
#define GICC_DIR   0x1000

#define GICC_CTLR_ENABLE  1u
#define GICC_CTLR_EOIMODE (1u << 9) /* priority drop apart from deactivation */
#define GICC_INTID(iar)   ((iar)&0x3ff)

#define GICH_HCR   0x0000
#define GICH_VTR   0x0004
#define GICH_VMCR  0x0008
#define GICH_EISR0 0x0020
#define GICH_ELSR0 0x0030
#define GICH_APR   0x00f0
#define GICH_LR    0x0100

/* The CPU interface n is the core whose lowest affinity is n. */
#define GIC_INTERFACES 8

static inline volatile uint32_t *gicc(uint32_t offset)
{
	return (volatile uint32_t *)(LAYOUT_GICC + offset);
}

static inline volatile uint32_t *gich(uint32_t offset)
{
	return (volatile uint32_t *)(LAYOUT_GICH + offset);
}

#endif
