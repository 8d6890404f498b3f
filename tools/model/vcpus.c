/*
 * A partition's vCPUs: how many it has, where each starts and may run, its priority, and its
 * budget, period and deadline. cores.c calls this file when each partition has its cores;
 * promises.c checks whether all times can be kept together.
 */
#include "build.h"
#include <host/costs.h>
#include <host/promises.h>
#include <string.h>

/* ---- periods, budgets and deadlines ---- */

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

static void times_read(struct build *build, struct draft *draft)
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

/* ---- vCPUs ---- */

bool vcpus_values(struct build *build, const struct draft *draft, const char *name, size_t width,
                  const struct dts_item *values[BUNDLE_PARTITION_VCPUS_MAX])
{
	const struct dts_property *property = dts_property(draft->node, name);
	const struct dts_item *item;
	size_t count;

	if (!property || !vocabulary_good(draft->node, name) || !draft->vcpu_count)
		return false;
	item = property->items;
	count = property->item_count / width;
	if (count != 1 && count != draft->vcpu_count) {
		complain(&build->complaints, item->place,
		         "'%s' has %zu values for %zu vCPUs; write one for all of them, or one for "
		         "each, in their order",
		         name, count, draft->vcpu_count);
		return false;
	}
	for (size_t i = 0; i < draft->vcpu_count; i++) {
		values[i] = item;
		for (size_t n = 0; n < width && count > 1; n++)
			item = item->next;
	}
	return true;
}

/* ---- where ---- */

static uint64_t vcpus_bit(const struct build *build, const struct build_core *core)
{
	return 1ull << (core - build->cores);
}

/* All cores of the partition, a bit for each by the board's numbers. */
static uint64_t vcpus_all(const struct build *build, const struct draft *draft)
{
	uint64_t all = 0;

	for (size_t i = 0; i < draft->core_count; i++)
		all |= vcpus_bit(build, draft->cores[i]);
	return all;
}

/* The cores of a mask. Complains of cores that the partition doesn't have, and leaves them out. */
static uint64_t vcpus_mask(struct build *build, const struct draft *draft,
                           const struct dts_item *item, uint64_t all)
{
	for (unsigned core = 0; core < 32; core++)
		if ((item->value & ~all) >> core & 1)
			complain(&build->complaints, item->place,
			         "core %u isn't one of '%s'; take bit %u out of the mask, or give "
			         "it the core in 'cpus'",
			         core, draft->name, core);
	if (!item->value)
		complain(&build->complaints, item->place,
		         "the mask 0x0 leaves a vCPU no core to run on; bit 0 is core 0: <0x1>");
	return item->value & all;
}

/* Reads where each vCPU may run. A mask of 0 in the draft: the vCPU stays where it starts. */
static void vcpus_may_run(struct build *build, struct draft *draft)
{
	static const char name[] = "kumiki,vcpu-may-run";
	const struct dts_item *masks[BUNDLE_PARTITION_VCPUS_MAX];
	const uint64_t all = vcpus_all(build, draft);

	if (!vcpus_values(build, draft, name, 1, masks))
		return;
	if (masks[0]->kind == DTS_STRING && strcmp(masks[0]->text, "all") != 0) {
		complain(&build->complaints, masks[0]->place,
		         "\"%s\" can't be '%s'; write \"all\", or masks of cores: <0x3>",
		         masks[0]->text, name);
		return;
	}
	for (size_t i = 0; i < draft->vcpu_count; i++)
		if (masks[i]->kind == DTS_STRING)
			draft->vcpus[i].may_run = all;
		else
			draft->vcpus[i].may_run = vcpus_mask(build, draft, masks[i], all);
}

/* Chooses one of the cores where the vCPU may run, so that the partition's vCPUs start on different
 * cores. */
