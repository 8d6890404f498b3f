/* This core's deadlines and its EL2 timer, which follows the earliest one. */
#ifndef WORD_TIMER_H
#define WORD_TIMER_H

#include <machine/sysreg.h>
#include <state/core.h>
#include <state/partition.h>

/*
 * The EL2 timer follows the deadlines, after they were written: of the first few those from `first`
 * on. Before a choice that is TIMER_SAVED: a turn's end would only come before what is there for a
 * more urgent vCPU.
 */
static inline void timer_program(enum core_timer first)
{
	uint64_t next = core.seldom[core.urgency];

	for (uint32_t i = first; i < TIMER_OFTEN; i++)
		if (core.deadline[i] < next)
			next = core.deadline[i];
	sysreg_write(cnthp_cval_el2, next);
}

/* timer_now() in place. */
static inline uint64_t timer_read(void)
{
	barrier_instruction();
	return sysreg_read(cntpct_el0);
}

/* Of TIMER_RTC to TIMER_LIFE: which deadline of the core a partition's is among. */
uint32_t timer_of(uint32_t kind, uint32_t partition);

/* After deadlines from TIMER_OFTEN on were written: what is for the console's class or a less
 * urgent one waits while others run. timer_follow() comes behind it. */
void timer_look(void);

/* The EL2 timer follows them all. */
void timer_follow(void);

/* Any of them. */
void timer_set(enum core_timer timer, uint64_t deadline);
void timer_set_for(enum core_timer timer, const struct partition *partition, uint64_t deadline);
void timer_begin(void);
uint64_t timer_now(void);
uint64_t timer_ticks(uint64_t nanoseconds); /* rounded up, saturating */

#endif
