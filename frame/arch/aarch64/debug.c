/*
 * Debug registers and a debugger's view of a vCPU: see machine/debug.h. The vCPU is this core's own
 * and stands, or is about to go on; a service may have the core meanwhile, and then holds some of
 * the guest's EL1 registers in struct core.
 */
#include <frame/core.h>
#include <frame/partition.h>
#include <frame/report.h>
#include <lib/string.h>
#include <machine/contexts.h>
#include <machine/debug.h>
#include <machine/fault.h>
#include <machine/gic_cpu.h>

#define MDCR_TDE   (1ULL << 8)
#define MDSCR_SS   (1ULL << 0)
#define MDSCR_MDE  (1ULL << 15)
#define SPSR_SS    (1ULL << 21)
#define OSLSR_OSLK (1ULL << 1)
#define OSLSR_OSLM 8ULL /* there is an OS lock */

/* NZCV, DIT, UAO, PAN, SSBS, BTYPE, DAIF; of AArch32 the flags alone. And the mode. */
#define PSTATE_WRITTEN   0xf1c01fc0ULL
#define PSTATE_WRITTEN32 0xf0000000ULL
#define PSTATE_AARCH32   0x10ULL
#define PSTATE_MODE      0x1fULL

static uint32_t least(uint64_t a, uint32_t b)
{
	return a < b ? (uint32_t)a : b;
}

uint32_t debug_breakpoints(void)
{
	return least((sysreg_read(id_aa64dfr0_el1) >> 12 & 0xf) + 1, DEBUG_REGISTERS);
}

uint32_t debug_watchpoints(void)
{
	return least((sysreg_read(id_aa64dfr0_el1) >> 20 & 0xf) + 1, DEBUG_REGISTERS);
}

/* ---- the registers by number, from the last one that there is on ---- */

#define SAVE(name)                                                                                 \
	"	mrs	%[x], " name "vr\\n\\()_el1\n"                                             \
	"	str	%[x], [%[to], #8*\\n]\n"                                                             \
	"	mrs	%[x], " name "cr\\n\\()_el1\n"                                             \
	"	str	%[x], [%[to], #64+8*\\n]\n"
#define LOAD(name)                                                                                 \
	"	ldr	%[x], [%[to], #8*\\n]\n"                                                             \
	"	msr	" name "vr\\n\\()_el1, %[x]\n"                                             \
	"	ldr	%[x], [%[to], #64+8*\\n]\n"                                                          \
	"	msr	" name "cr\\n\\()_el1, %[x]\n"

/* Four instructions for each: the first ones of those that aren't there are jumped over. */
#define EACH(what, count, values)                                                                  \
	do {                                                                                       \
		uint64_t skip_ = (DEBUG_REGISTERS - (count)) * 16, x_;                             \
		__asm__ volatile("	adr	%[x], 1f\n"                                                 \
		                 "	add	%[x], %[x], %[skip]\n"                                      \
		                 "	br	%[x]\n"                                                      \
		                 "1:\n"                                                            \
		                 "	.irp n, 7,6,5,4,3,2,1,0\n" what "	.endr\n"                 \
		                 : [x] "=&r"(x_)                                                   \
		                 : [skip] "r"(skip_), [to] "r"(values)                             \
		                 : "memory");                                                      \
	} while (0)

static void save(struct debug_hardware *to)
{
	EACH(SAVE("dbgb"), debug_breakpoints(), to->value[0]);
	EACH(SAVE("dbgw"), debug_watchpoints(), to->value[2]);
}

static void load(const struct debug_hardware *from)
{
	EACH(LOAD("dbgb"), debug_breakpoints(), from->value[0]);
	EACH(LOAD("dbgw"), debug_watchpoints(), from->value[2]);
	barrier_instruction();
}

/* ---- the guest's own, and the debugger's ---- */

static bool is_lent(void)
{
	return core.current != 0 && core.current->kind != CONTEXT_VCPU;
}

static uint64_t read_mdscr(void)
{
	return is_lent() ? core.service_mdscr : sysreg_read(mdscr_el1);
}

static void write_mdscr(uint64_t value)
{
	if (is_lent())
		core.service_mdscr = value;
	else
		sysreg_write(mdscr_el1, value);
}

static void take(struct debug_vcpu *debug)
{
	save(&debug->own);
	debug->mdscr = read_mdscr();
	debug->locked = sysreg_read(oslsr_el1) & OSLSR_OSLK;
	debug->on = 1;
	sysreg_write(oslar_el1, 0);
	sysreg_write(mdcr_el2, sysreg_read(mdcr_el2) | MDCR_TDE);
}

