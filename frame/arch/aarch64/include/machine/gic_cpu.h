/* The GIC CPU interface of this core: physical side and list registers. */
#ifndef MACHINE_GIC_CPU_H
#define MACHINE_GIC_CPU_H

#include <machine/sysreg.h>
#include <stdbool.h>

#define LR_PENDING          (1ULL << 62)
#define LR_ACTIVE           (1ULL << 63)
#define LR_STATE            (3ULL << 62)
#define LR_HW               (1ULL << 61)
#define LR_GROUP1           (1ULL << 60)
#define LR_PRIORITY(p)      ((uint64_t)(p) << 48)
#define LR_PHYSICAL(i)      ((uint64_t)(i) << 32)
#define LR_EOI              (1ULL << 41) /* of a software interrupt: maintenance when it ends */
#define LR_INTID(lr)        ((uint32_t)(lr))
#define LR_GET_PRIORITY(lr) ((uint8_t)((lr) >> 48))

#define ICH_HCR_EN      (1u << 0)
#define ICH_HCR_UIE     (1u << 1)
#define ICH_HCR_LRENPIE (1u << 2)
#define ICH_HCR_NPIE    (1u << 3)
#define ICH_HCR_TDIR    (1u << 14)

static inline uint32_t gic_acknowledge(void)
{
	uint32_t intid = (uint32_t)sysreg_get(ICC_IAR1_EL1);
	barrier_full(); /* what the device wrote before its interrupt is seen after it */
	return intid;
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

static inline uint32_t lr_empty(void)
{
	return (uint32_t)sysreg_get(ICH_ELRSR_EL2);
}

uint64_t lr_read(uint32_t index);
void lr_write(uint32_t index, uint64_t value);

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
 * How many active interrupts the guest has ended, since this was asked last, that were in no list
 * register. With EOImode 1 the count isn't one of deactivations: those trap.
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

/* Which maintenance interrupts and traps the guest's interface has; forgets the count above. */
static inline void lr_want_maintenance(uint32_t bits)
{
	sysreg_set(ICH_HCR_EL2, ICH_HCR_EN | bits);
}

#endif
