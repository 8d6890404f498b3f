/*
 * Several vCPUs on one core. The virtual GIC interface, the private interrupts and the timers of a
 * core are held by one of its vCPUs, the resident one (core.vcpu), and EL1 by one of them, too
 * (core.el1); the others' lie in their struct vcpu; where all have left, they are held by one that
 * never runs. Who wants to do something about a vCPU's GIC
 * state makes it resident first, for as long as it takes: the next choice puts everything where it
 * is to run. A core with one vCPU never changes either, and comes here for nothing.
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

	while (vcpu != 0 && vcpu->rouses < priority)
		vcpu = vcpu->next_due;
	core.deadline[TIMER_SAVED] = vcpu != 0 ? vcpu->due : TIMER_NEVER;
}

/* Before a choice, and at once: of those alone that are more urgent than who is to be chosen. */
void resident_arm_choice(void);

/*
 * Where it has just become resident for a message, which took half of the time, and a choice
 * follows: what has come meanwhile is to go first, the timer of who was resident among it if he is
 * more urgent than who runs. Once before each choice: it may be left for behind a switch
 * (is_for_later() of sched.c), and would be there each time. So who is more urgent than the message
 * may do this to it again and again, as he may keep it waiting anyway.
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

/* It is to run, and another one of its partition was here since (`forgets`): what that one
 * translated goes. */
void resident_follow(struct vcpu *vcpu);

#endif
