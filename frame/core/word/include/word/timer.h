/* This core's deadlines and its EL2 timer, which follows the earliest one. */
#ifndef WORD_TIMER_H
#define WORD_TIMER_H

#include <machine/sysreg.h>
#include <state/core.h>
#include <state/partition.h>

#define TIMER_LOOK_NS 500000000 /* from a core's look to the next one, at most */

/*
 * Sets the EL2 timer to the earliest of the seldom deadlines and of those from `first` to
 * TIMER_OFTEN. Called after they were written. Before a choice `first` is TIMER_SAVED: the end of a
 * turn isn't armed, as its interrupt would come before those for a more urgent vCPU. Without a
 * deadline the timer is off. (A QEMU that counts instructions lets an idle machine jump to its next
 * timer; a timer without a deadline would take it to the end of time.)
 */
static inline void timer_program(enum core_timer first)
{
	uint64_t next = core.seldom[core.urgency];

	core.timer_moved = 0;
	for (uint32_t i = first; i < TIMER_OFTEN; i++)
		if (core.deadline[i] < next)
			next = core.deadline[i];
	sysreg_write(cnthp_cval_el2, next);
	sysreg_write(cnthp_ctl_el2, next != TIMER_NEVER);
}

/* timer_now(), inline. */
static inline uint64_t timer_read(void)
{
	barrier_instruction();
	return sysreg_read(cntpct_el0);
}

/* Returns the core's deadline for a partition's timer of this kind (0: TIMER_RTC, to 3:
 * TIMER_BROKER). It is the deadline of that name, or its equal from TIMER_ANYWAY on. */
uint32_t timer_of(uint32_t kind, uint32_t partition);

/* Finds for each class the earliest deadline from TIMER_OFTEN on that doesn't wait while this class
 * runs. Called after a deadline was written; the caller then calls timer_follow(). */
void timer_look(void);

/* Sets the EL2 timer to the earliest of all deadlines. */
void timer_follow(void);

/* timer_set() sets a deadline of this core; timer_set_for() a partition's, of TIMER_RTC to
 * TIMER_BROKER. */
void timer_set(enum core_timer timer, uint64_t deadline);
void timer_set_for(enum core_timer timer, const struct partition *partition, uint64_t deadline);

/* The core looks in `soonest` ticks; or, on a shared core, once no context of a class above the
 * console's runs any more, but in `latest` ticks at the latest. */
void timer_set_look(uint64_t soonest, uint64_t latest);

void timer_begin(void); /* the core looks from now on */
uint64_t timer_now(void);
uint64_t timer_ticks(uint64_t nanoseconds); /* rounded up, saturating */

#endif
