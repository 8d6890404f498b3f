/* The EL2 timer's interrupt: does the work of this core's deadlines; see turn/due.h. */
#include <devices/emulated.h>
#include <dma/dma.h>
#include <life/life.h>
#include <run/broker.h>
#include <run/feed.h>
#include <run/hang.h>
#include <run/progress.h>
#include <run/resident.h>
#include <run/sched.h>
#include <run/stuck.h>
#include <run/wake_service.h>
#include <state/services.h>
#include <turn/due.h>
#include <turn/service_calls.h>
#include <word/timer.h>

#define SERVICE_LOOKS 60      /* half a second apart, about */
#define STEP_NS       1000000 /* from one step of a look to the next one */

static bool due_waits CORE_LOCAL; /* partition_due() waits for the timer's next interrupt */

/* ---- time ---- */

static bool timer_due(enum core_timer timer, uint64_t now)
{
	if (core.deadline[timer] > now)
		return false;
	core.deadline[timer] = TIMER_NEVER;
	return true;
}

#define TIMER_OPEN 1 /* a mark: the work hasn't set the deadline yet */

/*
 * Does the due work of one partition, which may set the deadline anew. If another partition is due,
 * too, the timer's next interrupt comes at once. If a vCPU of the partition has to become resident
 * first, that takes as long as the work. Then the work waits for the next interrupt, but only once
 * (due_waits). The reason: a choice that doesn't see this interrupt yet makes another vCPU resident
 * again, and the partition would wait each time.
 */
static void partition_due(uint32_t timer, uint64_t now)
{
	static void (*const acts[])(struct partition *) = {rtc_evaluate, wdt_evaluate, life_due,
	                                                   broker_due};
	uint32_t kind = timer - (timer < TIMER_ANYWAY ? TIMER_RTC : TIMER_ANYWAY);
	struct partition *partition = core.partition;
	const struct vcpu *was = core.vcpu;

	for (uint32_t i = 0; partition == 0 && i < core_bundle->partitions.count; i++)
		if (core.due[kind][i] <= now && timer_of(kind, i) == timer)
			partition = resident_partition(i);
	if (partition == 0)
		return;
	core.deadline[timer] = TIMER_OPEN; /* a deadline that is over */
	due_waits = core.vcpu != was && !due_waits;
	if (due_waits)
		return;
	acts[kind](partition);
	if (core.deadline[timer] == TIMER_OPEN)
		timer_set_for((enum core_timer)(TIMER_RTC + kind), partition, TIMER_NEVER);
}

/* A service loops if it had the core at many looks, and made no call in between. A service that
 * waits stays the current context while the core sleeps. */
static void look_at_service(struct context *context)
{
	if (context != 0 && context->kind != CONTEXT_VCPU && context->state == CONTEXT_READY &&
	    ++service_of(context)->looks == SERVICE_LOOKS)
		service_fault(context, SERVICE_LOOPS, 0);
}

/* Looks in a row are about the vCPU alone. Others are done in steps, as all of them take longer
 * than interrupts may wait. */
static void look(void)
{
	core.deadline[TIMER_LOOK] = core.deadline[TIMER_STUCK] = TIMER_NEVER;
	progress_look();
	feed_look();
	if (core.vcpu == 0 || core.vcpu->run.stuck == 0) {
		if (hang_look()) {
			timer_set_look(timer_ticks(STEP_NS), core.look / 8);
			return;
		}
		look_at_service(core.current);
	}
	if (core.vcpu != 0)
		stuck_look(core.vcpu);
	else
		stuck_watch();
}

/* Does the work of one seldom deadline, as each may take as long as interrupts may wait. The work
 * may set deadlines. timer_look() looks at them once, after the work. */
static void seldom_due(uint64_t now)
{
	uint32_t timer = TIMER_COUNT - 1;

	/* Some deadlines may wait while this class runs. If one of them has the same value, the
	 * last of equals is one that doesn't wait: those are from TIMER_ANYWAY on. */
	while (core.deadline[timer] != core.seldom[core.urgency])
		timer--;
	core.deadline[timer] = TIMER_NEVER;
	core.seldom[GIC_CLASSES - 1] = 0;
	switch (timer) {
	case TIMER_CONSOLE:
	case TIMER_WARDEN:
	case TIMER_UPDATER:
		service_timeout(timer);
		break;
	case TIMER_DMA:
		dma_events();
		break;
	case TIMER_LOOK:
	case TIMER_STUCK:
		look();
		break;
	case TIMER_HANG:
		hang_look_closer();
		break;
	default:
		partition_due(timer, now);
	}
	timer_look();
}

/* Does the work of one deadline only, as each takes long. For the others the timer's next interrupt
 * comes at once. The seldom deadlines come last, so that vCPUs' timers don't wait for them. */
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
