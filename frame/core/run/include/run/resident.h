/*
 * Several vCPUs on one core. The resident vCPU (core.vcpu) holds the core's virtual GIC interface,
 * private interrupts and timers. One vCPU (core.el1) holds EL1. The other vCPUs' state lies in
 * their struct vcpu. If all vCPUs have left the core, a vCPU that never runs holds everything. A
 * vCPU is made resident before anything is done about its GIC state. The next choice makes the vCPU
 * resident that is to run. On a core with one vCPU (core.only), that vCPU is both, but for
 * the moment between a recovery of the frame and the first switch.
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

/* resident_leave() takes all of a vCPU from this core, as the vCPU goes to another core.
 * resident_come() takes in a vCPU that has come. See move.c. */
void resident_leave(struct vcpu *vcpu);
void resident_come(struct vcpu *vcpu);

/* For a recovery. resident_put_down(): saves all registers of vCPUs that this core has; it is to
 * start again. resident_lose(): the core doesn't know whose registers it has.
 * resident_is_nobody(): it is the vCPU that never runs. */
void resident_put_down(void);
void resident_lose(void);
bool resident_is_nobody(const struct vcpu *vcpu);

/*
 * Makes one of the partition's vCPUs on this core resident, if any is here. Work that is about the
 * partition as a whole needs that. Returns the partition; 0: the partition isn't mapped here.
 */
struct partition *resident_partition(uint32_t index);

/* Takes a guest's physical interrupt, on a core without `only`. */
void resident_interrupt(uint32_t intid);

/* vgic_pulse() for a partition on a core without `only`. */
void resident_pulse(struct partition *partition, uint32_t intid);

/* vgic_message() there. */
void resident_message(struct partition *partition, uint32_t intid);

/* Has the running vCPU wait, as by WFI, until something is pending for it or its timer is due. */
void resident_wait(struct vcpu *vcpu);

/* Something came for the vCPU. Makes the vCPU ready if it waits, and as urgent as it can be. */
void resident_wake(struct vcpu *vcpu);

/* Wakes the resident vCPU if it has something pending. */
void resident_look(void);

/* Wakes one waiting vCPU that isn't resident and whose timer is over. */
void resident_due(uint64_t now);

/* The vCPU is to run: makes it resident if it isn't. */
void resident_return(struct vcpu *vcpu);

/* Sets TIMER_SAVED for those vCPUs that wait, aren't resident, and have at least this priority. The
 * next timer_program() arms it. */
static inline void resident_arm(uint32_t priority)
{
	const struct vcpu *vcpu = core.sleepers;

	while (vcpu != 0 && vcpu->run.rouses < priority)
		vcpu = vcpu->run.next_due;
	core.deadline[TIMER_SAVED] = vcpu != 0 ? vcpu->run.due : TIMER_NEVER;
}

/* Before a choice: arms TIMER_SAVED at once, for vCPUs that are more urgent than the context to be
 * chosen, and for no others. */
void resident_arm_choice(void);

/*
 * A vCPU has just become resident for a message, which took half of the message's time. True: an
 * interrupt has come meanwhile and goes first, so the caller puts the message off. A timer's
 * interrupt counts, too, if its vCPU is more urgent than the context to be chosen.
 *
 * This returns true only once before each choice. is_for_later() (turn/idle.c) may leave the
 * interrupt pending until after the switch; without that limit such an interrupt would put the
 * message off each time. A more urgent vCPU may put the message off again and again. That is
 * allowed: it may keep the core from the message anyway.
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

/* The vCPU is to run and `forgets` is set: forgets what another vCPU of its partition translated
 * here. */
void resident_follow(struct vcpu *vcpu);

#endif