static struct build_core *vcpus_in_turn(const struct build *build, const struct draft *draft,
                                        size_t index)
{
	const uint64_t may_run = draft->vcpus[index].may_run;
	size_t turn = index % draft->core_count;

	while (may_run && !(may_run & vcpus_bit(build, draft->cores[turn])))
		turn = (turn + 1) % draft->core_count;
	return draft->cores[turn];
}

static bool vcpus_has(const struct build *build, const struct draft *draft, uint64_t core)
{
	return core < build->core_count &&
	       (vcpus_all(build, draft) & vcpus_bit(build, &build->cores[core]));
}

/* Reads the core on which each vCPU starts; numbers are like those of kumiki,console-core. */
static void vcpus_start(struct build *build, struct draft *draft, const struct dts_property *list)
{
	size_t count = 0;

	for (const struct dts_item *item = list->items; item; item = item->next, count++) {
		if (count >= draft->vcpu_count)
			continue;
		if (!vcpus_has(build, draft, item->value)) {
			complain(&build->complaints, item->place,
			         "core %llu isn't one of '%s'; take one that its 'cpus' gives it",
			         (unsigned long long)item->value, draft->name);
			continue;
		}
		draft->vcpus[count].core = &build->cores[item->value];
		if (draft->vcpus[count].may_run &&
		    !(draft->vcpus[count].may_run >> item->value & 1))
			complain(&build->complaints, item->place,
			         "vCPU %zu of '%s' can't start on core %llu, where it may not run "
			         "(kumiki,vcpu-may-run); take another one, or add bit %llu to its "
			         "mask",
			         count, draft->name, (unsigned long long)item->value,
			         (unsigned long long)item->value);
	}
	if (count != draft->vcpu_count)
		complain(&build->complaints, list->place,
		         "there are %zu cores here for %zu vCPUs; write one for each, in their "
		         "order",
		         count, draft->vcpu_count);
}

static void vcpus_place(struct build *build, struct draft *draft)
{
	const struct dts_property *list = dts_property(draft->node, "kumiki,vcpu-cores");

	vcpus_may_run(build, draft);
	for (size_t i = 0; i < draft->vcpu_count; i++)
		draft->vcpus[i].core = vcpus_in_turn(build, draft, i);
	if (list && vocabulary_good(draft->node, "kumiki,vcpu-cores"))
		vcpus_start(build, draft, list);
	for (size_t i = 0; i < draft->vcpu_count; i++) {
		draft->vcpus[i].may_run |= vcpus_bit(build, draft->vcpus[i].core);
		for (size_t core = 0; core < build->core_count; core++)
			build->cores[core].vcpu_count += draft->vcpus[i].may_run >> core & 1;
	}
}

/* ---- how many, how urgent ---- */

static void vcpus_number(struct build *build, struct draft *draft)
{
	const struct dts_property *number = dts_property(draft->node, "kumiki,vcpus");

	draft->vcpu_count = draft->core_count;
	if (number && vocabulary_good(draft->node, "kumiki,vcpus"))
		draft->vcpu_count = dts_u32(draft->node, "kumiki,vcpus", 1);
	if (number && (draft->vcpu_count > BUNDLE_PARTITION_VCPUS_MAX || !draft->vcpu_count)) {
		complain(&build->complaints, number->place,
		         "%zu vCPUs aren't possible; '%s' can have 1 to %d", draft->vcpu_count,
		         draft->name, BUNDLE_PARTITION_VCPUS_MAX);
		draft->vcpu_count = draft->core_count;
	}
	if (!draft->core_count)
		draft->vcpu_count = 0;
}

static bool vcpus_priority(struct build *build, const struct dts_item *item,
                           struct model_vcpu *told)
{
	if (item->value <= 255)
		told->priority = (uint8_t)item->value;
	else
		complain(&build->complaints, item->place,
		         "priority %llu is too high; 0 to 255 are possible, higher runs first",
		         (unsigned long long)item->value);
	return item->value <= 255;
}

/* Reads the bounds for KUMIKI_CALL_PRIORITY, <low high>, which include its own priority, which is
 * a possible one. <0 0>: no bounds. */