static void give_back(struct debug_vcpu *debug)
{
	load(&debug->own);
	write_mdscr(debug->mdscr);
	sysreg_write(oslar_el1, debug->locked != 0);
	sysreg_write(mdcr_el2, sysreg_read(mdcr_el2) & ~MDCR_TDE);
	debug->on = 0;
}

void debug_reset(struct vcpu *vcpu)
{
	memset(&vcpu->debug.own, 0, sizeof(vcpu->debug.own));
	load(&vcpu->debug.own);
	sysreg_write(mdscr_el1, 0);
	sysreg_write(oslar_el1, 1);
	vcpu->debug.on = 0;
	vcpu->debug.stepping = 0;
	debug_follow(vcpu);
}

/* ---- single step ---- */

static uint64_t pstate_of(const struct vcpu *vcpu)
{
	return core.current == &vcpu->context ? fault_pstate() : vcpu->context.pstate;
}

static void set_pstate(struct vcpu *vcpu, uint64_t pstate)
{
	if (core.current == &vcpu->context)
		sysreg_write(spsr_el2, pstate);
	else
		vcpu->context.pstate = pstate;
}

/* An interrupt's handler would be what a step steps into. Unless one comes just now, and the list
 * registers overflow, none gets in between. */
static void step(struct vcpu *vcpu, bool stepping)
{
	uint64_t pstate = pstate_of(vcpu) & ~SPSR_SS;

	if (stepping && !vcpu->parked)
		return; /* it is on its way */
	write_mdscr(MDSCR_MDE | (stepping ? MDSCR_SS : 0));
	set_pstate(vcpu, stepping ? pstate | SPSR_SS : pstate);
	if (vcpu->debug.stepping != stepping) {
		uint64_t hcr = sysreg_get(ICH_HCR_EL2);

		sysreg_set(ICH_HCR_EL2, stepping ? hcr & ~ICH_HCR_EN : hcr | ICH_HCR_EN);
		vcpu->debug.stepping = stepping;
	}
}

void debug_follow(struct vcpu *vcpu)
{
	const struct debug *debug = &vcpu->partition->debug;

	if (debug->attached != 0) {
		if (!vcpu->debug.on)
			take(&vcpu->debug);
		load(&debug->hardware);
		step(vcpu, life_lets(vcpu) && (debug->step >> vcpu->index & 1) != 0);
	} else if (vcpu->debug.on) {
		step(vcpu, false);
		give_back(&vcpu->debug);
	}
}

/* Registers that aren't set aside read as zero, as if nobody had ever used them. */
void debug_access(struct vcpu *vcpu, uint32_t encoding, bool read, uint64_t *value)
{
	struct debug_vcpu *debug = &vcpu->debug;
	uint32_t op2 = encoding >> 17 & 7, crn = encoding >> 10 & 0xf, crm = encoding >> 1 & 0xf;
	uint64_t *own = 0;

	if ((encoding >> 14 & 7) != 0)
		; /* of another level */
	else if (crn == 0 && op2 >= 4 && crm < DEBUG_REGISTERS)
		own = &debug->own.value[op2 - 4][crm];
	else if (crn == 0 && op2 == 2 && crm == 2)
		own = &debug->mdscr;
	else if (crn == 1 && op2 == 4 && crm <= 1) /* OSLAR_EL1, OSLSR_EL1 */
		own = &debug->locked;
	if (read)
		*value = own == 0 ? 0 : own == &debug->locked ? OSLSR_OSLM | debug->locked : *own;
	else if (own == &debug->locked)
		debug->locked = (*value & 1) != 0 ? OSLSR_OSLK : 0;
	else if (own != 0)
		*own = *value;
}

/* ---- general registers ---- */

void debug_read_registers(struct vcpu *vcpu, struct stop_report *to)
{
	report_registers(to, &vcpu->context, vcpu);
}

static uint64_t pstate_written(uint64_t old, uint64_t pstate)
{
	uint64_t mode = pstate & PSTATE_MODE;
	uint64_t written = (old & PSTATE_AARCH32) != 0 ? PSTATE_WRITTEN32 : PSTATE_WRITTEN;

	if ((old & PSTATE_AARCH32) == 0 && (mode == 0 || mode == 4 || mode == 5))
		written |= PSTATE_MODE;
	return (old & ~written) | (pstate & written);
}

void debug_write_registers(struct vcpu *vcpu, const struct stop_report *from)
{
	memcpy(vcpu->context.x, from->x, sizeof(from->x));
	set_pstate(vcpu, pstate_written(pstate_of(vcpu), from->pstate));
	if (core.current == &vcpu->context)
		context_set_pc(from->pc);
	else
		vcpu->context.pc = from->pc;
	if (is_lent())
		core.service_sp = from->sp_el0;
	else
		sysreg_write(sp_el0, from->sp_el0);
	sysreg_write(sp_el1, from->sp_el1);
}
