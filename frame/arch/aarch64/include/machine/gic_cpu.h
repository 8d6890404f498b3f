/* The GIC CPU interface of this core: physical side and list registers. */
#ifndef MACHINE_GIC_CPU_H
#define MACHINE_GIC_CPU_H

#include <frame/gic.h>
#include <frame/listreg.h>
#include <machine/sysreg.h>
#include <stdbool.h>

static inline uint32_t gic_acknowledge(void)
{
	uint32_t intid = (uint32_t)sysreg_get(ICC_IAR1_EL1);
	barrier_full(); /* the device's writes before its interrupt are seen after it */
	return intid;
}

/* An interrupt waits that the mask lets through; gic_acknowledge() may find it gone. */
static inline bool gic_is_pending(void)
{
	return (sysreg_read(isr_el1) >> 7 & 1) != 0;
}

/* The number of the most urgent pending interrupt; 1023: it is gone. */
static inline uint32_t gic_pending_first(void)
{
	return (uint32_t)sysreg_get(ICC_HPPIR1_EL1);
}

/* Only interrupts that are more urgent than this physical priority come. */
static inline void gic_mask(uint32_t priority)
{
	sysreg_set(ICC_PMR_EL1, priority);
}

/* gic_mask_of() each class, as this core's mask counts: gic_init_core(). */
extern uint8_t gic_masks[GIC_CLASSES];

/* Interrupts for a less urgent class don't come. */
static inline void gic_mask_class(uint32_t rank)
{
	gic_mask(gic_masks[rank]);
}

static inline void gic_drop_priority(uint32_t intid)
{
	sysreg_set(ICC_EOIR1_EL1, intid);
	barrier_instruction();
}

static inline void gic_deactivate(uint32_t intid)
{
	sysreg_set(ICC_DIR_EL1, intid);
	barrier_instruction();
}

/*
 * The bits of empty and of ended list registers show a write only after a context synchronization
 * (Arm ARM, "Synchronization requirements for AArch64 System registers"): one is due between
 * lr_write() and the next lr_empty() or lr_ended(). The entry of a trap is one, and so is
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

/* For list registers from the fifth on. Four are common, and read often. */
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

/* The guest's CPU interface as after reset. */
void vcpu_interface_reset(void);

static inline uint32_t lr_ended(void)
{
	return (uint32_t)sysreg_get(ICH_EISR_EL2);
}

/* The guest deactivates apart from the drop of priority (EOImode 1). */
static inline bool lr_ends_apart(void)
{
	return (sysreg_get(ICH_VMCR_EL2) >> 9 & 1) != 0;
}

/*
 * How many active interrupts that were in no list register the guest has ended since the last call.
 * With EOImode 1 the count isn't one of deactivations: those trap.
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

/* Sets which maintenance interrupts and traps the guest's interface has; forgets the count
 * above. */
static inline void lr_want_maintenance(uint32_t bits)
{
	sysreg_set(ICH_HCR_EL2, ICH_HCR_EN | bits);
}

#endif
