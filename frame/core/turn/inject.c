/*
 * Gives a guest exceptions for its errors, at its EL1, as the hardware would: undefined
 * instruction, synchronous external abort, debug exceptions. If the guest's vector itself is where
 * the error is, the partition ends with a report.
 */
#include <frame/esr.h>
#include <frame/pstate.h>
#include <lib/bundle.h>
#include <machine/contexts.h>
#include <machine/fault.h>
#include <run/blame.h>
#include <state/partition.h>
#include <turn/trap.h>
#include <word/trace.h>

#define PSTATE_EL1H_MASKED (PSTATE_DAIF | PSTATE_EL1H)
#define PSTATE_KEPT        (0xfULL << 28 | 1ULL << 24) /* NZCV, DIT */
#define SCTLR_SPAN         (1ULL << 23)
#define PSTATE_SSBS(sctlr) (((sctlr) >> 44 & 1) << 12) /* SCTLR_EL1.DSSBS; 0 without FEAT_SSBS */

#define ADDRESS_UPPER (1ULL << 55) /* TTBR1_EL1 translates the address */

/* Where the vectors lie behind VBAR_EL1, for each kind of origin. EL1 with EL0's stack pointer
 * comes first. */
#define VECTORS_SIZE    0x800ULL
#define VECTORS_SPX     0x200
#define VECTORS_EL0     0x400
#define VECTORS_AARCH32 0x600

static uint64_t vector_for(uint64_t pstate)
{
	uint64_t base = sysreg_read(vbar_el1) & ~(VECTORS_SIZE - 1);

	if ((pstate & PSTATE_AARCH32) != 0)
		return base + VECTORS_AARCH32;
	if ((pstate & PSTATE_MODE) == PSTATE_EL0T)
		return base + VECTORS_EL0;
	return (pstate & PSTATE_SPX) != 0 ? base + VECTORS_SPX : base;
}

static uint64_t pstate_for(uint64_t pstate)
{
	uint64_t sctlr = sysreg_read(sctlr_el1);
	uint64_t pan = pstate & PSTATE_PAN;

	if ((sysreg_read(id_aa64mmfr1_el1) >> 20 & 0xf) != 0 && (sctlr & SCTLR_SPAN) == 0)
		pan = PSTATE_PAN;
	return PSTATE_EL1H_MASKED | (pstate & PSTATE_KEPT) | pan | PSTATE_SSBS(sctlr);
}

static void inject(struct vcpu *vcpu, uint64_t esr)
{
	uint64_t pstate = fault_pstate();
	uint64_t pc = context_pc();
	uint64_t vector = vector_for(pstate);

	trace_seldom(TRACE_FAULT, vcpu->context.trace_id, esr << 32 | (uint32_t)pc);
	if (pc == vector) {
		blame_fault(vcpu, REPORT_VECTOR, sysreg_read(esr_el2), fault_address());
		return;
	}
	sysreg_write(elr_el1, pc);
	sysreg_write(spsr_el1, pstate);
	sysreg_write(esr_el1, esr);
	context_set_place(&vcpu->context, vector, pstate_for(pstate));
}

void inject_undefined(struct vcpu *vcpu)
{
	inject(vcpu, ESR_IL);
}

/* Returns the class of an abort, which is one more if the abort comes from EL1 itself. */
static uint64_t abort_class(uint64_t class)
{
	bool same = (fault_pstate() & PSTATE_EL) != 0 && (fault_pstate() & PSTATE_AARCH32) == 0;

	return ESR_OF(same ? class + 1 : class);
}

bool inject_met_damage CORE_LOCAL;

/* No region is unmapped while guests run. */
static bool is_damage(const struct vcpu *vcpu, uint64_t syndrome)
{
	const struct bundle_range range = vcpu->partition->config->regions;
	const struct bundle_region *region = &bundle_regions(core_bundle)[range.first];
	const uint64_t ipa = fault_address();

	if (!ISS_IS_MISSING(syndrome))
		return false;
	for (uint32_t i = 0; i < range.count; i++)
		if (ipa - region[i].ipa < region[i].size)
			return true;
	return false;
}

void inject_abort(struct vcpu *vcpu, uint64_t syndrome)
{
	uint64_t class = ESR_CLASS(syndrome);
	uint64_t esr = (syndrome & ESR_IL) | abort_class(class);

	if (is_damage(vcpu, syndrome)) {
		inject_met_damage = true;
		__builtin_trap();
	}
	if ((syndrome & ISS_WALK) != 0)
		esr |= FAULT_EXTERNAL_WALK | (ISS_LEVEL(syndrome));
	else
		esr |= FAULT_EXTERNAL;
	if (class != CLASS_FETCH)
		esr |= syndrome & ISS_WRITE;
	sysreg_write(far_el1, fault_virtual());
	inject(vcpu, esr);
}

/* A kernel that stores into what it mayn't gets the fault that its own page tables would lead to.
 * So an instruction that may fail fails, and whoever waits for its lock goes on. A program, and an
 * address of a program, get an external abort: a kernel would try such an instruction for ever. */
void inject_refusal(struct vcpu *vcpu, uint64_t syndrome)
{
	if (ESR_CLASS(syndrome) != CLASS_DATA || (fault_pstate() & PSTATE_EL) == 0 ||
	    (fault_virtual() & ADDRESS_UPPER) == 0) {
		inject_abort(vcpu, syndrome);
		return;
	}
	sysreg_write(far_el1, fault_virtual());
	inject(vcpu,
	       (syndrome & (ESR_IL | ISS_WRITE)) | abort_class(CLASS_DATA) | FAULT_PERMISSION);
}

void inject_fetch_abort(struct vcpu *vcpu, uint32_t status)
{
	sysreg_write(far_el1, context_pc());
	inject(vcpu, ESR_IL | abort_class(CLASS_FETCH) | status);
}

void inject_debug(struct vcpu *vcpu, uint64_t syndrome)
{
	inject(vcpu, syndrome);
}
