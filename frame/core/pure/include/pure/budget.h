/*
 * A vCPU's budget: so much time every so long. It is filled at the beginning of each period and may
 * be used at any time of it (a deferrable server). Periods follow each other without a gap whatever
 * the vCPU does; only while its partition is suspended does their clock stand still. Pure: the
 * caller says what time it is, and touches only budgets of its own core.
 */
#ifndef PURE_BUDGET_H
#define PURE_BUDGET_H

#include <frame/types.h>

struct budget {
	uint64_t full;   /* ticks of each period; 0: no budget, and the rest means nothing */
	uint64_t period; /* whole ticks, and millionths, so that periods don't drift */
	uint32_t millionths;
	uint32_t carried;     /* millionths, of the period that `next` ends */
	uint64_t began, next; /* counter: of the present period and of the one behind it */
	uint64_t left;
};

/* As described, in microseconds, for a counter of so many Hz. The first period begins at 0. */
void budget_init(struct budget *budget, uint32_t full, uint32_t period, uint64_t hz);

/* True: a new period has begun, and the budget is full. */
bool budget_refill(struct budget *budget, uint64_t now);

/* Spends the time that the vCPU ran. Only the part in the present period counts. */
void budget_spend(struct budget *budget, uint64_t from, uint64_t to);

/* Spends so many ticks, though the vCPU didn't run. */
void budget_owe(struct budget *budget, uint64_t ticks);

/* When the budget is used up, if the vCPU runs from now on. The budget is refilled until now. */
uint64_t budget_end(const struct budget *budget, uint64_t now);

/* The budget's clock stood still for so long. */
void budget_stood(struct budget *budget, uint64_t ticks);

#endif
