/* This core's deadlines; see word/timer.h. */
#include <machine/contexts.h>
#include <word/timer.h>

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

void timer_follow(void)
{
	if (core.reschedule == 0) {
		timer_program(TIMER_SLICE);
	} else {
		if (core.only == 0 && core.ready != 0)
			core.urgency = gic_class(core.ready->priority);
		timer_program(TIMER_SAVED);
	}
	barrier_instruction();
}

static inline uint64_t earliest(uint64_t next, int from, int to)
{
	for (int i = from; i < to; i++)
		if (core.deadline[i] < next)
			next = core.deadline[i];
	return next;
}

void timer_look(void)
{
	uint64_t anyway = earliest(TIMER_NEVER, TIMER_ANYWAY, TIMER_COUNT);
	uint64_t all = earliest(anyway, TIMER_OFTEN, TIMER_ANYWAY);
	uint32_t urgent = core.mail_class[MAIL_SERVICE][0] + 1U;

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
	core.look = (uint32_t)timer_ticks(TIMER_LOOK_NS);
	timer_set_look(core.look, core.look);
	timer_look();
	timer_follow();
}

/* For the highest class the fewest deadlines count, so its `seldom` is the latest of all classes.
 * If the old deadline and the new one are both later than that, nothing changes for any class. */
void timer_set(enum core_timer timer, uint64_t deadline)
{
	uint64_t old = core.deadline[timer];

	core.deadline[timer] = deadline;
	if (old == deadline ||
	    (old > core.seldom[GIC_CLASSES - 1] && deadline >= core.seldom[GIC_CLASSES - 1]))
		return;
	timer_look();
	timer_follow();
}

void timer_set_look(uint64_t soonest, uint64_t latest)
{
	uint64_t now = timer_now();

	timer_set(TIMER_LOOK, now + soonest);
	timer_set(TIMER_STUCK, now + latest);
}

uint32_t timer_of(uint32_t kind, uint32_t partition)
{
	bool urgent = core.mail_class[MAIL_LIFE][partition * LIFE_MESSAGES] >
	              core.mail_class[MAIL_SERVICE][0];

	return kind + (urgent ? TIMER_ANYWAY : TIMER_RTC);
}

/* A core with one vCPU (core.only) has one partition, whose deadline is the core's. On any other
 * core, if the partition had no deadline and gets none, nothing is to be done. */
void timer_set_for(enum core_timer timer, const struct partition *partition, uint64_t deadline)
{
	uint32_t kind = timer - TIMER_RTC;
	uint64_t *due = core.due[kind];

	if (core.only == 0) {
		if (deadline == TIMER_NEVER && due[partition->index] == TIMER_NEVER)
			return;
		timer = (enum core_timer)timer_of(kind, partition->index);
		due[partition->index] = deadline;
		for (uint32_t i = 0; i < core_bundle->partitions.count; i++)
			if (due[i] < deadline && timer_of(kind, i) == timer)
				deadline = due[i];
	}
	timer_set(timer, deadline);
}
