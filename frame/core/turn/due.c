/* A core's turn from its start to what it runs, and its deadlines. */
#include <devices/emulated.h>
#include <dma/dma.h>
#include <life/life.h>
#include <machine/contexts.h>
#include <machine/local.h>
#include <machine/sysreg.h>
#include <run/promise.h>
#include <run/resident.h>
#include <run/sched.h>
#include <run/stuck.h>
#include <run/wake_service.h>
#include <turn/due.h>
#include <word/timer.h>

static bool due_waits CORE_LOCAL; /* a partition's timer does, for the EL2 timer's next interrupt */

/* ---- time ---- */

static bool timer_due(enum core_timer timer, uint64_t now)
{
	if (core.deadline[timer] > now)
		return false;
	core.deadline[timer] = TIMER_NEVER;
	return true;
}

#define TIMER_OPEN 1 /* no deadline: it hasn't been set yet */

/* What it leads to sets its deadline anew, or not. Of several partitions one at a time: the others'
 * are over as well, so the timer's next interrupt comes at once; as it does if one of its vCPUs had
 * to become resident first, which is as long as what follows. Once, for this one or for another one
 * that comes between, as a choice makes another one resident if that interrupt isn't there when it
 * looks. */
static void partition_due(uint32_t timer, uint64_t now)
{
	static void (*const acts[])(struct partition *) = {rtc_evaluate, wdt_evaluate, life_due};
	uint32_t kind = timer - (timer < TIMER_ANYWAY ? TIMER_RTC : TIMER_ANYWAY);
	struct partition *partition = core.partition;
	const struct vcpu *was = core.vcpu;

	for (uint32_t i = 0; partition == 0 && i < core_bundle->partitions.count; i++)
		if (core.due[kind][i] <= now && timer_of(kind, i) == timer)
			partition = resident_partition(i);
	if (partition == 0)
		return;
	core.deadline[timer] = TIMER_OPEN; /* and over, as a deadline */
	due_waits = core.vcpu != was && !due_waits;
	if (due_waits)
		return;
	acts[kind](partition);
	if (core.deadline[timer] == TIMER_OPEN)
		timer_set_for((enum core_timer)(TIMER_RTC + kind), partition, TIMER_NEVER);
}

/* One at a time, too: each may take as long as anything may. What it sets is looked at once, behind
 * it. */
static void seldom_due(uint64_t now)
{
	uint32_t timer = TIMER_COUNT - 1;

	/* Of equals one that doesn't wait, which there is where the others do. */
	while (core.deadline[timer] != core.seldom[core.urgency])
		timer--;
	core.deadline[timer] = TIMER_NEVER;
	core.seldom[GIC_CLASSES - 1] = 0;
	switch (timer) {
	case TIMER_CONSOLE:
	case TIMER_WARDEN:
		service_timeout(timer);
		break;
	case TIMER_DMA:
		dma_events();
		break;
	case TIMER_STUCK:
		if (core.vcpu != 0)
			stuck_look(core.vcpu);
		break;
	default:
		partition_due(timer, now);
	}
	timer_look();
}

/* One of these at a time, as each takes long: the others have the timer's next interrupt, at
 * once. Timers of vCPUs don't wait for what is seldom, which comes last, if the running context
 * isn't too urgent for it. */
void timer_interrupt(void)
{
	uint64_t now = timer_now();

	if (timer_due(TIMER_PROMISE, now))
		promise_due(now);
	else if (timer_due(TIMER_SAVED, now))
		resident_due(now);
	else if (timer_due(TIMER_SLICE, now) && core.current != 0)
		sched_turn_over(core.current);
	else if (core.seldom[core.urgency] <= now)
		seldom_due(now);
	timer_follow();
}
