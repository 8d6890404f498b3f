/*
 * Debug registers and a debugger's view of a vCPU; see machine/debug.h. The vCPU is on this core.
 * It stands still, or is about to go on. If a service runs meanwhile, some of the guest's EL1
 * registers are in struct core.
 */
#include <frame/listreg.h>
#include <frame/pstate.h>
#include <lib/string.h>
#include <machine/contexts.h>
#include <machine/debug.h>
#include <machine/fault.h>
#include <machine/gic_cpu.h>
#include <machine/lent.h>
#include <state/core.h>
#include <state/partition.h>
#include <word/life.h>
#include <word/report.h>

#define SPSR_SS    (1ULL << 21)
#define OSLSR_OSLM 8ULL /* there is an OS lock */

/* What a debugger may write: NZCV, DIT, UAO, PAN, SSBS, BTYPE, DAIF, and the mode; for AArch32 only
 * the flags. */
#define PSTATE_WRITTEN   0xf1c01fc0ULL
#define PSTATE_WRITTEN32 0xf0000000ULL

static inline const struct debug_box *debug_box_of(const struct vcpu *vcpu)
{
	return &vcpu->partition->console->debug;
}

/* ---- registers, which are all in memory during a transfer ---- */

static uint64_t pstate_written(uint64_t old, uint64_t pstate)
{
	uint64_t written = (old & PSTATE_AARCH32) != 0 ? PSTATE_WRITTEN32 : PSTATE_WRITTEN;
	uint64_t mode = pstate & PSTATE_MODE;

	if ((old & PSTATE_AARCH32) == 0 &&
	    (mode == PSTATE_EL0T || mode == PSTATE_EL1T || mode == PSTATE_EL1H))
		written |= PSTATE_MODE;
	return (old & ~written) | (pstate & written);
}

#define FLOAT_SIZE (sizeof(struct debug_registers) - offsetof(struct debug_registers, fpcr))
_Static_assert(offsetof(struct vcpu_saved, floating) + sizeof(((struct resident_float *)0)->v) -
                       offsetof(struct vcpu_saved, el1.fpcr) ==
                   FLOAT_SIZE,
               "they lie together, and are copied so");

static void debug_put_in(struct vcpu *vcpu, const struct debug_registers *from, bool lent)
{
	const struct stop_report *general = &from->general;
	struct resident_el1 *el1 = &vcpu->saved.el1;

	memcpy(vcpu->context.x, general->x, sizeof(general->x));
	memcpy(&el1->fpcr, &from->fpcr, FLOAT_SIZE);
	vcpu->context.pc = general->pc;
	vcpu->context.pstate = pstate_written(vcpu->context.pstate, general->pstate);
	*(lent ? &core.service_sp : &el1->sp_el0) = general->sp_el0;
	el1->sp_el1 = general->sp_el1;
}

/*
 * If the vCPU has EL1, its registers are saved for the transfer. Afterwards they are loaded again,
 * as they were saved or as the debugger wrote them. Floating point mustn't trap meanwhile, as the
 * frame itself accesses its registers.
 */
static void debug_transfer(struct vcpu *vcpu, const struct debug_box *box)
{
	struct debug_registers *registers = (struct debug_registers *)(uintptr_t)box->data;
	struct resident_el1 *el1 = &vcpu->saved.el1;
	uint64_t cptr = sysreg_read(cptr_el2);
	bool has_el1 = core.el1 == vcpu, lent = has_el1 && lent_to_service();

	sysreg_write(cptr_el2, cptr & ~LENT_CPTR_TFP);
	barrier_instruction();
	if (has_el1)
		resident_exchange_el1(el1, el1, vcpu, &core.el1);
	if (box->transfer == DEBUG_TRANSFERS_IN && vcpu->context.state != CONTEXT_OFF)
		debug_put_in(vcpu, registers, lent);
	if (has_el1)
		resident_exchange_el1((struct resident_el1 *)registers, el1, vcpu, &core.el1);
	sysreg_write(cptr_el2, cptr);
	memcpy(&registers->fpcr, &el1->fpcr, FLOAT_SIZE);
	report_registers(&registers->general, &vcpu->context, vcpu);
}

