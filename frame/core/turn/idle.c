/*
 * Chooses the context that a core goes on with. Interrupts that are pending before the choice are
 * taken first. While no context is ready the core sleeps, or goes off if it was told to.
 */
#include <frame/tables.h>
#include <machine/contexts.h>
#include <machine/irq.h>
#include <machine/wait.h>
#include <run/account.h>
#include <run/move.h>
#include <run/progress.h>
#include <run/resident.h>
#include <run/sched.h>
#include <state/trap_frame.h>
#include <turn/idle.h>
#include <turn/trap.h>
#include <word/power.h>
#include <word/trace.h>

/* On a shared core: takes an interrupt that is pending by now, as the way to a core's sleep is
 * long, and so is the way on. It takes only one, as the context that ran last is charged for the
 * time. */
static inline void take_before_sleep(void)
{
	core.urgency = 0;
	gic_mask(GIC_MASK_NOTHING);
	if (gic_is_pending())
		trap_idle_interrupt();
}

static void sleep_until_ready(void)
{
	if (core.only == 0 && core.leaving == 0)
		take_before_sleep();
	resident_look();
	move_leave();
	if (core.roams != 0 && core.ready == 0)
		move_idle();
	while (core.ready == 0) {
		if (core.charged != 0) {
			account_idle();
			trace(TRACE_SWITCH, TRACE_NO_VCPU, 0);
			continue;
		}
		if (power_is_to_go(core.index)) {
			(void)power_in_start(core.index, POWER_GO);
			if (core.roams != 0)
				move_idle(); /* the core stayed on: shows again that it idles */
		}
		core.urgency = 0;
		resident_arm_choice();
		gic_mask(GIC_MASK_NOTHING);
		progress_sleep();
		wait_idle();
		trap_idle_interrupt();
		move_leave();
	}
	/* A core with one vCPU takes pending interrupts only here, not before each choice, as its
	 * choice is short. Its sleep mostly ends because the vCPU begins, and that is long. */
	while (core.only != 0 && gic_is_pending())
		trap_idle_interrupt();
}

/* True: the first pending interrupt is better taken after the switch. It is from a device of the
 * partition whose vCPU comes, and takes less time when that vCPU is resident. */
static bool is_for_later(struct context *next)
{
	const struct vcpu *vcpu = vcpu_of(next);
	uint32_t intid = gic_pending_first();

	if (next->kind != CONTEXT_VCPU || vcpu == core.vcpu || intid < VGIC_PRIVATE ||
	    intid >= VGIC_INTIDS)
		return false;
	return (vcpu->partition->vgic.owned[intid / 32] >> intid % 32 & 1) != 0;
}

/* True: an interrupt is pending whose class is at least that of the next context, and it is to be
 * taken before the switch. Otherwise it waits for the way back. If a vCPU leaves the core, that
 * goes first. */
static inline bool another_waits(struct context *next)
{
	core.urgency = gic_class(next->priority);
	gic_mask_class(core.urgency);
	if (!gic_is_pending())
		return false;
	if (core.leaving == 0 && !is_for_later(next))
		return true;
	progress_hold();
	return false;
}

/*
 * A shared core takes pending interrupts before the choice, as the way to the choice and the choice
 * together are long. This loop is endless only if interrupts come so fast that the chosen vCPU
 * wouldn't get to its first instruction anyway.
 */
static inline struct context *choose_first(void)
{
	for (;;) {
		struct context *next = core.ready;

		if (next == 0) {
			sleep_until_ready();
			continue;
		}
		if (core.only != 0 || !another_waits(next))
			return next;
		/* A vCPU that waits for its timer may not be resident any more, so its timer is
		 * armed here. Timers of equals aren't armed: they would come before interrupts for
		 * a more urgent vCPU. Deadlines that wait for the next context aren't, either: then
		 * nothing may be left, or only what is for later. */
		resident_arm_choice();
		if (!another_waits(next))
			return next;
		trap_idle_interrupt();
	}
}

void turn_choose(void)
{
	struct context *next;

	irq_mask();
	next = choose_first();
	irq_unmask();
	sched_switch(next);
}

void core_run(void)
{
	tables_leave_start();
	trap_frame_own->pc = core.root; /* not 0: no vector has stored half of a context */
	turn_choose();
	core_leave();
}
