/* Looks for vCPUs that loop in their exception vectors; see frame/stuck.h. */
#include <frame/core.h>
#include <frame/life.h>
#include <frame/partition.h>
#include <frame/stuck.h>
#include <machine/contexts.h>
#include <machine/fault.h>

#define PERIOD_NS 500000000
#define CLOSER_NS 50021 /* no multiple of what a loop may take */
#define SURE      64    /* looks in a row: three milliseconds without a way out */

#define VECTORS_SIZE 0x800u
#define PSTATE_EL    0xcu
#define PSTATE_EL1   0x4u

void stuck_watch(void)
{
	core.stuck = 0;
	timer_set(TIMER_STUCK, timer_now() + timer_ticks(PERIOD_NS));
}

void stuck_forget(void)
{
	timer_set(TIMER_STUCK, TIMER_NEVER);
}

static bool in_vectors(uint64_t address)
{
	return address - sysreg_read(vbar_el1) < VECTORS_SIZE;
}

/* At EL1 in a vector, by an exception that was taken in a vector. */
static bool may_be_stuck(const struct vcpu *vcpu)
{
	return core.current == &vcpu->context && !vcpu->partition->watchdog.enabled &&
	       (fault_pstate() & PSTATE_EL) == PSTATE_EL1 && in_vectors(context_pc()) &&
	       in_vectors(sysreg_read(elr_el1));
}

void stuck_look(struct vcpu *vcpu)
{
	if (!may_be_stuck(vcpu)) {
		stuck_watch();
		return;
	}
	core.stuck++;
	if (core.stuck < SURE)
		timer_set(TIMER_STUCK, timer_now() + timer_ticks(CLOSER_NS));
	else
		life_fault(vcpu, REPORT_STUCK, sysreg_read(esr_el1), sysreg_read(far_el1));
}
