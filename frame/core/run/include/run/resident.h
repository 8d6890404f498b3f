/*
 * Several vCPUs on one core. The resident vCPU (core.vcpu) holds the core's virtual GIC interface,
 * private interrupts and timers. One vCPU (core.el1) holds EL1. The others' state lies in their
 * struct vcpu. Where all vCPUs have left, a vCPU that never runs holds everything. Before anything
 * is done about a vCPU's GIC state the vCPU is made resident; the next choice makes the vCPU
 * resident that is to run. A core with one vCPU never changes either, and never comes here.
 */
#ifndef RUN_RESIDENT_H
#define RUN_RESIDENT_H

#include <machine/gic_cpu.h>
#include <machine/resident.h>
#include <word/timer.h>

/* Finds this core's vCPUs: at its start, after gic_init_core(). */
void resident_begin(void);

/* Makes a vCPU of this core resident. */
void resident_enter(struct vcpu *vcpu);

/* Takes all of a vCPU from this core, as it goes to another one; takes in a vCPU that has come. See
 * move.c. */
void resident_leave(struct vcpu *vcpu);
void resident_come(struct vcpu *vcpu);

/*
 * Makes one of the partition's vCPUs on this core resident, if any is here: for what is done about
 * the partition as a whole. Returns the partition; 0: it isn't mapped here.
 */
struct partition *resident_partition(uint32_t index);

/* Takes a guest's physical interrupt, on a core that hasn't just one vCPU. */
void resident_interrupt(uint32_t intid);

/* vgic_pulse() for a partition on such a core. */
void resident_pulse(struct partition *partition, uint32_t intid);

/* Has the running vCPU wait, as by WFI, until something is pending for it or its timer is due. */
void resident_wait(struct vcpu *vcpu);

/* Something came for the vCPU: makes it ready if it waits, and as urgent as it can be. */
void resident_wake(struct vcpu *vcpu);

/* Wakes the resident vCPU if it has something pending. */
void resident_look(void);

/* Wakes one waiting vCPU that isn't resident and whose timer is over. */
void resident_due(uint64_t now);

/* The vCPU is to run: makes it resident if it isn't. */
void resident_return(struct vcpu *vcpu);

/* Sets TIMER_SAVED for the vCPUs that wait and aren't resident, if they are at least as urgent as
 * that. The next timer_program() arms it. */
static inline void resident_arm(uint32_t priority)
{
	const struct vcpu *vcpu = core.sleepers;

	while (vcpu != 0 && vcpu->run.rouses < priority)
		vcpu = vcpu->run.next_due;
	core.deadline[TIMER_SAVED] = vcpu != 0 ? vcpu->run.due : TIMER_NEVER;
}

/* Before a choice: arms at once, and only, the deadlines of vCPUs that are more urgent than the
 * context to be chosen. */
void resident_arm_choice(void);

/*
 * Puts a message off for an interrupt: a vCPU has just become resident for the message, which took
 * half of the message's time, and a choice follows. True: an interrupt has come meanwhile, and goes
 * first. The timer of the vCPU that was resident counts, if that vCPU is more urgent than the
 * context to be chosen. True only once before each choice: is_for_later() (turn/idle.c) may leave
 * the interrupt for behind a switch, and it would be there each time. A more urgent vCPU may put
 * the message off again and again by this, but it may keep it waiting anyway.
 */
static inline bool resident_let_go(void)
{
	resident_arm_choice();
	barrier_instruction();
	if (core.let_go != 0 || !gic_is_pending())
		return false;
	core.let_go = 1;
	return true;
}

/* Forgets, before the vCPU runs, what another vCPU of its partition translated here (`forgets`). */
void resident_follow(struct vcpu *vcpu);

#endif
