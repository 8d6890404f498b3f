/*
 * The state that AArch64 holds for a context: the traps of a guest and of a service, EL1 as after
 * reset, and the switch between contexts. A service runs at EL0 with TGE, so the guest's EL1
 * registers stay in place. Only the few EL1 registers that act at EL0 are exchanged.
 */
#include <frame/pstate.h>
#include <machine/contexts.h>
#include <machine/debug.h>
#include <machine/lent.h>
#include <state/core.h>

/* Some of the guest's registers while a service runs; struct core has the others. */
static uint64_t contexts_cntkctl CORE_LOCAL, contexts_tpidr CORE_LOCAL;
static uint64_t contexts_vtcr CORE_LOCAL;

extern const uint8_t vectors[];

#define HCR_VM    (1ULL << 0)
#define HCR_SWIO  (1ULL << 1)
#define HCR_FMO   (1ULL << 3)
#define HCR_IMO   (1ULL << 4)
#define HCR_AMO   (1ULL << 5)
#define HCR_DC    (1ULL << 12)
#define HCR_TID3  (1ULL << 18)
#define HCR_TSC   (1ULL << 19)
#define HCR_TIDCP (1ULL << 20)
#define HCR_TACR  (1ULL << 21)
#define HCR_TGE   (1ULL << 27)
#define HCR_RW    (1ULL << 31)
#define HCR_TLOR  (1ULL << 35)
#define HCR_TERR  (1ULL << 36)
#define HCR_APK   (1ULL << 40)
#define HCR_API   (1ULL << 41)

#define HCR_COMMON (HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_RW)
#define HCR_GUEST                                                                                  \
	(HCR_COMMON | HCR_TID3 | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_TLOR | HCR_TERR | HCR_APK |  \
	 HCR_API)
#define HCR_SERVICE (HCR_COMMON | HCR_TGE | HCR_DC)
#define HCR_LOW     0xffffffffULL

/* Floating point is the guest's; SVE, trace and activity monitors trap. The rest are RES1. */
#define CPTR_GUEST   (0x33ffULL | 1ULL << 20 | 1ULL << 30)
#define CPTR_SERVICE (CPTR_GUEST | 1ULL << 10)

/* RES1 bits; EL0 may use cache maintenance, CTR_EL0, DC ZVA. */
#define SCTLR_SERVICE                                                                              \
	(0x30d00800ULL | 1ULL << 26 | 1ULL << 18 | 1ULL << 16 | 1ULL << 15 | 1ULL << 14)
/* RES1 bits, and the bits that CPUs of Arm and of QEMU have set after a reset: EL0 may WFI and WFE,
 * stack alignment is checked, CP15 barriers work. Programs change some bits, and expect the others
 * to be like that. */
#define SCTLR_RESET     (0x30d00800ULL | 1ULL << 18 | 1ULL << 16 | 7ULL << 3)
#define CNTKCTL_SERVICE 1ULL /* EL0 reads the physical counter */
#define CNTHCTL_GUEST   3ULL /* a guest's physical timer and counter are the hardware's */

AT_START void context_init_vcpu(struct context *context, const struct stage2 *s2, uint32_t index,
                                uint32_t priority)
{
	context->hcr = HCR_GUEST;
	context->vttbr = stage2_vttbr(s2);
	context->kind = CONTEXT_VCPU;
	context->state = CONTEXT_OFF;
	context->priority = (uint8_t)priority;
	context->trace_id = (uint8_t)index;
}

static inline uint64_t hcr_of(const struct context *context)
{
	return context->kind == CONTEXT_VCPU ? HCR_GUEST : HCR_SERVICE;
}

/* Another frame may want other traps. */
AT_START void context_renew(struct context *context)
{
	context->hcr = hcr_of(context) | (context->hcr & CONTEXT_HCR_TWI);
}

