/* System registers that trap: those of the GIC, identification, performance monitor, debug, and
 * ACTLR_EL1. An access to any other one that traps is an undefined instruction for the guest. */
#include <frame/esr.h>
#include <machine/contexts.h>
#include <machine/debug.h>
#include <machine/lent.h>
#include <machine/local.h>
#include <machine/sysreg.h>
#include <pure/idreg.h>
#include <turn/trap.h>
#include <vgic/vgic.h>

#define ENCODING(op0, op1, crn, crm, op2)                                                          \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define ENCODING_MASK ENCODING(3u, 7u, 15u, 15u, 7u)
#define SRE           ENCODING(3u, 0u, 12u, 12u, 5u) /* ICC_SRE_EL1: writes change nothing */
#define SRE_FIXED     7                              /* registers, no interface in memory */
#define SGI0R         ENCODING(3u, 0u, 12u, 11u, 7u) /* ICC_SGI0R_EL1 */
#define ASGI1R        ENCODING(3u, 0u, 12u, 11u, 6u) /* ICC_ASGI1R_EL1 */
#define DIR           ENCODING(3u, 0u, 12u, 11u, 1u) /* ICC_DIR_EL1: traps now and then */
#define DIR_INTID     0xffffff
#define ACTLR         ENCODING(3u, 0u, 1u, 0u, 1u) /* ACTLR_EL1: has nothing */

/* ---- identification: what a guest of this core reads, made at start ---- */

static union {
	uint32_t narrow[8]; /* AArch32's, of 32 bits: CRm 1 to 3; CRm 0 stays 0 */
	uint64_t wide[IDREG_64];
} views[8] CORE_LOCAL; /* by CRm; each by op2 */

/*
 * Reads S3_0_C0_C<crm>_<op2>. An MRS names its register in the instruction. So there is one MRS for
 * each register, in order, two instructions apart, and a jump goes to the right one.
 */
AT_START static uint64_t identification(uint32_t crm, uint32_t op2)
{
	uint64_t number = crm < 4 ? (crm - 1) * 8 + op2 : 24 + (crm - 4) * IDREG_64 + op2;
	uint64_t value;

	__asm__ volatile("adr %0, 1f\n\t"
	                 "add %0, %0, %1, lsl #3\n\t"
	                 "br %0\n"
	                 "1:\n\t"
	                 ".irp m, 1,2,3\n\t"
	                 ".irp n, 0,1,2,3,4,5,6,7\n\t"
	                 "mrs %0, S3_0_C0_C\\m\\()_\\n\n\t"
	                 "b 2f\n\t"
	                 ".endr\n\t"
	                 ".endr\n\t"
	                 ".irp m, 4,5,6,7\n\t"
	                 ".irp n, 0,1,2,3\n\t"
	                 "mrs %0, S3_0_C0_C\\m\\()_\\n\n\t"
	                 "b 2f\n\t"
	                 ".endr\n\t"
	                 ".endr\n"
	                 "2:"
	                 : "=&r"(value)
	                 : "r"(number));
	return value;
}

AT_START void sysreg_begin(void)
{
	for (uint32_t crm = 1; crm < 4; crm++)
		for (uint32_t op2 = 0; op2 < 8; op2++)
			views[crm].narrow[op2] =
			    (uint32_t)idreg_view(crm, op2, identification(crm, op2));
	for (uint32_t crm = 4; crm < 8; crm++)
		for (uint32_t op2 = 0; op2 < IDREG_64; op2++)
			views[crm].wide[op2] = idreg_view(crm, op2, identification(crm, op2));
}

static uint64_t view(uint64_t crm, uint64_t op2)
{
	if (crm < 4)
		return views[crm].narrow[op2];
	return op2 < IDREG_64 ? views[crm].wide[op2] : 0;
}

static bool reads_identification(uint32_t esr)
{
	return (esr & SYSREG_READ) != 0 &&
	       (esr & ENCODING(3u, 7u, 15u, 8u, 0u)) == ENCODING(3u, 0u, 0u, 0u, 0u);
}

/* ---- registers that are lent to the vCPU that touches them ---- */

static bool is_debug(uint32_t encoding)
{
	return (encoding & ENCODING(3u, 0u, 0u, 0u, 0u)) == ENCODING(2u, 0u, 0u, 0u, 0u);
}

/* True: the register is the performance monitor's: CRn 9 with CRm 12 to 14, or CRn 14 with CRm 8 to
 * 15. */
static bool is_counters(uint32_t encoding)
{
	uint32_t crn = encoding >> 10 & 0xf, crm = encoding >> 1 & 0xf;

	return (crn == 9 && crm >= 12 && crm <= 14) || (crn == 14 && crm >= 8);
}

/* True: the register is one of OS locks, power control or ROM tables, which are never lent. */
static bool is_lock(uint32_t encoding)
{
	return is_debug(encoding) &&
	       (encoding & ENCODING(0u, 7u, 15u, 0u, 0u)) == ENCODING(0u, 0u, 1u, 0u, 0u);
}

static bool touches_lent(struct vcpu *vcpu, uint32_t encoding)
{
	if (is_lock(encoding))
		return false;
	if (is_debug(encoding))
		return lent_touch(vcpu, LENT_DEBUG);
	return is_counters(encoding) && lent_touch(vcpu, LENT_PMU);
}

/* Handles all these traps except reads of identification registers. */
static void handle_other(struct vcpu *vcpu, uint64_t esr)
{
	uint32_t encoding = (uint32_t)esr & ENCODING_MASK;
	bool read = (esr & SYSREG_READ) != 0;
	uint32_t rt = SYSREG_RT(esr);
	uint64_t value = rt == REGISTER_ZERO ? 0 : vcpu->context.x[rt];

	if (touches_lent(vcpu, encoding))
		return; /* the guest executes the instruction again */
	if (!read && encoding == SGI0R) {
		vgic_send_sgi(vcpu, value, false);
	} else if (!read && encoding == DIR) {
		vgic_deactivate(vcpu, value & DIR_INTID);
	} else if (!read && encoding == ASGI1R) {
		/* ASGI1R is for the other security state, which a guest doesn't have: nothing is
		 * sent. */
	} else if (is_debug(encoding) && ((vcpu->lent & LENT_DEBUG) == 0 || is_lock(encoding))) {
		debug_access(vcpu, encoding, read, &value);
		if (read && rt != REGISTER_ZERO)
			vcpu->context.x[rt] = value;
	} else if (encoding == ACTLR || encoding == SRE) {
		if (read && rt != REGISTER_ZERO)
			vcpu->context.x[rt] = encoding == SRE ? SRE_FIXED : 0;
	} else {
		inject_undefined(vcpu);
		return;
	}
	context_advance(&vcpu->context, esr);
}

/* While a CPU of Linux starts, it reads identification registers a hundred times, and traps for
 * little else. */
void sysreg_guest(struct vcpu *vcpu, uint64_t esr)
{
	uint32_t rt = SYSREG_RT(esr);

	if (!reads_identification((uint32_t)esr)) {
		handle_other(vcpu, esr);
		return;
	}
	if (rt != REGISTER_ZERO)
		vcpu->context.x[rt] = view(SYSREG_CRM(esr), SYSREG_OP2(esr));
	context_advance(&vcpu->context, esr);
}
