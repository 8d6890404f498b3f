/* Looks for vCPUs that loop in their exception vectors; see run/stuck.h. */
#include <frame/esr.h>
#include <frame/pstate.h>
#include <machine/contexts.h>
#include <machine/fault.h>
#include <run/blame.h>
#include <run/stuck.h>
#include <word/timer.h>

#define PERIOD_NS 500000000
#define CLOSER_NS 50021 /* no multiple of what a loop may take */
#define SURE      64    /* looks in a row: three milliseconds without a way out */

#define VECTORS_SIZE 0x800u
#define VECTOR_SIZE  0x80u

/* A further vCPU that begins doesn't change how often the core is looked at. */
void stuck_watch(void)
{
	core.vcpu->run.stuck = 0;
	if (core.deadline[TIMER_STUCK] != TIMER_NEVER)
		return;
	timer_set(TIMER_STUCK, timer_now() + timer_ticks(PERIOD_NS));
}

/* On a shared core the looks go on, at the other vCPUs. */
void stuck_forget(void)
{
	if (core.only != 0)
		timer_set(TIMER_STUCK, TIMER_NEVER);
}

static bool in_vectors(uint64_t address)
{
	return address - sysreg_read(vbar_el1) < VECTORS_SIZE;
}

/* The last exception was an error at EL1 itself: an abort, a misaligned PC or SP, or an undefined
 * instruction. The last of these sets IL, which a reset's zeros don't. */
static bool was_error(uint64_t syndrome)
{
	uint32_t class = ESR_CLASS(syndrome);

	return class == CLASS_FETCH + 1 || class == CLASS_PC_ALIGNMENT || class == CLASS_DATA + 1 ||
	       class == CLASS_SP_ALIGNMENT || (class == CLASS_UNKNOWN && (syndrome & ESR_IL) != 0);
}

/*
 * The vCPU runs in a vector, with everything masked. The last exception was an error of an
 * instruction of that very vector, at the PC or behind it. So a guest that polls in its vectors
 * without an exception, or after an exception from elsewhere, isn't meant.
 */
static bool may_be_stuck(const struct vcpu *vcpu)
{
	uint64_t pc = context_pc(), elr = sysreg_read(elr_el1), pstate = fault_pstate();

	return core.current == &vcpu->context && !vcpu->partition->watchdog.enabled &&
	       (pstate & PSTATE_EL) == PSTATE_EL1T && (pstate & PSTATE_DAIF) == PSTATE_DAIF &&
	       in_vectors(elr) && elr / VECTOR_SIZE == pc / VECTOR_SIZE && pc <= elr &&
	       was_error(sysreg_read(esr_el1));
}

/* Another context runs before the vCPU: this look says nothing, and doesn't break the row. On an
 * emulator that lacks time the console service runs at one of so many looks each time. */
static bool is_unseen(const struct vcpu *vcpu)
{
	return vcpu->run.stuck != 0 && core.current != &vcpu->context &&
	       vcpu->context.state == CONTEXT_READY;
}

void stuck_look(struct vcpu *vcpu)
{
	bool unseen = is_unseen(vcpu);

	if (!unseen && !may_be_stuck(vcpu)) {
		stuck_watch();
		return;
	}
	vcpu->run.stuck += !unseen;
	if (vcpu->run.stuck < SURE)
		timer_set(TIMER_STUCK, timer_now() + timer_ticks(CLOSER_NS));
	else
		life_fault(vcpu, REPORT_STUCK, sysreg_read(esr_el1), sysreg_read(far_el1));
}
