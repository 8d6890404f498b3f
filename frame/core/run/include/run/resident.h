/*
 * Several vCPUs on one core. The virtual GIC interface, the private interrupts and the timers of a
 * core are held by one of its vCPUs, the resident one (core.vcpu), and EL1 by one of them, too
 * (core.el1); the state of the others lies in their struct vcpu. Where all have left, a vCPU that
 * never runs holds them. Before anything is done about a vCPU's GIC state it is made resident, for
 * as long as that takes: the next choice puts everything where it is to run. A core with one vCPU
 * never changes either, and never comes here.
 */
#ifndef RUN_RESIDENT_H
#define RUN_RESIDENT_H

#include <machine/gic_cpu.h>
#include <machine/resident.h>
#include <word/timer.h>

/* Finds this core's vCPUs: at its start, after gic_init_core(). */
void resident_begin(void);

/* Makes it resident. Its core's, and nobody else's. */
void resident_enter(struct vcpu *vcpu);

/* It goes to another core: nothing of it is left here; and one has come. See move.c. */
void resident_leave(struct vcpu *vcpu);
void resident_come(struct vcpu *vcpu);

/*
 * A partition that has vCPUs on this core, or may have: one of those that are here is resident from
 * now on, for what is done about the partition as a whole. 0: it isn't mapped here.
 */
struct partition *resident_partition(uint32_t index);

/* A physical interrupt that isn't the frame's own came to a core that hasn't just one vCPU. */
void resident_interrupt(uint32_t intid);

/* vgic_pulse() for a partition on such a core. */
void resident_pulse(struct partition *partition, uint32_t intid);

/* The running vCPU waits, as by WFI: until something is pending for it, or its timer is due. */
void resident_wait(struct vcpu *vcpu);

/* Something came for it: if it waits, it is ready; and as urgent as it can be. */
void resident_wake(struct vcpu *vcpu);

/* If the resident one waits and has something pending, it is ready; and as urgent as it can be. */
void resident_look(void);

/* Deadlines of those that wait and aren't resident are over. */
void resident_due(uint64_t now);

/* It is to run: on the way to it, it becomes resident if it isn't. */
void resident_return(struct vcpu *vcpu);

/* Deadlines of those that wait and aren't resident, if they are as urgent as that: armed, by the
 * next timer_program(). */
static inline void resident_arm(uint32_t priority)
{
	const struct vcpu *vcpu = core.sleepers;

	while (vcpu != 0 && vcpu->run.rouses < priority)
		vcpu = vcpu->run.next_due;
	core.deadline[TIMER_SAVED] = vcpu != 0 ? vcpu->run.due : TIMER_NEVER;
}

/* Before a choice, and at once: only the deadlines of vCPUs that are more urgent than the one to
 * be chosen. */
void resident_arm_choice(void);

/*
 * A vCPU has just become resident for a message, which took half of the time, and a choice follows.
 * True: an interrupt has come meanwhile, and is to go first; the timer of the vCPU that was
 * resident counts if that one is more urgent than the running one. Once before each choice, as the
 * interrupt may be left for behind a switch (is_for_later() of turn/idle.c) and would be there each
 * time. A more urgent vCPU may put the message off again and again by this, as it may keep it
 * waiting anyway.
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

/* The vCPU is to run, and another one of its partition was here since (`forgets`): what the
 * other one translated is forgotten. */
void resident_follow(struct vcpu *vcpu);

#endif
