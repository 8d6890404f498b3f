/* A core's turn from its start to what it runs, and its deadlines. */
#include <frame/core.h>
#include <frame/dma.h>
#include <frame/life.h>
#include <frame/partition.h>
#include <frame/promise.h>
#include <frame/resident.h>
#include <frame/sched.h>
#include <frame/service.h>
#include <frame/stuck.h>
#include <frame/tables.h>
#include <machine/contexts.h>
#include <machine/sysreg.h>

struct core core CORE_LOCAL;
_Static_assert(offsetof(struct core, reschedule) == 0, "vectors.S looks there");

void core_run(void)
{
	tables_leave_start();
	sched_choose();
	core_leave();
}

/* ---- time ---- */

uint64_t timer_now(void)
{
	return timer_read();
}

uint64_t timer_ticks(uint64_t nanoseconds)
{
	uint64_t hz = sysreg_read(cntfrq_el0);
	uint64_t seconds = nanoseconds / 1000000000;
	uint64_t rest = nanoseconds % 1000000000;

	if (seconds > TIMER_NEVER / 2 / hz)
		return TIMER_NEVER;
	return seconds * hz + (rest * hz + 999999999) / 1000000000;
}

static void program(void)
{
	timer_program(core.reschedule != 0 ? TIMER_SAVED : TIMER_SLICE);
	barrier_instruction();
}

static inline uint64_t earliest(uint64_t next, int from, int to)
{
	for (int i = from; i < to; i++)
		if (core.deadline[i] < next)
			next = core.deadline[i];
	return next;
}

/* What is for the console's class or a less urgent one waits while others run. Before a program().
 */
static void look_at_all(void)
{
	uint64_t anyway = earliest(TIMER_NEVER, TIMER_ANYWAY, TIMER_COUNT);
	uint64_t all = earliest(anyway, TIMER_OFTEN, TIMER_ANYWAY);
	uint32_t urgent = core.mail_class[MAIL_CONSOLE][0] + 1U;

	for (uint32_t rank = 0; rank < GIC_CLASSES; rank++)
		core.seldom[rank] = all;
	for (uint32_t rank = urgent; core.only == 0 && rank < GIC_CLASSES; rank++)
		core.seldom[rank] = anyway;
}

AT_START void timer_begin(void)
{
	for (int i = 0; i < TIMER_COUNT; i++)
		core.deadline[i] = TIMER_NEVER;
	for (uint32_t i = 0; i < PARTITION_TIMERS * BUNDLE_PARTITIONS_MAX; i++)
		core.due[i / BUNDLE_PARTITIONS_MAX][i % BUNDLE_PARTITIONS_MAX] = TIMER_NEVER;
	look_at_all();
	program();
	sysreg_write(cnthp_ctl_el2, 1);
}

/* If neither was the earliest of the seldom ones, not even of fewer, nothing else changes. */
void timer_set(enum core_timer timer, uint64_t deadline)
{
	uint64_t old = core.deadline[timer];

	core.deadline[timer] = deadline;
	if (old == deadline ||
	    (old > core.seldom[GIC_CLASSES - 1] && deadline >= core.seldom[GIC_CLASSES - 1]))
		return;
	look_at_all();
	program();
}

/* Of TIMER_RTC to TIMER_LIFE, which of the two it has. */
static uint32_t timer_of(uint32_t kind, uint32_t partition)
{
	bool urgent = core.mail_class[MAIL_LIFE][partition * LIFE_MESSAGES] >
	              core.mail_class[MAIL_CONSOLE][0];

	return kind + (urgent ? TIMER_ANYWAY : TIMER_RTC);
}

/* A core with one partition on it has no others to look after. */
void timer_set_for(enum core_timer timer, const struct partition *partition, uint64_t deadline)
{
	uint32_t kind = timer - TIMER_RTC;
	uint64_t *due = core.due[kind];

	if (core.only == 0) {
		timer = (enum core_timer)timer_of(kind, partition->index);
		due[partition->index] = deadline;
		for (uint32_t i = 0; i < core_bundle->partitions.count; i++)
			if (due[i] < deadline && timer_of(kind, i) == timer)
				deadline = due[i];
	}
	timer_set(timer, deadline);
}

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
	core.due_waits = core.vcpu != was && !core.due_waits;
	if (core.due_waits)
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
		console_timeout();
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
	look_at_all();
}

/* One of these at a time, as each takes long: the others have the timer's next interrupt, at once.
 * Who waits for a vCPU's timer doesn't wait for looks at what is seldom, which come if whoever runs
 * then isn't too urgent for them. */
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
	program();
}
