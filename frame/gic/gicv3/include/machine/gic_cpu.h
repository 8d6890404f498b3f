/* The GIC CPU interface of this core: physical side and list registers. */
#ifndef MACHINE_GIC_CPU_H
#define MACHINE_GIC_CPU_H

#include <frame/gic.h>
#include <frame/listreg.h>
#include <machine/sysreg.h>
#include <stdbool.h>

/* Returns what gic_drop_priority() and gic_deactivate() want of an interrupt of the frame's own.
 * GIC_INTID(): its number, by which a guest's interrupt is deactivated, too. */
#define GIC_INTID(taken) (taken)

static inline uint32_t gic_acknowledge(void)
{
	uint32_t intid = (uint32_t)sysreg_get(ICC_IAR1_EL1);
	barrier_full(); /* the device's writes from before its interrupt are seen now */
	return intid;
}

/* True: an interrupt is pending that the mask lets through. gic_acknowledge() may find that it is
 * gone. */
static inline bool gic_is_pending(void)
{
	return (sysreg_read(isr_el1) >> 7 & 1) != 0;
}

/* True: an interrupt was taken whose priority isn't dropped yet. A GIC with more than five bits of
 * priority has the less urgent ones elsewhere; what firmware takes isn't shown. */
static inline bool gic_is_taking(void)
{
	return sysreg_get(ICC_AP1R0_EL1) != 0;
}

/* Returns the number of the most urgent pending interrupt; 1023: there is none any more. */
static inline uint32_t gic_pending_first(void)
{
	return (uint32_t)sysreg_get(ICC_HPPIR1_EL1);
}

/* Lets only interrupts come that are more urgent than this physical priority. */
static inline void gic_mask(uint32_t priority)
{
	sysreg_set(ICC_PMR_EL1, priority);
}

/* For each class gic_mask_of(), in the form that this core's mask needs; and the mask that only the
 * frame's timer gets through. gic_begin_masks() fills this. */
extern uint8_t gic_masks[GIC_CLASSES + 1];

static inline void gic_mask_all_but_timer(void)
{
	gic_mask(gic_masks[GIC_CLASSES]);
}

/* Lets no interrupts come that are for a less urgent class. */
static inline void gic_mask_class(uint32_t rank)
{
	gic_mask(gic_masks[rank]);
}

static inline void gic_drop_priority(uint32_t taken)
{
	sysreg_set(ICC_EOIR1_EL1, taken);
	barrier_instruction();
}

static inline void gic_deactivate(uint32_t taken)
{
	sysreg_set(ICC_DIR_EL1, taken);
	barrier_instruction();
}

/*
 * lr_empty() and lr_ended() show a write of a list register only after a context synchronization
 * (Arm ARM, "Synchronization requirements for AArch64 System registers"). So one has to come
 * between lr_write() and these. lr_settle() is one, and so are the entry of a trap and
 * gic_drop_priority().
 */
static inline void lr_settle(void)
{
	barrier_instruction();
}

static inline uint32_t lr_empty(void)
{
	return (uint32_t)sysreg_get(ICH_ELRSR_EL2);
}

/* For list registers from the fifth on. Most machines have only four, which are read often. */
uint64_t lr_read_high(uint32_t index);
void lr_write_high(uint32_t index, uint64_t value);

static inline uint64_t lr_read(uint32_t index)
{
	if (index >= 4)
		return lr_read_high(index);
	if ((index & 2) != 0)
		return (index & 1) != 0 ? sysreg_get(S3_4_C12_C12_3) : sysreg_get(S3_4_C12_C12_2);
	return (index & 1) != 0 ? sysreg_get(S3_4_C12_C12_1) : sysreg_get(S3_4_C12_C12_0);
}

static inline void lr_write(uint32_t index, uint64_t value)
{
	if (index >= 4)
		lr_write_high(index, value);
	else if (index == 0)
		sysreg_set(S3_4_C12_C12_0, value);
	else if (index == 1)
		sysreg_set(S3_4_C12_C12_1, value);
	else if (index == 2)
		sysreg_set(S3_4_C12_C12_2, value);
	else
		sysreg_set(S3_4_C12_C12_3, value);
}

/* Resets the guest's CPU interface. */
void vcpu_interface_reset(void);

static inline uint32_t lr_ended(void)
{
	return (uint32_t)sysreg_get(ICH_EISR_EL2);
}

/* True: the guest's end of an interrupt only drops the priority, and it deactivates separately
 * (EOImode 1). */
static inline bool lr_ends_apart(void)
{
	return (sysreg_get(ICH_VMCR_EL2) >> 9 & 1) != 0;
}

/*
 * Returns how many active interrupts that were in no list register the guest has ended since the
 * last call. With EOImode 1 the hardware doesn't count deactivations, as they trap; then this
 * returns 0.
 */
static inline uint32_t lr_unmatched_ends(void)
{
	uint64_t hcr = sysreg_get(ICH_HCR_EL2);
	uint32_t count = (uint32_t)(hcr >> 27) & 0x1f;

	if (count == 0)
		return 0;
	sysreg_set(ICH_HCR_EL2, hcr & ~(0x1fULL << 27));
	return lr_ends_apart() ? 0 : count;
}

/* The whole of the guest's interface: ICH_HCR_EN is whether it is on. */
static inline uint64_t lr_control(void)
{
	return sysreg_get(ICH_HCR_EL2);
}

static inline void lr_set_control(uint64_t value)
{
	sysreg_set(ICH_HCR_EL2, value);
}

/* Sets which maintenance interrupts and traps the guest's interface has; forgets the count
 * above. */
static inline void lr_want_maintenance(uint32_t bits)
{
	sysreg_set(ICH_HCR_EL2, ICH_HCR_EN | bits);
}

#endif
