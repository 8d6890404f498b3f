/* What the drivers of all GICs share. */
#ifndef DEV_GIC_H
#define DEV_GIC_H

#include <frame/gic.h>
#include <frame/gic_registers.h>
#include <stdbool.h>
#include <stdint.h>

/* Where this core has the priorities of the guests' timers, and the value for each
 * class. Another resident vCPU may mean another class. */
struct gic_timers {
	volatile uint8_t *first, *second;
	uint8_t priorities[GIC_CLASSES];
};
extern struct gic_timers gic_timers;

static inline volatile uint32_t *reg(uint64_t base, uint64_t offset)
{
	return (volatile uint32_t *)(base + offset);
}

/* ---- at start: dev/start/gic_start.c ---- */

#define GIC_TRIES 100000

/* Waits until the bits are zero. False: they don't become zero. */
bool gic_wait_for_zero(const volatile uint32_t *at, uint32_t bits);

/* Puts SPIs, or this core's private interrupts, into their state at start: off, and all in this
 * group (a word of its bits). The frame's private interrupts get their priorities. */
void gic_begin_spis(uint64_t base, uint32_t group);
void gic_begin_private(uint32_t group);

/* Finds this core's list registers by the value of ICH_VTR_EL2 or GICH_VTR, and empties them. */
void gic_begin_lists(uint32_t type, const char *name);

#endif
