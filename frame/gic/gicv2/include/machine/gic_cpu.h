/*
 * The GICv2's CPU interface of this core, physical side and list registers. They are device
 * memory: the accesses of one core to them stay in order.
 */
#ifndef MACHINE_GIC_CPU_H
#define MACHINE_GIC_CPU_H

#include <frame/gic.h>
#include <frame/listreg.h>
#include <gic/gicv2.h>
#include <machine/sysreg.h>
#include <stdbool.h>

/* Returns what gic_drop_priority() and gic_deactivate() want of an interrupt of the frame's own: of
 * an SGI the sender is a part of it. GIC_INTID(): its number, by which a guest's interrupt is
 * deactivated, too. */
#define GIC_INTID(taken) GICC_INTID(taken)

static inline uint32_t gic_acknowledge(void)
{
	uint32_t taken = *gicc(GICC_IAR);

	barrier_full(); /* the device's writes from before its interrupt are seen now */
	return taken;
}

/* True: an interrupt is pending that the mask lets through. gic_acknowledge() may find that it is
 * gone. A write of the mask has to arrive before the CPU shows what it lets through. */
static inline bool gic_is_pending(void)
{
	barrier_full();
	return (sysreg_read(isr_el1) >> 7 & 1) != 0;
}

/* True: an interrupt was taken whose priority isn't dropped yet. */
static inline bool gic_is_taking(void)
{
	return *gicc(GICC_APR0) != 0;
}

/* Returns the number of the most urgent pending interrupt; 1023: there is none any more. */
static inline uint32_t gic_pending_first(void)
{
	return GICC_INTID(*gicc(GICC_HPPIR));
}

/* Lets only interrupts come that are more urgent than this physical priority. */
static inline void gic_mask(uint32_t priority)
{
	*gicc(GICC_PMR) = priority;
	barrier_full();
}

static inline void gic_mask_all_but_timer(void)
{
	gic_mask(GIC_PRIORITY_PRIVATE);
}

/* Lets no interrupts come that are for a less urgent class. */
static inline void gic_mask_class(uint32_t rank)
{
	gic_mask(gic_mask_of(rank));
}

static inline void gic_drop_priority(uint32_t taken)
{
	*gicc(GICC_EOIR) = taken;
	barrier_full();
}

static inline void gic_deactivate(uint32_t taken)
{
	*gicc(GICC_DIR) = taken;
}

/* What lr_empty() and lr_ended() read follows each write of a list register by itself. */
static inline void lr_settle(void)
{
}

static inline uint32_t lr_empty(void)
{
	return *gich(GICH_ELSR0);
}

static inline uint64_t lr_read(uint32_t index)
{
	return *gich(GICH_LR + 4 * index);
}

static inline void lr_write(uint32_t index, uint64_t value)
{
	*gich(GICH_LR + 4 * index) = (uint32_t)value;
}

/* Resets the guest's CPU interface. */
void vcpu_interface_reset(void);

static inline uint32_t lr_ended(void)
{
	return *gich(GICH_EISR0);
}

/* True: the guest's end of an interrupt only drops the priority, and it deactivates separately
 * (EOImode 1). */
static inline bool lr_ends_apart(void)
{
	return (*gich(GICH_VMCR) >> 9 & 1) != 0;
}

/* The whole of the guest's interface: ICH_HCR_EN is whether it is on. */
static inline uint64_t lr_control(void)
{
	return *gich(GICH_HCR);
}

static inline void lr_set_control(uint64_t value)
{
	*gich(GICH_HCR) = (uint32_t)value;
}

/*
 * Returns how many active interrupts that were in no list register the guest has ended since the
 * last call. With EOImode 1 a deactivation comes to the frame; then this returns 0.
 */
static inline uint32_t lr_unmatched_ends(void)
{
	uint64_t hcr = lr_control();
	uint32_t count = (uint32_t)(hcr >> 27) & 0x1f;

	if (count == 0)
		return 0;
	lr_set_control(hcr & ~(0x1fULL << 27));
	return lr_ends_apart() ? 0 : count;
}

/* Sets which maintenance interrupts the guest's interface has; forgets the count above. */
static inline void lr_want_maintenance(uint32_t bits)
{
	lr_set_control(ICH_HCR_EN | bits);
}

#endif
