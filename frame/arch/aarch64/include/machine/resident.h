/*
 * The registers of a vCPU that are in a core while the vCPU is resident there or has EL1, and in
 * memory otherwise. They are all exchanged at each switch, so that each switch costs the same; only
 * of list registers just those in use are.
 */
#ifndef MACHINE_RESIDENT_H
#define MACHINE_RESIDENT_H

#include <machine/gic_resident.h>
#include <machine/resident_gic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESIDENT_KEYS 10

/* registers.S has the order. */
struct resident_el1 {
	uint64_t sctlr, ttbr0, ttbr1, tcr, mair, amair, contextidr, vbar, cpacr, csselr, par;
	uint64_t esr, far, afsr0, afsr1, elr, spsr, sp_el0, sp_el1;
	uint64_t tpidr_el0, tpidrro_el0, tpidr_el1, cntkctl, vmpidr;
	uint64_t fpcr, fpsr;
};

struct resident_float {
	uint64_t v[64] __attribute__((aligned(16)));
	uint64_t keys[RESIDENT_KEYS]; /* of pointer authentication */
};

/* resident_exchange_el1() also exchanges the struct resident_float behind each of the two. It
 * stores `next` in `*has` when all is saved and nothing is loaded yet. */
struct vcpu;
void resident_exchange_el1(struct resident_el1 *from, const struct resident_el1 *to,
                           struct vcpu *next, struct vcpu **has);
void resident_keep_keys(uint64_t *to);
void resident_load_keys(const uint64_t *from);

/* Another vCPU of the partition ran here before: forgets what it translated, by the VMID in this
 * value of VTTBR_EL2. */
void resident_forget_translations(uint64_t vttbr);

/* resident_save_lists() saves the list registers in use. resident_load_lists() loads those of a
 * vCPU; `used` are these and the ones that the saved vCPU used. */
void resident_save_lists(struct resident_gic *gic, uint32_t used);
void resident_load_lists(const struct resident_gic *gic, uint32_t used);

/* True: a timer of the resident vCPU asks for its interrupt (ENABLE and ISTATUS without IMASK). */
static inline bool resident_timer_asks(bool is_virtual)
{
	uint64_t control = is_virtual ? sysreg_read(cntv_ctl_el0) : sysreg_read(cntp_ctl_el0);

	return (control & 7) == 5;
}

/* Saves the virtual interface and the timers, and changes nothing. Unused list registers aren't
 * saved. Returns those in use. */
static inline uint32_t resident_save_gic(struct resident_gic *gic, uint32_t lists)
{
	uint32_t used;

	gic_save_interface(gic);
	RESIDENT_SAVE(gic, virtual_control, cntv_ctl_el0, cntp_ctl_el0);
	RESIDENT_SAVE(gic, virtual_compare, cntv_cval_el0, cntp_cval_el0);
	barrier_instruction();
	used = ~lr_empty() & lists;
	gic->used = used;
	if (used != 0)
		resident_save_lists(gic, used);
	return used;
}

/* The timers are off from here until the load: one timer's control with another's deadline might
 * raise an interrupt. */
static inline void resident_stop_timers(void)
{
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	barrier_instruction();
}

static inline void resident_load_gic(const struct resident_gic *gic, uint32_t used)
{
	gic_load_interface(gic);
	RESIDENT_LOAD(gic, virtual_compare, cntv_cval_el0, cntp_cval_el0);
	barrier_instruction();
	RESIDENT_LOAD(gic, virtual_control, cntv_ctl_el0, cntp_ctl_el0);
	used |= gic->used;
	if (used == 0)
		return;
	if (used == 1) /* most often: the interrupt that woke the vCPU */
		lr_write(0, gic->used != 0 ? gic->lr[0] : 0);
	else
		resident_load_lists(gic, used);
}

#endif
