/*
 * vCPUs' times on their cores: budgets, periods, deadlines. promises.c checks whether all can be
 * kept together.
 */
#include "build.h"
#include <host/costs.h>
#include <host/promises.h>
#include <string.h>

/* Microseconds. With it the sums of the analysis, in picoseconds, fit into 64 bits. */
#define TIMES_MOST 10000000u
#define TIMES_US   1000000u /* picoseconds */

typedef void times_one(struct build *build, const struct draft *draft, size_t index,
                       const struct dts_item *item);

/* Calls back with each vCPU's value of a property, if the property is there. */
static void times_each(struct build *build, const struct draft *draft, const char *name,
                       size_t width, times_one *read)
{
	const struct dts_item *values[BUNDLE_PARTITION_VCPUS_MAX];

	if (vcpus_values(build, draft, name, width, values))
		for (size_t i = 0; i < draft->vcpu_count; i++)
			read(build, draft, i, values[i]);
}

static bool times_period_good(struct build *build, const struct dts_item *item)
{
	if (item->value >= BUNDLE_PERIOD_LEAST && item->value <= TIMES_MOST)
		return true;
	complain(&build->complaints, item->place,
	         "a period of %llu us isn't possible; it has %d to %u microseconds",
	         (unsigned long long)item->value, BUNDLE_PERIOD_LEAST, TIMES_MOST);
	return false;
}

/* The microseconds that the frame takes from a budget for a wake: two and a half times the time
 * from the interrupt to the vCPU (frame/core/run/promise.c). */
static uint32_t times_budget_least(const struct build *build)
{
	const uint64_t time =
	    build->model->instruction_ps ? build->model->instruction_ps : PROMISES_INSTRUCTION_PS;

	return (uint32_t)((COSTS_INTERRUPT + COSTS_SWITCH) * 5 * time / 2 / TIMES_US + 1);
}

/* Reads <budget period>; <0 0> is no budget. */
static void times_budget(struct build *build, const struct draft *draft, size_t index,
                         const struct dts_item *item)
{
	struct model_vcpu *told = &draft->vcpus[index].told;
	const struct dts_item *period = item->next;
	const uint32_t least = times_budget_least(build);

	if ((!item->value && !period->value) || !times_period_good(build, period))
		return;
	if (!item->value)
		complain(&build->complaints, item->place,
		         "with a budget of 0 us vCPU %zu of '%s' would never run; give it some, "
		         "or write <0 0> for no budget",
		         index, draft->name);
	else if (item->value < least)
		complain(&build->complaints, item->place,
		         "a budget of %llu us is less than the frame takes of it to switch to vCPU "
		         "%zu of '%s'; give it %u us at the least",
		         (unsigned long long)item->value, index, draft->name, least);
	else if (item->value > period->value)
		complain(&build->complaints, item->place,
		         "a budget of %llu us doesn't fit into %llu us; write the budget first, "
		         "then how often there is so much",
		         (unsigned long long)item->value, (unsigned long long)period->value);
	else {
		told->budget_us = (uint32_t)item->value;
		told->budget_period_us = (uint32_t)period->value;
	}
}

static void times_kind(struct build *build, const struct draft *draft, size_t index,
                       const struct dts_item *item)
{
	struct model_vcpu *told = &draft->vcpus[index].told;

	if (!strcmp(item->text, "guarantee"))
		told->flags |= told->budget_us ? BUNDLE_VCPU_GUARANTEE : 0;
	else if (strcmp(item->text, "limit") != 0)
		complain(&build->complaints, item->place,
		         "\"%s\" can't be 'kumiki,budget-kind'; write \"limit\" or \"guarantee\"",
		         item->text);
}

static void times_period(struct build *build, const struct draft *draft, size_t index,
                         const struct dts_item *item)
{
	/* An impossible value counts as given: one complaint is enough. */
	if (item->value)
		draft->vcpus[index].told.period_us =
		    times_period_good(build, item) ? (uint32_t)item->value : TIMES_MOST;
}

/* Checks that the period is given, and is no shorter than the value. `what`: the value, for a
 * message. */
