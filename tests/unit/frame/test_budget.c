/*
 * Budgets: the rest after use, across periods. Periods of any length in ticks neither drift nor get
 * lost. Random use is compared with a model that counts in the finest unit.
 *
 * Shows: time.limit.
 */
#include <pure/budget.h>
#include <stdlib.h>
#include <unit.h>

#define HZ 62500000ULL

/* In its first period. */
static struct budget budget_of(uint32_t full, uint32_t period, uint64_t hz)
{
	struct budget budget = {0};

	budget_init(&budget, full, period, hz);
	assert_true(budget_refill(&budget, 0));
	return budget;
}

TEST(test_it_begins_full)
{
	struct budget budget = budget_of(2000, 10000, HZ);

	assert_int_equal(budget.full, 125000);
	assert_int_equal(budget.left, 125000);
	assert_int_equal(budget.began, 0);
	assert_int_equal(budget.next, 625000);
}

TEST(test_a_used_budget_is_gone)
{
	struct budget budget = budget_of(2000, 10000, HZ);

	budget_spend(&budget, 1000, 26000);
	assert_int_equal(budget.left, 100000);
	assert_int_equal(budget_end(&budget, 26000), 126000);
	budget_spend(&budget, 26000, 126000);
	assert_int_equal(budget.left, 0);
	assert_false(budget_refill(&budget, 624999));
	assert_int_equal(budget.left, 0);
	assert_true(budget_refill(&budget, 625000));
	assert_int_equal(budget.left, 125000);
	assert_false(budget_refill(&budget, 625000));
}

/* The frame takes its time; the vCPU isn't given more for it. */
TEST(test_too_much_is_no_debt)
{
	struct budget budget = budget_of(2000, 10000, HZ);

	budget_spend(&budget, 0, 130000);
	assert_int_equal(budget.left, 0);
	assert_true(budget_refill(&budget, 625001));
	assert_int_equal(budget.left, 125000);
}

TEST(test_only_the_present_period_counts)
{
	struct budget budget = budget_of(2000, 10000, HZ);

	/* It runs over the end of one: at that moment there is a new one, and no interrupt. */
	assert_int_equal(budget_end(&budget, 600000), 625000 + 125000);
	budget_spend(&budget, 600000, 625000 + 125000);
	assert_int_equal(budget.left, 0);
	assert_int_equal(budget.next, 2 * 625000);
	/* It waited since, for three periods. */
	budget_spend(&budget, 5 * 625000 + 100, 5 * 625000 + 300);
	assert_int_equal(budget.left, 125000 - 200);
}

TEST(test_exactly_at_the_end)
{
	struct budget budget = budget_of(2000, 10000, HZ);

	assert_int_equal(budget_end(&budget, 500000), 625000 + 125000);
	assert_int_equal(budget_end(&budget, 499999), 624999);
	budget_spend(&budget, 500000, 625000);
	assert_int_equal(budget.left, 125000);
}

/* All of the time: it is never used up, though it is looked at. */
TEST(test_all_of_the_time)
{
	struct budget budget = budget_of(10000, 10000, HZ);
	uint64_t now = 0;

	for (int i = 0; i < 1000; i++) {
		uint64_t end = budget_end(&budget, now);

		budget_spend(&budget, now, end);
		assert_true(budget.left > 0);
		now = end;
	}
}

/* Hardly any comes out even in ticks. */
TEST(test_periods_do_not_drift)
{
	static const uint64_t rates[] = {19200000, 24000000, HZ, 1000000001};
	static const uint32_t periods[] = {100, 101, 333, 1000, 9999, 1000003};

	for (unsigned int r = 0; r < 4; r++)
		for (unsigned int p = 0; p < 6; p++) {
			struct budget budget = budget_of(1, periods[p], rates[r]);

			for (uint64_t n = 2; n < 5000; n++) {
				assert_true(budget_refill(&budget, budget.next));
				assert_int_equal(budget.next, n * periods[p] * rates[r] / 1000000);
			}
		}
}

/* As if it had been looked at in each. */
TEST(test_a_long_pause)
{
	for (uint32_t i = 1; i < 2000; i++) {
		uint64_t pause = (uint64_t)i * i * i * 977;
		struct budget budget = budget_of(10, 101, 19200000);
		uint64_t periods = 1;

		assert_int_equal(budget_refill(&budget, pause), pause >= budget.period + 1);
		periods = pause * 1000000 / (101ULL * 19200000) + 1;
		while (periods * 101 * 19200000 / 1000000 <= pause)
			periods++;
		assert_int_equal(budget.next, periods * 101 * 19200000 / 1000000);
		assert_int_equal(budget.began, (periods - 1) * 101 * 19200000 / 1000000);
	}
}

TEST(test_its_clock_stands_still)
{
	struct budget budget = budget_of(2000, 10000, HZ);

	budget_spend(&budget, 0, 100000);
	budget_stood(&budget, 1000000);
	assert_false(budget_refill(&budget, 1624999));
	assert_int_equal(budget.left, 25000);
	assert_true(budget_refill(&budget, 1625000));
}

/* ---- beside a model ---- */

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

/* Tick by tick: the present period, and the rest of its budget. */
struct model {
	uint64_t full, period, left, number;
};

static void model_tick(struct model *model, uint64_t now, bool runs)
{
	if (now / model->period != model->number) {
		model->number = now / model->period;
		model->left = model->full;
	}
	if (runs && model->left > 0)
		model->left--;
}

TEST(test_random)
{
	for (uint32_t seed = 1; seed <= 200; seed++) {
		struct budget budget = {0};
		struct model model;
		uint64_t now = 0;

		random_state = seed;
		model.period = 20 + random_below(200);
		model.left = model.full = 1 + random_below((uint32_t)model.period);
		model.number = 0;
		budget_init(&budget, (uint32_t)model.full, (uint32_t)model.period, 1000000);
		for (int i = 0; i < 300; i++) {
			uint64_t end = now + random_below(150);
			bool runs = random_below(2) != 0;

			(void)budget_refill(&budget, now);
			if (runs && end > budget_end(&budget, now))
				end = budget_end(&budget, now);
			if (runs)
				budget_spend(&budget, now, end);
			for (; now < end; now++)
				model_tick(&model, now, runs);
			model_tick(&model, now, false);
			(void)budget_refill(&budget, now);
			assert_int_equal(budget.left, model.left);
		}
	}
}