AT_START void context_init_service(struct context *context, enum context_kind kind,
                                   const struct stage2 *s2, uint8_t trace_id, uint32_t priority)
{
	context->hcr = HCR_SERVICE;
	context->vttbr = stage2_vttbr(s2);
	context->kind = (uint8_t)kind;
	context->state = CONTEXT_OFF;
	context->priority = (uint8_t)priority;
	context->trace_id = trace_id;
	context->pstate = PSTATE_DAIF | PSTATE_EL0T;
}

/*
 * Registers of newer CPUs may have any value after a reset. This sets no traps besides those of
 * HCR_EL2, and allows no feature that HCRX_EL2 has to allow.
 */
AT_START static void init_newer_traps(void)
{
	if ((sysreg_read(id_aa64mmfr0_el1) >> 56 & 0xf) != 0) { /* FEAT_FGT */
		sysreg_set(HFGRTR_EL2, 0);
		sysreg_set(HFGWTR_EL2, 0);
		sysreg_set(HFGITR_EL2, 0);
		sysreg_set(HDFGRTR_EL2, 0);
		sysreg_set(HDFGWTR_EL2, 0);
	}
	if ((sysreg_read(id_aa64mmfr1_el1) >> 40 & 0xf) != 0) /* FEAT_HCX */
		sysreg_set(HCRX_EL2, 0);
}

AT_START void context_init_core(void)
{
	init_newer_traps();
	contexts_vtcr = stage2_vtcr(sysreg_read(id_aa64mmfr0_el1) & 0xf);
	sysreg_write(vtcr_el2, contexts_vtcr);
	sysreg_write(cptr_el2, CPTR_GUEST);
	sysreg_write(cnthctl_el2, CNTHCTL_GUEST);
	sysreg_write(cntvoff_el2, 0);
	sysreg_write(hstr_el2, 0);
	sysreg_write(tpidr_el2, 0);
	/* Forgets translations of the firmware, or of an earlier life of the machine. */
	__asm__ volatile("tlbi alle1\n\tdsb nsh" ::: "memory");
	/* APA, API, GPA, GPI; in ID_AA64ISAR2_EL1 APA3, GPA3 */
	core.has_keys = (sysreg_read(id_aa64isar1_el1) & 0xff000ff0) != 0 ||
	                (sysreg_read(S3_0_C0_C6_2) & 0xff00) != 0;
	core.pristine.sctlr = SCTLR_RESET;
	lent_begin();
	sysreg_write(vpidr_el2, sysreg_read(midr_el1));
	barrier_instruction();
}

/* A switch may be about to change the trapping of WFI. A CPU may lack the traps of the high half.
 * The context's own word may be damaged. */
static uint64_t hcr_differs(const struct context *context)
{
	if (context == 0) /* none ran yet */
		return 0;
	return (sysreg_read(hcr_el2) ^ hcr_of(context)) & HCR_LOW & ~CONTEXT_HCR_TWI;
}

/* The crash that follows needs its vectors. */
bool context_core_differs(void)
{
	const uint64_t differs =
	    (sysreg_read(vtcr_el2) ^ contexts_vtcr) | (sysreg_read(cnthctl_el2) ^ CNTHCTL_GUEST) |
	    sysreg_read(cntvoff_el2) | sysreg_read(hstr_el2) |
	    (sysreg_read(ttbr0_el2) ^ core.root) | (sysreg_read(vbar_el2) ^ (uintptr_t)vectors) |
	    hcr_differs((const struct context *)sysreg_read(tpidr_el2));

	if (differs != 0)
		sysreg_write(vbar_el2, (uintptr_t)vectors);
	return differs != 0;
}

/* ---- a service takes the guest's place ---- */