/* ---- following the debugger ---- */

/* Interrupts are held off during a step, which would otherwise lead into a handler. An interrupt
 * still gets in if it comes just now and finds the list registers full. */
static void debug_step(struct vcpu *vcpu, bool stepping)
{
	const uint64_t hcr = lr_control();

	if (stepping)
		vcpu->context.pstate |= SPSR_SS;
	if (vcpu->debug.stepping != stepping)
		lr_set_control(stepping ? hcr & ~(uint64_t)ICH_HCR_EN : hcr | ICH_HCR_EN);
	vcpu->debug.stepping = stepping;
}

static void debug_apply(struct vcpu *vcpu, bool on, bool stepping)
{
	const struct debug_box *box = debug_box_of(vcpu);

	debug_step(vcpu, stepping);
	vcpu->debug.on = on;
	lent_follow(vcpu);
	if (on && box->transfer != DEBUG_TRANSFERS_NOTHING && box->vcpu == vcpu->index)
		debug_transfer(vcpu, box);
}

/* If the vCPU is the core's current context, its pc and state are in registers, too, unless it is
 * to begin. */
void debug_follow(struct vcpu *vcpu)
{
	bool on = vcpu->partition->debug.attached != 0;
	bool current = core.current == &vcpu->context && context_goes_on(&vcpu->context);
	bool stepping = on && life_lets(vcpu) && (debug_box_of(vcpu)->step >> vcpu->index & 1) != 0;

	if ((on | vcpu->debug.on) == 0 || (stepping && !vcpu->life.parked))
		return; /* no debugger; or the step has begun already */
	debug_apply(vcpu, on, stepping);
	if (current)
		context_set_place(&vcpu->context, vcpu->context.pc, vcpu->context.pstate);
}

/* ---- the guest's own debug registers, while a debugger is attached ---- */

#define ENCODING(op1, crn, op2) ((op2) << 17 | (op1) << 14 | (crn) << 10)

/* Returns where DBGBVR, DBGBCR, DBGWVR or DBGWCR (op2 4 to 7) is set aside; 0: it isn't. */
static uint64_t *point_of(struct debug_hardware *own, uint32_t op2, uint32_t number)
{
	bool watches = (op2 & 2) != 0;
	struct debug_point *point = watches ? own->watchpoint : own->breakpoint;

	if (number >= (watches ? DEBUG_WATCHPOINTS : DEBUG_BREAKPOINTS))
		return 0;
	return (op2 & 1) != 0 ? &point[number].control : &point[number].value;
}

static uint64_t *own_of(struct debug_vcpu *debug, uint32_t encoding)
{
	uint32_t which = encoding & ENCODING(7u, 15u, 7u), crm = encoding >> 1 & 0xf;

	if ((which & ~ENCODING(0u, 0u, 3u)) == ENCODING(0u, 0u, 4u))
		return point_of(&debug->own, which >> 17, crm);
	if (which == ENCODING(0u, 0u, 2u) && crm == 2)
		return &debug->mdscr;
	if (which == ENCODING(0u, 1u, 4u) && crm <= 1) /* OSLAR_EL1, OSLSR_EL1 */
		return &debug->locked;
	return 0;
}

/* The OS lock is never lent. But it acts on registers that are lent, so it is written there, too.
 */
static void write_own(struct vcpu *vcpu, uint64_t *own, uint64_t value)
{
	*own = value;
	if (own == &vcpu->debug.locked && (vcpu->lent & LENT_DEBUG) != 0)
		sysreg_write(oslar_el1, value & 1);
}

/* Registers that aren't set aside read as zero, as if never used. */
void debug_access(struct vcpu *vcpu, uint32_t encoding, bool read, uint64_t *value)
{
	uint64_t *own = own_of(&vcpu->debug, encoding);

	if (own == 0)
		*value = 0;
	else if (!read)
		write_own(vcpu, own, *value);
	else
		*value = own == &vcpu->debug.locked ? OSLSR_OSLM | (*own & 1) << 1 : *own;
}
