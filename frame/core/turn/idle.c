/*
 * Which context a core goes on with, and what it does while there is none: what waits by then is
 * taken first, and a core that was told to goes off.
 */
#include <frame/tables.h>
#include <lib/string.h>
#include <machine/contexts.h>
#include <machine/gic_cpu.h>
#include <machine/wait.h>
#include <run/account.h>
#include <run/move.h>
#include <run/resident.h>
#include <run/sched.h>
#include <turn/idle.h>
#include <turn/trap.h>
#include <word/power.h>
#include <word/trace.h>

/* Nobody has read it yet: its partition's vCPUs stand still before that. */
static void complete_report(void)
{
	const uint64_t *from = core.current->x;
	uint64_t *to = core.report->x;

	for (uint32_t i = 19; i < 29; i++)
		to[i] = from[i];
}

/* While nothing runs. A report is complete, then: registers are in memory before the choice. */
static void take_one(void)
{
	trap_idle_interrupt();
	core.report = 0;
}

/* What leads to a core's sleep is long, and so is what follows: on a shared core what waits by
 * now goes in between. Once, as the context that ran last is charged for it. */
static inline void sleep_later(void)
{
	core.urgency = 0;
	gic_mask(GIC_MASK_NOTHING);
	if (gic_is_pending())
		take_one();
}

static void sleep_until_ready(void)
{
	if (core.only == 0 && core.leaving == 0)
		sleep_later();
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
				move_idle(); /* it is there again, and takes a vCPU that waits */
		}
		core.urgency = 0;
		resident_arm_choice();
		gic_mask(GIC_MASK_NOTHING);
		wait_idle();
		take_one();
		move_leave();
	}
	/* A core of its own takes what waits here only: the choice is short. But a vCPU's beginning
	 * isn't, which is what such a core mostly slept for. */
	while (core.only != 0 && gic_is_pending())
		take_one();
}

/* The first interrupt that waits is better off behind the switch: it is a device's of the vCPU
 * that comes, which takes it a shorter way. */
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
 * What leads to a choice and the choice are long together: on a shared core an interrupt that waits
 * by now goes in between. This is without end only if interrupts would also come to the chosen vCPU
 * without end, before its first instruction.
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
		/* What came before may have taken the timer's registers from a vCPU that waits
		 * for it. Timers of equals would only come before interrupts for a more urgent
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
