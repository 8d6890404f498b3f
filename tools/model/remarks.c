/*
 * Warnings about shared cores and time: deadlines that aren't promised, guests and brokers that
 * come through to a real-time system, a guest that locks out the operator. A partition gets each
 * warning once, with all partitions that it concerns. keeping.c, which finds the errors, calls this
 * file.
 */
#include "build.h"
#include <host/promises.h>

/* Adds a number to a list like "0, 1". */
static const char *remarks_number(struct build *build, const char *list, unsigned number)
{
	return arena_format(build->arena, "%s%s%u", list, *list ? ", " : "", number);
}

/* Adds a partition to a list like "'linux' (line 7), 'rt' (line 9)". */
static const char *remarks_name(struct build *build, const char *list, struct dts_place here,
                                const struct model_partition *partition)
{
	return arena_format(build->arena, "%s%s'%s' (%s)", list, *list ? ", " : "", partition->name,
	                    build_where(build, here, keeping_draft(build, partition)->node->place));
}

/* ---- deadlines that are only watched ---- */

static void remarks_unsaid(struct build *build, const struct model_partition *partition)
{
	const struct draft *draft = keeping_draft(build, partition);
	const char *list = "";

	for (size_t i = 0; i < partition->vcpu_count; i++)
		if (partition->vcpus[i].deadline_us && !partition->vcpus[i].work_us)
			list = remarks_number(build, list, (unsigned)i);
	if (*list)
		complain_warning(
		    &build->complaints, dts_property(draft->node, "kumiki,deadline")->items->place,
		    "nothing says how long the work of '%s' takes (vCPU %s), so the deadline is "
		    "watched, but not promised; add it: kumiki,work = <1000>;",
		    partition->name, list);
}

/* ---- interrupts of the same class ---- */

/* The partitions whose interrupts come through to a partition, and the cores on which they do. */
struct remarks_through {
	const char *names, *cores;
	uint32_t partitions; /* a bit for each */
};

static bool remarks_is_promised(const struct promise_rival *rival,
                                const struct model_partition *partition)
{
	return rival->partition == partition && rival->vcpu->deadline_us && rival->vcpu->work_us;
}

static unsigned remarks_class_of(const struct promise_rival *rival)
{
	return rival->high / PROMISES_CLASS;
}

/* Adds the less urgent partitions whose interrupts come through to this vCPU. */
static bool remarks_through_to(struct build *build, const struct promises *all,
                               const struct promise_rival *rival, struct dts_place here,
                               struct remarks_through *through)
{
	bool any = false;

	for (size_t i = 0; i < all->count; i++) {
		const struct model_partition *by = all->rivals[i].partition;
		uint32_t bit;

		if (!promise_disturbs(&all->rivals[i], rival))
			continue;
		any = true;
		bit = 1u << (by - build->model->partitions);
		if (!(through->partitions & bit))
			through->names = remarks_name(build, through->names, here, by);
		through->partitions |= bit;
	}
	return any;
}

static void remarks_on_core(struct build *build, const struct promises *all,
                            const struct model_partition *partition, unsigned class,
                            struct dts_place here, struct remarks_through *through)
{
	bool any = false;

	for (size_t i = 0; i < all->count; i++)
		if (remarks_is_promised(&all->rivals[i], partition) &&
		    remarks_class_of(&all->rivals[i]) == class)
			any |= remarks_through_to(build, all, &all->rivals[i], here, through);
	if (any)
		through->cores =
		    remarks_number(build, through->cores, keeping_core_number(build, all->core));
}

/* Warns of such partitions. The analysis counts each of their interrupts once, but doesn't know how
 * often they get a message. */
static void remarks_class(struct build *build, const struct model_partition *partition,
                          const struct promises *cores, unsigned class)
{
	const struct dts_property *deadline =
	    dts_property(keeping_draft(build, partition)->node, "kumiki,deadline");
	struct remarks_through through = {"", "", 0};

	if (!deadline)
		return;
	for (size_t core = 0; core < build->model->core_count; core++)
		remarks_on_core(build, &cores[core], partition, class, deadline->items->place,
		                &through);
	if (through.partitions)
		complain_warning(
		    &build->complaints, deadline->items->place,
		    "these are less urgent than '%s', but their interrupts and messages come "
		    "through to it (core %s): %s; priorities from %u to %u are of one class; take "
		    "one from another class for either side",
		    partition->name, through.cores, through.names, class * PROMISES_CLASS,
		    class * PROMISES_CLASS + PROMISES_CLASS - 1);
}

/* ---- brokers ---- */

static bool remarks_has_end(const struct model *model, size_t partition)
{
	for (size_t i = 0; i < model->channel_count; i++)
		for (size_t j = 0; j < model->channels[i].end_count; j++)
			if (model->channels[i].ends[j].partition == partition)
				return true;
	return false;
}

