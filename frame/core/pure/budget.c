/* Budgets; see pure/budget.h. */
#include <pure/budget.h>

#define MILLION 1000000u

AT_START void budget_init(struct budget *budget, uint32_t full, uint32_t period, uint64_t hz)
{
	budget->full = full * hz / MILLION;
	budget->period = period * hz / MILLION;
	budget->millionths = (uint32_t)(period * hz % MILLION);
}

/* Goes on by so many periods. The last of them is the present one. */
static void advance(struct budget *budget, uint64_t periods)
{
	uint64_t millionths = budget->carried + periods * budget->millionths;

	budget->began = budget->next;
	budget->next += periods * budget->period + millionths / MILLION;
	budget->carried = (uint32_t)(millionths % MILLION);
}

/* Goes on by many periods at a time. The number is rounded down, so that it never is too large; so
 * the last steps are by one period each. */
bool budget_refill(struct budget *budget, uint64_t now)
{
	if (now < budget->next)
		return false;
	while (now >= budget->next) {
		uint64_t periods = (now - budget->next) / (budget->period + 1);

		advance(budget, periods != 0 ? periods : 1);
	}
	budget->left = budget->full;
	return true;
}

void budget_spend(struct budget *budget, uint64_t from, uint64_t to)
{
	(void)budget_refill(budget, to);
	if (from < budget->began)
		from = budget->began;
	if (from < to)
		budget_owe(budget, to - from);
}

void budget_owe(struct budget *budget, uint64_t ticks)
{
	budget->left = ticks < budget->left ? budget->left - ticks : 0;
}

uint64_t budget_end(const struct budget *budget, uint64_t now)
{
	uint64_t end = now + budget->left;

	return end < budget->next ? end : budget->next + budget->full;
}

void budget_stood(struct budget *budget, uint64_t ticks)
{
	budget->began += ticks;
	budget->next += ticks;
}
