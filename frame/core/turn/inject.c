/*
 * Exceptions that the frame gives a guest for its errors, at its EL1 as the hardware would:
 * undefined instruction, synchronous external abort. A guest whose vector itself can't be executed
 * can't be given anything: it is stopped with a report.
 */
#include <machine/contexts.h>
#include <machine/fault.h>
#include <run/blame.h>
#include <state/vcpu.h>
#include <turn/trap.h>
#include <word/trace.h>

#define ESR_IL         (1ULL << 25)
#define ESR_EC(class)  ((uint64_t)(class) << 26)
#define ESR_WRITE      (1ULL << 6)
#define ESR_WALK       (1ULL << 7)
#define EC_INSTRUCTION 0x20

#define PSTATE_EL1H_MASKED 0x3c5ULL
#define PSTATE_AARCH32     (1ULL << 4)
#define PSTATE_PAN         (1ULL << 22)
#define PSTATE_KEPT        (0xfULL << 28 | 1ULL << 24) /* NZCV, DIT */
#define SCTLR_SPAN         (1ULL << 23)
#define PSTATE_SSBS(sctlr) (((sctlr) >> 44 & 1) << 12) /* SCTLR_EL1.DSSBS; 0 without FEAT_SSBS */

static uint64_t vector_for(uint64_t pstate)
{
	uint64_t base = sysreg_read(vbar_el1) & ~0x7ffULL;

	if ((pstate & PSTATE_AARCH32) != 0)
		return base + 0x600;
	if ((pstate & 0xf) == 0)
		return base + 0x400;
	return (pstate & 1) != 0 ? base + 0x200 : base;
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
		life_fault(vcpu, REPORT_VECTOR, sysreg_read(esr_el2), fault_address());
		return;
	}
	sysreg_write(elr_el1, pc);
	sysreg_write(spsr_el1, pstate);
	sysreg_write(esr_el1, esr);
	sysreg_write(spsr_el2, pstate_for(pstate));
	context_set_pc(vector);
}

void inject_undefined(struct vcpu *vcpu)
{
	inject(vcpu, ESR_IL);
}

/* An abort's class is one more if it comes from EL1 itself. */
static uint64_t abort_class(uint64_t class)
{
	bool same = (fault_pstate() & 0x1f) != 0 && (fault_pstate() & PSTATE_AARCH32) == 0;

	return ESR_EC(same ? class + 1 : class);
}

void inject_abort(struct vcpu *vcpu, uint64_t syndrome, uint64_t address)
{
	uint64_t class = syndrome >> 26 & 0x3f;
	uint64_t esr = (syndrome & ESR_IL) | abort_class(class);

	(void)address;
	if ((syndrome & ESR_WALK) != 0)
		esr |= FAULT_EXTERNAL_WALK | (syndrome & 3);
	else
		esr |= FAULT_EXTERNAL;
	if (class != EC_INSTRUCTION)
		esr |= syndrome & ESR_WRITE;
	sysreg_write(far_el1, fault_virtual());
	inject(vcpu, esr);
}

void inject_fetch_abort(struct vcpu *vcpu, uint32_t status)
{
	sysreg_write(far_el1, context_pc());
	inject(vcpu, ESR_IL | abort_class(EC_INSTRUCTION) | status);
}

void inject_debug(struct vcpu *vcpu, uint64_t syndrome)
{
	inject(vcpu, syndrome);
}
