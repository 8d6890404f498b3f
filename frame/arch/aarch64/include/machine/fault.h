/* Where and in what state the current context trapped. */
#ifndef MACHINE_FAULT_H
#define MACHINE_FAULT_H

#include <frame/pstate.h>
#include <frame/types.h>
#include <machine/sysreg.h>
#include <state/context.h>

/* The guest-physical address of an abort. */
static inline uint64_t fault_address(void)
{
	return (sysreg_read(hpfar_el2) & 0xfffffffffff0ULL) << 8 |
	       (sysreg_read(far_el2) & PAGE_MASK);
}

/* The guest-virtual address of an abort. */
static inline uint64_t fault_virtual(void)
{
	return sysreg_read(far_el2);
}

static inline uint64_t fault_pstate(void)
{
	return ((const struct context *)sysreg_read(tpidr_el2))->pstate;
}

static inline bool fault_is_aarch32(void)
{
	return (fault_pstate() & PSTATE_AARCH32) != 0;
}

uint64_t translate_stage1(uint64_t va); /* translate.S */

/* Fault statuses, as in an abort's syndrome. */
#define FAULT_PERMISSION    0x0fu /* at the last level */
#define FAULT_EXTERNAL      0x10u
#define FAULT_EXTERNAL_WALK 0x14u /* plus the level */
#define FAULT_NONE          0xffu /* no fault */

#define PAR_FAILED  1ULL
#define PAR_STAGE_2 (1ULL << 9) /* a table of the guest isn't in the guest's own memory */

/*
 * Translates by the guest's own stage 1, as for an access of the trapped code. Returns FAULT_NONE,
 * or the status of the abort that a fetch from the address would take.
 */
static inline uint32_t fault_translate(uint64_t va, ipa_t *ipa)
{
	uint64_t par = translate_stage1(va);
	uint32_t status = (uint32_t)(par >> 1) & 0x3f;

	*ipa = ipa_at((par & 0x000ffffffffff000ULL) | (va & PAGE_MASK));
	if ((par & PAR_FAILED) == 0)
		return FAULT_NONE;
	return (par & PAR_STAGE_2) != 0 ? FAULT_EXTERNAL_WALK | (status & 3) : status;
}

/* The stack pointer that the trapped code uses. */
static inline uint64_t fault_stack(void)
{
	return (fault_pstate() & PSTATE_SPX) != 0 ? sysreg_read(sp_el1) : sysreg_read(sp_el0);
}

static inline void fault_set_stack(uint64_t value)
{
	if ((fault_pstate() & PSTATE_SPX) != 0)
		sysreg_write(sp_el1, value);
	else
		sysreg_write(sp_el0, value);
}

#endif