static void service_enter_el1(void)
{
	core.service_sctlr = sysreg_read(sctlr_el1);
	contexts_cntkctl = sysreg_read(cntkctl_el1);
	core.service_mdscr = sysreg_read(mdscr_el1);
	core.service_sp = sysreg_read(sp_el0);
	contexts_tpidr = sysreg_read(tpidr_el0);
	if (core.has_pmu)
		core.service_pmcr = sysreg_read(pmcr_el0);
	order_stores();
	core.service_has_el1 = 1;
	sysreg_write(sctlr_el1, SCTLR_SERVICE);
	sysreg_write(cntkctl_el1, CNTKCTL_SERVICE);
	sysreg_write(mdscr_el1, 0);
	if (core.has_pmu)
		sysreg_write(pmcr_el0, core.service_pmcr & ~7ULL); /* stop, reset nothing */
	sysreg_write(cptr_el2, CPTR_SERVICE);
}

static void service_leave_el1(void)
{
	sysreg_write(sctlr_el1, core.service_sctlr);
	sysreg_write(cntkctl_el1, contexts_cntkctl);
	sysreg_write(mdscr_el1, core.service_mdscr);
	sysreg_write(sp_el0, core.service_sp);
	sysreg_write(tpidr_el0, contexts_tpidr);
	if (core.has_pmu)
		sysreg_write(pmcr_el0, core.service_pmcr & ~6ULL);
	sysreg_write(cptr_el2, CPTR_GUEST);
	barrier_instruction();
	core.service_has_el1 = 0;
}

/* It may have left EL1 only in part. */
AT_START void contexts_leave_service(void)
{
	if (core.service_has_el1 != 0)
		service_leave_el1();
	sysreg_write(cptr_el2, CPTR_GUEST);
	barrier_instruction();
}

/* ---- EL1 as after reset ---- */

/* The vCPU begins. The switch brings EL1's registers from core.pristine. */
static void context_begin(struct vcpu *vcpu)
{
	core.pristine.vmpidr = vcpu->affinity | 1ULL << 31;
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	sysreg_write(cntv_cval_el0, 0);
	sysreg_write(cntp_cval_el0, 0);
	lent_reset(vcpu);
	debug_follow(vcpu);
	sysreg_write(vpidr_el2, sysreg_read(midr_el1));
	vcpu->context.pstate = PSTATE_DAIF | PSTATE_EL1H;
}

/* ---- the switch ---- */

/* Returns the registers that are to be loaded into EL1; 0: they are there already. */
static inline const struct resident_el1 *registers_of(const struct vcpu *vcpu)
{
	return core.el1 != vcpu ? &vcpu->saved.el1 : 0;
}

/* Prepares a switch that isn't between two vCPUs that go on. Returns the registers that are to be
 * loaded into EL1; 0: none. */
static const struct resident_el1 *contexts_prepare(struct context *old, struct context *next)
{
	bool from_service = old != 0 && old->kind != CONTEXT_VCPU;
	bool to_service = next->kind != CONTEXT_VCPU;

	if (from_service && !old->fresh)
		old->sp = sysreg_read(sp_el0);
	if (to_service && !from_service)
		service_enter_el1();
	if (from_service && !to_service)
		service_leave_el1();
	if (to_service) {
		next->fresh = 0;
		sysreg_write(sp_el0, next->sp);
		return 0;
	}
	if (!next->fresh)
		return registers_of(vcpu_of(next));
	context_begin(vcpu_of(next));
	return &core.pristine;
}

void context_save_apart(struct vcpu *old)
{
	if (core.has_keys)
		resident_keep_keys(old->saved.floating.keys);
	if (old->context.apart != 0)
		lent_take(old);
}

void context_exchange_apart(struct vcpu *old, struct vcpu *next)
{
	bool apart = (old->context.apart | next->context.apart) != 0;

	context_save_apart(old);
	order_stores();
	core.el1_whole = 0;
	order_stores();
	if (core.has_keys)
		resident_load_keys(next->saved.floating.keys);
	if (apart)
		lent_give(next);
}

void context_switch(struct context *old, struct context *next)
{
	const struct resident_el1 *from;

	from = contexts_prepare(old, next);
	if (from != 0)
		context_exchange_el1(core.el1, vcpu_of(next), from);
	next->fresh = 0; /* EL1 is as after reset by now */
	context_load_place(next);
}