/* The least urgent vCPU of a partition with a promised deadline on a core. NULL: there is none. */
static const struct promise_rival *remarks_least_promised(const struct promises *all,
                                                          const struct model_partition *partition)
{
	const struct promise_rival *least = NULL;

	for (size_t i = 0; i < all->count; i++) /* the most urgent first */
		if (remarks_is_promised(&all->rivals[i], partition))
			least = &all->rivals[i];
	return least;
}

/* Warns of brokers. A broker runs on the core of its partition's first vCPU with the partition's
 * priority, as long as the guest gives it work, unless the limit of that vCPU stops it. */
static void remarks_brokers(struct build *build, const struct model_partition *partition,
                            const struct promises *cores)
{
	const struct model *model = build->model;
	const struct dts_property *deadline =
	    dts_property(keeping_draft(build, partition)->node, "kumiki,deadline");
	const char *names = "", *numbers = "";

	for (size_t core = 0; deadline && core < model->core_count; core++) {
		const char *before = names;
		const struct promise_rival *least = remarks_least_promised(&cores[core], partition);

		for (size_t p = 0; least && p < model->partition_count; p++) {
			const struct model_partition *by = &model->partitions[p];

			if (by != partition && by->vcpus[0].core == core &&
			    by->priority / PROMISES_CLASS >= remarks_class_of(least) &&
			    remarks_has_end(model, p) && !promise_limits_brokers(by))
				names = remarks_name(build, names, deadline->items->place, by);
		}
		if (names != before)
			numbers = remarks_number(build, numbers,
			                         keeping_core_number(build, cores[core].core));
	}
	if (*names)
		complain_warning(
		    &build->complaints, deadline->items->place,
		    "brokers work on the core of this deadline (core %s) for the guests of: %s; "
		    "they are at least as urgent, and nothing bounds their time; give the first "
		    "vCPU of these partitions a limit (kumiki,budget = <2000 10000>;) and only one "
		    "core, or give them a lower priority, or another first core",
		    numbers, names);
}

/* ---- the operator ---- */

static const struct promise_rival *remarks_console(const struct promises *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (!all->rivals[i].partition)
			return &all->rivals[i];
	return NULL;
}

static struct dts_place remarks_console_place(const struct build *build)
{
	const struct dts_node *root = build->tree->root;
	const struct dts_property *core = dts_property(root, "kumiki,console-core");

	return core ? core->place : root->place;
}

/* Warns of vCPUs that keep the console service from running: more urgent ones without a bound.
 * Equally urgent vCPUs take turns with it. */
static void remarks_lockout(struct build *build, const struct promises *all)
{
	const struct promise_rival *console = remarks_console(all);
	const struct dts_place here = remarks_console_place(build);
	const char *names = "";
	uint32_t told = 0, work, period;

	for (size_t i = 0; console && i < all->count; i++) {
		const struct promise_rival *rival = &all->rivals[i];
		uint32_t bit;

		if (rival->high <= console->high || promise_bound(rival, &work, &period))
			continue;
		bit = 1u << (rival->partition - build->model->partitions);
		if (!(told & bit))
			names = remarks_name(build, names, here, rival->partition);
		told |= bit;
	}
	if (told)
		complain_warning(
		    &build->complaints, here,
		    "the console service has priority %u on core %u: it hears no command and shows "
		    "nothing while a more urgent vCPU there doesn't wait, and nothing bounds how "
		    "long these run: %s; give them a budget (kumiki,budget = <9000 10000>;), or "
		    "choose another core for the console (kumiki,console-core)",
		    console->high, keeping_core_number(build, all->core), names);
}

/* ---- the board ---- */

static void remarks_board(struct build *build)
{
	const struct model *model = build->model;

	for (size_t p = 0; p < model->partition_count && !model->instruction_ps; p++)
		for (size_t v = 0; v < model->partitions[p].vcpu_count; v++) {
			const struct model_vcpu *vcpu = &model->partitions[p].vcpus[v];

			if (!vcpu->deadline_us && !(vcpu->flags & BUNDLE_VCPU_GUARANTEE))
				continue;
			complain_warning(&build->complaints, build->tree->root->place,
			                 "the board doesn't say how long an instruction of the "
			                 "frame takes; a nanosecond is taken for that. Add: "
			                 "kumiki,instruction-time = <1000>; (picoseconds)");
			return;
		}
}

void remarks_check(struct build *build, const struct promises *cores)
{
	const struct model *model = build->model;

	for (size_t p = 0; p < model->partition_count; p++) {
		remarks_unsaid(build, &model->partitions[p]);
		remarks_brokers(build, &model->partitions[p], cores);
		for (unsigned class = 0; class <= UINT8_MAX / PROMISES_CLASS; class ++)
			remarks_class(build, &model->partitions[p], cores, class);
	}
	for (size_t core = 0; core < model->core_count; core++)
		remarks_lockout(build, &cores[core]);
	remarks_board(build);
}
