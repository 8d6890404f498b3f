/*
 * The physical GICv3, as the frame drives it: its own interrupts, and the bits of a partition's.
 * The CPU interface's fast registers are in machine/gic_cpu.h.
 */
#ifndef FRAME_GIC_H
#define FRAME_GIC_H

#include <frame/gic_registers.h>
#include <frame/layout.h>
#include <frame/types.h>

/*
 * Eight classes of 32 priorities each. An interrupt has the physical priority of whom it is for,
 * and a core's mask that of what it runs: what is for somebody less urgent doesn't come. The
 * frame's own always do, and the private ones of the vCPU that is resident; but its timers come
 * behind what is for a more urgent class than they can make it. Steps are so wide that a GIC which
 * keeps the upper half of the priorities for itself tells them apart, too.
 */
#define GIC_CLASSES 8
#define GIC_SGIS    16u
#define GIC_MAIL    0 /* SGIs: messages of class 0, and of the others behind it */

#define GIC_PRIORITY_FRAME   0x00
#define GIC_PRIORITY_PRIVATE 0x10
#define GIC_MASK_NOTHING     0xff

static inline uint32_t gic_class(uint32_t priority)
{
	return priority / 32;
}

static inline uint32_t gic_priority(uint32_t rank)
{
	return 0x20 + (GIC_CLASSES - 1 - rank) * 0x18;
}

static inline uint32_t gic_mask_of(uint32_t rank)
{
	return gic_priority(rank) + 0x10;
}

/* Of the timers of this class: before what else is for it, and what the next one's mask just holds
 * back. */
static inline uint32_t gic_timers_priority(uint32_t rank)
{
	return gic_priority(rank) - 8;
}

/*
 * The distributor once, by the boot core; the redistributor and CPU interface by each core.
 * What they can't work with stops the start with a message.
 */
void gic_init_distributor(va_t base);
void gic_init_core(uint32_t own_ppis);

/* This core is about to go off: no interrupt reaches it any more. */
void gic_rest_core(void);

/* By the value of ICH_VTR_EL2: why the frame can't use this core's virtual interface; 0: it can. */
const char *gic_interface_unfit(uint32_t type);

/* The enable, pending and active bits of 32 interrupts: word n of the SPIs, or of this core's
 * private ones. */
static inline va_t gic_spis(uint32_t word)
{
	return (va_t){LAYOUT_GICD + 4 * (uint64_t)word};
}

static inline va_t gic_private(void)
{
	return (va_t){LAYOUT_GICR + GICR_SGI};
}

/* Only bits of the mask. */
void gic_set_enable(va_t bits, uint32_t mask);
void gic_clear_enable(va_t bits, uint32_t mask);
void gic_set_pending(va_t bits, uint32_t mask);
void gic_clear_pending(va_t bits, uint32_t mask);
void gic_set_active(va_t bits, uint32_t mask);
void gic_clear_active(va_t bits, uint32_t mask);
uint32_t gic_pending(va_t bits);
void gic_set_timers_class(uint32_t rank); /* the guests', of this core */

/* SPIs alone. */
uint32_t gic_active(uint32_t word);
void gic_route(uint32_t intid, uint64_t affinity);
void gic_set_priority(uint32_t intid, uint32_t priority);
void gic_set_edges(uint32_t word, uint32_t mask, uint32_t edge); /* 1: edge, 0: level */

uint32_t gic_typer(void);
uint32_t gic_identification(uint32_t offset);
uint32_t gic_redistributor_identification(uint32_t offset);

/* Physical address of the redistributor of this affinity; 0: none. Before the tables are final. */
uint64_t gic_find_redistributor(uint64_t base, uint64_t size, uint64_t affinity);

#endif
