/*
 * A vCPU's registers between a core and its memory; see machine/resident.h. Always all of them, so
 * that a switch costs the same each time.
 */
#include <frame/core.h>
#include <machine/gic_cpu.h>
#include <machine/resident.h>

/* APIA, APIB, APDA, APDB, APGA: low and high halves. */
#define KEYS(KEY)                                                                                  \
	KEY(0, S3_0_C2_C1_0)                                                                       \
	KEY(1, S3_0_C2_C1_1)                                                                       \
	KEY(2, S3_0_C2_C1_2)                                                                       \
	KEY(3, S3_0_C2_C1_3)                                                                       \
	KEY(4, S3_0_C2_C2_0)                                                                       \
	KEY(5, S3_0_C2_C2_1)                                                                       \
	KEY(6, S3_0_C2_C2_2)                                                                       \
	KEY(7, S3_0_C2_C2_3)                                                                       \
	KEY(8, S3_0_C2_C3_0)                                                                       \
	KEY(9, S3_0_C2_C3_1)

/* ID_AA64ISAR1_EL1: APA, API, GPA, GPI. */
static bool has_keys(void)
{
	return (sysreg_read(id_aa64isar1_el1) & 0xff000ff0) != 0;
}

static void save_keys(uint64_t *keys)
{
#define KEY_SAVE(n, name) keys[n] = sysreg_read(name);
	KEYS(KEY_SAVE)
}

static void load_keys(const uint64_t *keys)
{
#define KEY_LOAD(n, name) sysreg_write(name, keys[n]);
	KEYS(KEY_LOAD)
}

static void save_translation(struct resident_el1 *el1)
{
	el1->sctlr = sysreg_read(sctlr_el1);
	el1->ttbr0 = sysreg_read(ttbr0_el1);
	el1->ttbr1 = sysreg_read(ttbr1_el1);
	el1->tcr = sysreg_read(tcr_el1);
	el1->mair = sysreg_read(mair_el1);
	el1->amair = sysreg_read(amair_el1);
	el1->contextidr = sysreg_read(contextidr_el1);
	el1->vbar = sysreg_read(vbar_el1);
	el1->cpacr = sysreg_read(cpacr_el1);
	el1->csselr = sysreg_read(csselr_el1);
	el1->par = sysreg_read(par_el1);
}

static void load_translation(const struct resident_el1 *el1)
{
	sysreg_write(sctlr_el1, el1->sctlr);
	sysreg_write(ttbr0_el1, el1->ttbr0);
	sysreg_write(ttbr1_el1, el1->ttbr1);
	sysreg_write(tcr_el1, el1->tcr);
	sysreg_write(mair_el1, el1->mair);
	sysreg_write(amair_el1, el1->amair);
	sysreg_write(contextidr_el1, el1->contextidr);
	sysreg_write(vbar_el1, el1->vbar);
	sysreg_write(cpacr_el1, el1->cpacr);
	sysreg_write(csselr_el1, el1->csselr);
	sysreg_write(par_el1, el1->par);
}

void resident_save_el1(struct resident_el1 *el1)
{
	save_translation(el1);
	el1->esr = sysreg_read(esr_el1);
	el1->far = sysreg_read(far_el1);
	el1->afsr0 = sysreg_read(afsr0_el1);
	el1->afsr1 = sysreg_read(afsr1_el1);
	el1->elr = sysreg_read(elr_el1);
	el1->spsr = sysreg_read(spsr_el1);
	el1->sp_el0 = sysreg_read(sp_el0);
	el1->sp_el1 = sysreg_read(sp_el1);
	el1->tpidr_el0 = sysreg_read(tpidr_el0);
	el1->tpidrro_el0 = sysreg_read(tpidrro_el0);
	el1->tpidr_el1 = sysreg_read(tpidr_el1);
	el1->cntkctl = sysreg_read(cntkctl_el1);
	el1->mdscr = sysreg_read(mdscr_el1);
	if (has_keys())
		save_keys(el1->keys);
	el1->vmpidr = sysreg_read(vmpidr_el2);
}

void resident_load_el1(const struct resident_el1 *el1)
{
	load_translation(el1);
	sysreg_write(esr_el1, el1->esr);
	sysreg_write(far_el1, el1->far);
	sysreg_write(afsr0_el1, el1->afsr0);
	sysreg_write(afsr1_el1, el1->afsr1);
	sysreg_write(elr_el1, el1->elr);
	sysreg_write(spsr_el1, el1->spsr);
	sysreg_write(sp_el0, el1->sp_el0);
	sysreg_write(sp_el1, el1->sp_el1);
	sysreg_write(tpidr_el0, el1->tpidr_el0);
	sysreg_write(tpidrro_el0, el1->tpidrro_el0);
	sysreg_write(tpidr_el1, el1->tpidr_el1);
	sysreg_write(cntkctl_el1, el1->cntkctl);
	sysreg_write(mdscr_el1, el1->mdscr);
	if (has_keys())
		load_keys(el1->keys);
	sysreg_write(vmpidr_el2, el1->vmpidr);
}

/* A guest's own TLBI and IC reach no further than the core that it is on, as on the hardware. */
void resident_forget_translations(void)
{
	__asm__ volatile("tlbi vmalle1\n\tic iallu\n\tdsb nsh\n\tisb" ::: "memory");
}

void resident_save_gic(struct resident_gic *gic)
{
	gic->hcr = sysreg_get(ICH_HCR_EL2);
	gic->vmcr = sysreg_get(ICH_VMCR_EL2);
	gic->ap0 = sysreg_get(ICH_AP0R0_EL2);
	gic->ap1 = sysreg_get(ICH_AP1R0_EL2);
	for (uint32_t i = 0; i < core.list_registers; i++) {
		gic->lr[i] = lr_read(i);
		lr_write(i, 0);
	}
}

void resident_load_gic(const struct resident_gic *gic)
{
	sysreg_set(ICH_VMCR_EL2, gic->vmcr);
	sysreg_set(ICH_AP0R0_EL2, gic->ap0);
	sysreg_set(ICH_AP1R0_EL2, gic->ap1);
	for (uint32_t i = 0; i < core.list_registers; i++)
		lr_write(i, gic->lr[i]);
	sysreg_set(ICH_HCR_EL2, gic->hcr);
	lr_settle();
}
