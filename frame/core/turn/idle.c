/*
 * Chooses the context that a core goes on with. Interrupts that wait by then are taken first. While
 * there is no context the core sleeps, or goes off if it was told to.
 */
#include <frame/tables.h>
#include <machine/contexts.h>
#include <machine/wait.h>
#include <run/account.h>
#include <run/move.h>
#include <run/resident.h>
#include <run/sched.h>
#include <turn/idle.h>
#include <turn/trap.h>
#include <word/power.h>
#include <word/trace.h>

/* Adds the registers that the report lacks. It isn't read before its partition's vCPUs stand. */
static void complete_report(void)
{
	const uint64_t *from = core.current->x;
	uint64_t *to = core.report->x;

	for (uint32_t i = 19; i < 29; i++)
		to[i] = from[i];
}

/* Takes an interrupt while nothing runs. A report that it makes is complete, as all registers are
 * in memory before a choice. */
static void take_one(void)
{
	trap_idle_interrupt();
	core.report = 0;
}

/* Takes one interrupt that waits by now, on a shared core: the way to a core's sleep is long, and
 * so is the way on. Only one, as the context that ran last is charged for it. */
static inline void take_before_sleep(void)
{
	core.urgency = 0;
	gic_mask(GIC_MASK_NOTHING);
	if (gic_is_pending())
		take_one();
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
				move_idle(); /* the core stays on: it takes a vCPU that waits */
		}
		core.urgency = 0;
		resident_arm_choice();
		gic_mask(GIC_MASK_NOTHING);
		wait_idle();
		take_one();
		move_leave();
	}
	/* A core with one vCPU takes waiting interrupts only here, as its choice is short. But the
	 * beginning of a vCPU is long, and that is mostly what ends such a core's sleep. */
	while (core.only != 0 && gic_is_pending())
		take_one();
}

/* The first waiting interrupt is better taken behind the switch: it is from a device of the vCPU
 * that comes, and the way is shorter then. */
static bool is_for_later(struct context *next)
{
	const struct vcpu *vcpu = vcpu_of(next);
	uint32_t intid = gic_pending_first();

	if (next->kind != CONTEXT_VCPU || vcpu == core.vcpu || intid < VGIC_PRIVATE ||
	    intid >= VGIC_INTIDS)
		return false;
	return (vcpu->partition->vgic.owned[intid / 32] >> intid % 32 & 1) != 0;
}

/* An interrupt waits for a vCPU as urgent as the context to be run, or for the frame. A vCPU
 * that leaves the core goes first. */
static inline bool another_waits(struct context *next)
{
	core.urgency = gic_class(next->priority);
	gic_mask_class(core.urgency);
	return gic_is_pending() && core.leaving == 0 && !is_for_later(next);
}

/*
 * On a shared core takes interrupts that wait by now before the choice: the way to it and the
 * choice are long together. This goes on for ever only if interrupts would also keep coming before
 * the chosen vCPU's first instruction.
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
		 * armed here. Timers of equals would only come before interrupts for a more urgent
		 * vCPU. */
		resident_arm_choice();
		take_one();
	}
}

void turn_choose(void)
{
	sched_switch(choose_first());
}

void turn_choose_interrupted(void)
{
	if (core.report != 0)
		complete_report();
	turn_choose();
}

void core_run(void)
{
	tables_leave_start();
	turn_choose();
	core_leave();
}