static void vcpus_task_priority(struct build *build, const struct draft *draft,
                                const struct dts_item *low, size_t index)
{
	struct model_vcpu *told = &draft->vcpus[index].told;
	const struct dts_item *high = low->next;

	if (!low->value && !high->value)
		return;
	if (high->value > 255)
		(void)vcpus_priority(build, high, told);
	else if (low->value > told->priority || high->value < told->priority)
		complain(&build->complaints, low->place,
		         "vCPU %zu of '%s' begins with priority %u, which isn't within %llu to "
		         "%llu; write the lowest one first, then the highest, with its priority "
		         "between them",
		         index, draft->name, told->priority, (unsigned long long)low->value,
		         (unsigned long long)high->value);
	else {
		told->priority_low = (uint8_t)low->value;
		told->priority_high = (uint8_t)high->value;
	}
}

static void vcpus_priorities(struct build *build, struct draft *draft)
{
	const struct dts_item *values[BUNDLE_PARTITION_VCPUS_MAX];
	const bool own = vcpus_values(build, draft, "kumiki,vcpu-priorities", 1, values);
	bool good = own || draft->partition->priority <= 255;

	for (size_t i = 0; i < draft->vcpu_count; i++) {
		struct model_vcpu *told = &draft->vcpus[i].told;

		told->priority = (uint8_t)draft->partition->priority;
		if (own)
			good &= vcpus_priority(build, values[i], told);
		told->priority_low = told->priority_high = told->priority;
	}
	if (vcpus_values(build, draft, "kumiki,task-priority", 2, values) && good)
		for (size_t i = 0; i < draft->vcpu_count; i++)
			vcpus_task_priority(build, draft, values[i], i);
}

/* Complains of the partition with which there are too many vCPUs in all. */
static void vcpus_count(struct build *build)
{
	const struct draft *last = NULL;
	size_t all = 0;

	for (size_t i = 0; i < build->draft_count; i++) {
		all += build->drafts[i].vcpu_count;
		if (all > BUNDLE_VCPUS_MAX && !last)
			last = &build->drafts[i];
	}
	if (last)
		complain(&build->complaints,
		         dts_property(last->node, dts_property(last->node, "kumiki,vcpus")
		                                      ? "kumiki,vcpus"
		                                      : "cpus")
		             ->place,
		         "with '%s' there are more than %d vCPUs in all, %zu; give it or others "
		         "fewer: kumiki,vcpus = <2>;",
		         last->name, BUNDLE_VCPUS_MAX, all);
}

void vcpus_read(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		struct draft *draft = &build->drafts[i];

		draft->vcpus =
		    arena_array(build->arena, BUNDLE_PARTITION_VCPUS_MAX, sizeof(*draft->vcpus));
		vcpus_number(build, draft);
		vcpus_place(build, draft);
		vcpus_priorities(build, draft);
		times_read(build, draft);
	}
	vcpus_count(build);
}

void vcpus_make(struct build *build, struct draft *draft)
{
	struct model_partition *partition = draft->partition;

	partition->vcpu_count = draft->vcpu_count;
	partition->moves_cores = build_moves(draft);
	partition->vcpus =
	    arena_array(build->arena, partition->vcpu_count, sizeof(*partition->vcpus));
	for (size_t i = 0; i < partition->vcpu_count; i++) {
		struct model_vcpu *vcpu = &partition->vcpus[i];

		*vcpu = draft->vcpus[i].told;
		vcpu->core = draft->vcpus[i].core->index;
		/* As QEMU's virt numbers its CPUs: up to 16 to a cluster. */
		vcpu->affinity = i;
		for (size_t core = 0; core < build->core_count; core++)
			if (draft->vcpus[i].may_run >> core & 1)
				vcpu->cores |= 1u << build->cores[core].index;
		if (draft->vcpus[i].may_run & draft->may_hold)
			partition->may_hold |= vcpu->cores;
	}
}
