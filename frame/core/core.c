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

static __attribute__((noinline)) void program(void)
{
	timer_program();
	barrier_instruction();
}

static void program_all(void)
{
	core.seldom = TIMER_NEVER;
	for (int i = TIMER_OFTEN; i < TIMER_COUNT; i++)
		if (core.deadline[i] < core.seldom)
			core.seldom = core.deadline[i];
	program();
}

AT_START void timer_begin(void)
{
	for (int i = 0; i < TIMER_COUNT; i++)
		core.deadline[i] = TIMER_NEVER;
	for (uint32_t i = 0; i < PARTITION_TIMERS * BUNDLE_PARTITIONS_MAX; i++)
		core.due[i / BUNDLE_PARTITIONS_MAX][i % BUNDLE_PARTITIONS_MAX] = TIMER_NEVER;
	program_all();
	sysreg_write(cnthp_ctl_el2, 1);
}

/* If neither was the earliest of the seldom ones, nothing else changes. */
void timer_set(enum core_timer timer, uint64_t deadline)
{
	uint64_t old = core.deadline[timer];

	core.deadline[timer] = deadline;
	if (old != deadline &&
	    (old <= core.seldom || deadline < core.seldom || timer < TIMER_OFTEN))
		program_all();
}

/* A core with one partition on it has no others to look after. */
void timer_set_for(enum core_timer timer, const struct partition *partition, uint64_t deadline)
{
	uint64_t *due = core.due[timer - TIMER_RTC];

	if (core.only == 0) {
		due[partition->index] = deadline;
		for (uint32_t i = 0; i < core_bundle->partitions.count; i++)
			if (due[i] < deadline)
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

/* What it leads to sets its deadline anew. Of several partitions one at a time: the others' are
 * over as well, so the timer's next interrupt comes at once. */
static void partition_due(enum core_timer timer, uint64_t now, void (*act)(struct partition *))
{
	uint64_t *due = core.due[timer - TIMER_RTC];
	struct partition *partition = core.partition;

	for (uint32_t i = 0; partition == 0 && i < core_bundle->partitions.count; i++)
		if (due[i] <= now)
			partition = resident_partition(i);
	if (partition == 0)
		return;
	timer_set_for(timer, partition, TIMER_NEVER);
	act(partition);
}

static enum core_timer earliest_seldom(void)
{
	uint32_t first = TIMER_OFTEN;

	for (uint32_t i = first + 1; i < TIMER_COUNT; i++)
		if (core.deadline[i] < core.deadline[first])
			first = i;
	return first;
}

/* One at a time, too: each may take as long as anything may. */
static void seldom_due(uint64_t now)
{
	enum core_timer timer = earliest_seldom();

	core.deadline[timer] = TIMER_NEVER;
	switch (timer) {
	case TIMER_CONSOLE:
		console_timeout();
		break;
	case TIMER_RTC:
		partition_due(timer, now, rtc_evaluate);
		break;
	case TIMER_WATCHDOG:
		partition_due(timer, now, wdt_evaluate);
		break;
	case TIMER_LIFE:
		partition_due(timer, now, life_due);
		break;
	case TIMER_STUCK:
		if (core.vcpu != 0)
			stuck_look(core.vcpu);
		break;
	default:
		dma_events();
	}
	program_all();
}

/* Who waits for a vCPU's timer doesn't wait for looks at what is seldom. */
void timer_interrupt(void)
{
	uint64_t now = timer_now();

	if (timer_due(TIMER_SLICE, now) && core.current != 0)
		sched_end_turn(core.current);
	if (core.seldom <= now)
		seldom_due(now);
	if (timer_due(TIMER_PROMISE, now))
		promise_due(now);
	if (timer_due(TIMER_SAVED, now))
		resident_due(now);
	program();
}