static bool times_within(struct build *build, const struct draft *draft, size_t index,
                         const struct dts_item *item, const char *what)
{
	const uint32_t period = draft->vcpus[index].told.period_us;

	if (!item->value || item->value <= period)
		return item->value != 0;
	if (period)
		complain(&build->complaints, item->place,
		         "%s of %llu us is longer than the period, %u us; write at most that", what,
		         (unsigned long long)item->value, period);
	else
		complain(&build->complaints, item->place,
		         "%s needs a period; say how often the work of vCPU %zu of '%s' comes: "
		         "kumiki,period = <10000>;",
		         what, index, draft->name);
	return false;
}

static void times_deadline(struct build *build, const struct draft *draft, size_t index,
                           const struct dts_item *item)
{
	if (!times_within(build, draft, index, item, "a deadline"))
		return;
	draft->vcpus[index].told.deadline_us = (uint32_t)item->value;
	draft->vcpus[index].told.flags |= BUNDLE_VCPU_REALTIME;
}

static void times_work(struct build *build, const struct draft *draft, size_t index,
                       const struct dts_item *item)
{
	struct model_vcpu *told = &draft->vcpus[index].told;

	if (!times_within(build, draft, index, item, "work"))
		return;
	told->work_us = (uint32_t)item->value;
	if (told->deadline_us && told->work_us > told->deadline_us)
		complain(&build->complaints, item->place,
		         "%u us of work aren't done within %u us; shorten the work of vCPU %zu of "
		         "'%s', or move its deadline",
		         told->work_us, told->deadline_us, index, draft->name);
}

static void times_miss(struct build *build, const struct draft *draft, size_t index,
                       const struct dts_item *item)
{
	static const char *const words[] = {[BUNDLE_MISS_LOG] = "log",
	                                    [BUNDLE_MISS_TELL] = "tell",
	                                    [BUNDLE_MISS_RESTART] = "restart"};
	struct model_vcpu *told = &draft->vcpus[index].told;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(item->text, words[i])) {
			told->on_miss = told->deadline_us ? (uint8_t)i : BUNDLE_MISS_LOG;
			return;
		}
	complain(&build->complaints, item->place,
	         "\"%s\" can't be 'kumiki,on-miss'; write \"log\", \"tell\" or \"restart\"",
	         item->text);
}

/* ---- properties without effect ---- */

static bool times_any(const struct draft *draft, bool deadline)
{
	for (size_t i = 0; i < draft->vcpu_count; i++)
		if (deadline ? draft->vcpus[i].told.deadline_us : draft->vcpus[i].told.budget_us)
			return true;
	return false;
}

static void times_needless(struct build *build, const struct draft *draft, const char *name,
                           bool deadline, const char *what)
{
	const struct dts_property *property = dts_property(draft->node, name);

	if (property && !times_any(draft, deadline))
		complain_warning(&build->complaints, property->place,
		                 "'%s' has no effect: no vCPU of '%s' has a %s; take it out", name,
		                 draft->name, what);
}

/* A partition that is never restarted isn't restarted after a miss, either. */
static void times_restart(struct build *build, const struct draft *draft)
{
	const struct dts_property *property = dts_property(draft->node, "kumiki,on-miss");

	for (size_t i = 0; i < draft->vcpu_count; i++)
		if (draft->vcpus[i].told.on_miss == BUNDLE_MISS_RESTART &&
		    draft->partition->no_restart) {
			complain(&build->complaints, property->items->place,
			         "'%s' can't be restarted after a miss, as it has "
			         "'kumiki,no-restart'; write \"log\" or \"tell\", or take that "
			         "out",
			         draft->name);
			return;
		}
}

void times_read(struct build *build, struct draft *draft)
{
	times_each(build, draft, "kumiki,budget", 2, times_budget);
	times_each(build, draft, "kumiki,budget-kind", 1, times_kind);
	times_each(build, draft, "kumiki,period", 1, times_period);
	times_each(build, draft, "kumiki,deadline", 1, times_deadline);
	times_each(build, draft, "kumiki,work", 1, times_work);
	times_each(build, draft, "kumiki,on-miss", 1, times_miss);
	times_needless(build, draft, "kumiki,budget-kind", false, "budget");
	times_needless(build, draft, "kumiki,on-miss", true, "deadline");
	times_restart(build, draft);
	if (dts_property(draft->node, "kumiki,realtime"))
		for (size_t i = 0; i < draft->vcpu_count; i++)
			draft->vcpus[i].told.flags |= BUNDLE_VCPU_REALTIME;
}
