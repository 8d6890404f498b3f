/* Looks for vCPUs that loop in their exception vectors; see run/stuck.h. */
#include <frame/esr.h>
#include <frame/pstate.h>
#include <machine/contexts.h>
#include <machine/fault.h>
#include <run/blame.h>
#include <run/stuck.h>
#include <word/timer.h>

#define CLOSER_NS 50021 /* an odd time: a loop doesn't keep step with the looks */
#define SURE      64    /* looks in a row that make it sure: three milliseconds */

#define VECTORS_SIZE 0x800u
#define VECTOR_SIZE  0x80u

/* If the core looks already, the time of the next look stays as it is. */
void stuck_watch(void)
{
	if (core.vcpu != 0)
		core.vcpu->run.stuck = 0;
	if (core.deadline[TIMER_STUCK] != TIMER_NEVER)
		return;
	timer_set_look(core.look - core.look / 8, core.look);
}

static bool in_vectors(uint64_t address)
{
	return address - sysreg_read(vbar_el1) < VECTORS_SIZE;
}

/* True: the syndrome is that of an error: an abort at EL1 itself, a misaligned PC or SP, or an
 * undefined instruction. The syndrome of an undefined instruction has IL set, unlike the zeros
 * after a reset. */
static bool was_error(uint64_t syndrome)
{
	uint32_t class = ESR_CLASS(syndrome);

	return class == CLASS_FETCH + 1 || class == CLASS_PC_ALIGNMENT || class == CLASS_DATA + 1 ||
	       class == CLASS_SP_ALIGNMENT || (class == CLASS_UNKNOWN && (syndrome & ESR_IL) != 0);
}

/*
 * True: the vCPU runs in a vector, with everything masked. The last exception was an error of an
 * instruction in the same vector, at the PC or at a higher address. A guest that only polls in its
 * vectors has no such exception, and isn't taken for stuck. If the partition's watchdog is on, the
 * vCPU isn't, either.
 */
static bool may_be_stuck(const struct vcpu *vcpu)
{
	uint64_t pc = context_pc(), elr = sysreg_read(elr_el1), pstate = fault_pstate();

	return core.current == &vcpu->context && !vcpu->partition->watchdog.enabled &&
	       (pstate & PSTATE_EL) == PSTATE_EL1T && (pstate & PSTATE_DAIF) == PSTATE_DAIF &&
	       in_vectors(elr) && elr / VECTOR_SIZE == pc / VECTOR_SIZE && pc <= elr &&
	       was_error(sysreg_read(esr_el1));
}

/* True: an earlier look of this row found the vCPU stuck, and now it is ready but another context
 * runs.
 * This look says nothing, and doesn't end the row. On a slow emulator the console service runs
 * during some look of each row. */
static bool is_unseen(const struct vcpu *vcpu)
{
	return vcpu->run.stuck != 0 && core.current != &vcpu->context &&
	       vcpu->context.state == CONTEXT_READY;
}

void stuck_look(struct vcpu *vcpu)
{
	bool unseen = is_unseen(vcpu);

	/* One that is off or parked still has the registers of a vCPU that is stuck. */
	if (vcpu->context.state != CONTEXT_READY || (!unseen && !may_be_stuck(vcpu))) {
		stuck_watch();
		return;
	}
	vcpu->run.stuck += !unseen;
	if (vcpu->run.stuck < SURE) {
		timer_set_look(timer_ticks(CLOSER_NS), timer_ticks(CLOSER_NS));
		return;
	}
	blame_fault(vcpu, REPORT_STUCK, sysreg_read(esr_el1), sysreg_read(far_el1));
	stuck_watch(); /* the core looks on, at others */
}
