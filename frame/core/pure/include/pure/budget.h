/*
 * A vCPU's budget: some time in each period. The budget is filled at the beginning of each period,
 * and may be used at any time of the period (a deferrable server). Periods follow each other
 * without a gap, whatever the vCPU does; their clock stands still only while the vCPU is parked.
 * Pure: the caller says what time it is, and touches only budgets of its own core.
 */
#ifndef PURE_BUDGET_H
#define PURE_BUDGET_H

#include <frame/types.h>

struct budget {
	uint64_t full; /* ticks for each period; 0: no budget, and the other fields mean nothing */
	uint64_t period; /* whole ticks; with the millionths, so that periods don't drift */
	uint32_t millionths;
	uint32_t carried;     /* millionths that are left over at `next` */
	uint64_t began, next; /* counter: when the present period and the next one begin */
	uint64_t left;
};

/* Sets a budget as described, in microseconds, for a counter of so many Hz. The first period begins
 * at 0. */
void budget_init(struct budget *budget, uint32_t full, uint32_t period, uint64_t hz);

/* Fills the budget if a new period has begun. True: it has. */
bool budget_refill(struct budget *budget, uint64_t now);

/* Spends the time in which the vCPU ran. Only its part in the present period counts. If `from` is
 * later than `to`, nothing is spent: the time from `to` on has been counted before. */
void budget_spend(struct budget *budget, uint64_t from, uint64_t to);

/* Spends so many ticks in which the vCPU didn't run. */
void budget_owe(struct budget *budget, uint64_t ticks);

/* Returns when the budget will be used up if the vCPU runs from now on. The budget has been
 * refilled up to now. */
uint64_t budget_end(const struct budget *budget, uint64_t now);

/* The budget's clock stood still for so many ticks. */
void budget_stood(struct budget *budget, uint64_t ticks);

#endif
