/* SPDX-License-Identifier: MIT-0 */
/*
 * GICv3 for a guest: one security state, affinity routing, group 1. Each interrupt number has one
 * handler, for all CPUs.
 */
#ifndef GUEST_GIC_H
#define GUEST_GIC_H

#include <guest/board.h>
#include <guest/cpu.h>

#define GICD_CTLR       0x0000
#define GICD_TYPER      0x0004
#define GICD_IIDR       0x0008
#define GICD_IGROUPR    0x0080
#define GICD_ISENABLER  0x0100
#define GICD_ICENABLER  0x0180
#define GICD_ISPENDR    0x0200
#define GICD_ICPENDR    0x0280
#define GICD_ISACTIVER  0x0300
#define GICD_ICACTIVER  0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ITARGETSR  0x0800
#define GICD_ICFGR      0x0c00
#define GICD_IROUTER    0x6000
#define GICD_PIDR2      0xffe8
#define GICR_CTLR       0x0000
#define GICR_TYPER      0x0008
#define GICR_WAKER      0x0014
#define GICR_SGI        0x10000 /* the frame with the registers of SGIs and PPIs */
#define GICR_STRIDE     0x20000
#define GIC_SPURIOUS    1023
#define GIC_PRIORITY    0xa0 /* the priority that gic_enable() sets */

/* The register frame that has this interrupt's bits; for SGIs and PPIs it is this CPU's. */
uintptr_t gic_frame(uint32_t intid);
uintptr_t gic_redistributor(unsigned int cpu);

void gic_start(void);     /* the machine's distributor, once */
void gic_start_cpu(void); /* this CPU's redistributor and interface */

/* Enables `intid` (SPIs: to this CPU) at GIC_PRIORITY; `handler` runs with interrupts masked. */
void gic_enable(uint32_t intid, void (*handler)(uint32_t intid));
void gic_disable(uint32_t intid);

/* An interrupt's bit: enabled, pending or active. `base` is one of GICD_IS…. */
bool gic_bit(uint32_t base, uint32_t intid);
void gic_set_bit(uint32_t base, uint32_t intid); /* GICD_IS… sets, GICD_IC… clears */

void gic_set_priority(uint32_t intid, uint8_t priority);
uint8_t gic_priority(uint32_t intid);
void gic_send(uint32_t sgi, unsigned int cpu); /* cpu's affinity is its number */

/* Called by the exception code for each interrupt. */
void gic_dispatch(void);

#endif
