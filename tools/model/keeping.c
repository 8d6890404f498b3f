/*
 * Complains of each promise to a vCPU that can't be kept on a core where the vCPU may run, with the
 * reason and a remedy. promises.c does the arithmetic. And warns of shared cores and time that can
 * surprise.
 */
#include "build.h"
#include <host/promises.h>
#include <inttypes.h>

/* ---- remarks ---- */

/* Deadlines that aren't promised, guests and brokers that come through to a real-time system, a
 * guest that locks out the operator. A partition gets each warning once, with all partitions that
 * it concerns. */

static const struct draft *keeping_draft(const struct build *build,
                                         const struct model_partition *partition)
{
	return &build->drafts[partition - build->model->partitions];
}

static unsigned keeping_core_number(const struct build *build, uint32_t core)
{
	unsigned number = 0;

	while (build->cores[number].node != build->model->cores[core].node)
		number++;
	return number;
}

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
	                    complaints_where(&build->complaints, here,
	                                     keeping_draft(build, partition)->node->place));
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

static void remarks_check(struct build *build, const struct promises *cores)
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

/* ---- promises ---- */

enum keeping_kind { KEEPING_DEADLINE, KEEPING_GUARANTEE };

static const char *const keeping_property[] = {
    [KEEPING_DEADLINE] = "kumiki,deadline", [KEEPING_GUARANTEE] = "kumiki,budget"};

/* The promise that is being checked. */
struct keeping {
	struct build *build;
	const struct promises *all;
	const struct promise_rival *rival;
	enum keeping_kind kind;
};

/* The promise's place in the source. */
static struct dts_place keeping_place(const struct keeping *keeping)
{
	const struct draft *draft = keeping_draft(keeping->build, keeping->rival->partition);
	const struct dts_item *values[BUNDLE_PARTITION_VCPUS_MAX];
	const bool pairs = keeping->kind == KEEPING_GUARANTEE;

	if (!vcpus_values(keeping->build, draft, keeping_property[keeping->kind], pairs ? 2 : 1,
	                  values))
		return draft->node->place;
	return values[keeping->rival->index]->place;
}

static unsigned keeping_core(const struct keeping *keeping)
{
	return keeping_core_number(keeping->build, keeping->all->core);
}

/* Words like "vCPU 0 of 'linux' (line 7)". */
static const char *keeping_name(const struct keeping *keeping, const struct promise_rival *rival)
{
	return arena_format(
	    keeping->build->arena, "vCPU %zu of '%s' (%s)", rival->index, rival->partition->name,
	    complaints_where(&keeping->build->complaints, keeping_place(keeping),
	                     keeping_draft(keeping->build, rival->partition)->node->place));
}

/* Words like "the deadline of 500 us". */
static const char *keeping_what(const struct keeping *keeping)
{
	const struct model_vcpu *vcpu = keeping->rival->vcpu;

	if (keeping->kind == KEEPING_DEADLINE)
		return arena_format(keeping->build->arena, "the deadline of %" PRIu32 " us",
		                    vcpu->deadline_us);
	return arena_format(keeping->build->arena,
	                    "the guarantee of %" PRIu32 " us in %" PRIu32 " us", vcpu->budget_us,
	                    vcpu->budget_period_us);
}

static uint8_t keeping_priority(const struct keeping *keeping)
{
	return keeping->kind == KEEPING_DEADLINE ? keeping->rival->high
	                                         : keeping->rival->vcpu->priority;
}

/* A remedy: bounds for the rival, or a lower priority. The rival's work may be described and still
 * not bound it (promise_load() in promises.c). */
static const char *keeping_remedy(const struct promise_rival *by)
{
	if (!by->vcpu->work_us)
		return ", say how much it works (kumiki,period and kumiki,work), or lower its "
		       "priority";
	if (by->low < by->high)
		return " (its kumiki,work is only its work above its lowest priority), or lower "
		       "that priority (kumiki,task-priority)";
	return ", say by when its work is done (kumiki,deadline), as it brings along unfinished "
	       "work from another core, or lower its priority";
}

static void keeping_unbounded(const struct keeping *keeping, const struct promise_rival *by)
{
	struct complaints *complaints = &keeping->build->complaints;

	if (!by->partition)
		complain(complaints, keeping_place(keeping),
		         "%s can't be promised to vCPU %zu of '%s' on core %u: the console "
		         "service takes turns with it there; choose another core for that "
		         "(kumiki,console-core), or let a partition that begins there have a "
		         "kumiki,priority below %u (kumiki,vcpu-priorities can keep its vCPUs at "
		         "their priorities)",
		         keeping_what(keeping), keeping->rival->index,
		         keeping->rival->partition->name, keeping_core(keeping),
		         keeping_priority(keeping));
	else
		complain(complaints, keeping_place(keeping),
		         "%s can't be promised to vCPU %zu of '%s' on core %u: %s is at least as "
		         "urgent, and nothing bounds how long it runs there; give that vCPU a "
		         "budget (kumiki,budget = <2000 10000>;)%s below %u",
		         keeping_what(keeping), keeping->rival->index,
		         keeping->rival->partition->name, keeping_core(keeping),
		         keeping_name(keeping, by), keeping_remedy(by), keeping_priority(keeping));
}

/* The vCPUs that go before, like "vCPU 0 of 'a' (2000 us in 10000)"; "" if there are none. */
static const char *keeping_before(const struct keeping *keeping)
{
	const char *list = "";
	uint32_t work, period;

	for (size_t i = 0; i < keeping->all->count; i++) {
		const struct promise_rival *other = &keeping->all->rivals[i];

		if (other == keeping->rival || other->high < keeping_priority(keeping) ||
		    !promise_bound(other, &work, &period))
			continue;
		list = arena_format(
		    keeping->build->arena, "%s%svCPU %zu of '%s' (%" PRIu32 " us in %" PRIu32 ")",
		    list, *list ? ", " : "", other->index, other->partition->name, work, period);
	}
	return list;
}

/* Why the promise can't be kept, like "its work takes up to 102.3 us" if that is known. */
static const char *keeping_takes(const struct keeping *keeping, uint64_t tenths)
{
	if (keeping->kind == KEEPING_GUARANTEE)
		return "it may not have that in time";
	if (!tenths)
		return "its work takes longer than its period";
	return arena_format(keeping->build->arena,
	                    "its work takes up to %" PRIu64 ".%" PRIu64 " us", tenths / 10,
	                    tenths % 10);
}

/* A remedy: the earliest deadline that could be kept, if it is known. With a budget it isn't, as
 * the budget may not suffice until then. */
static const char *keeping_allow(const struct keeping *keeping, uint64_t tenths)
{
	if (!tenths || keeping->rival->vcpu->budget_us)
		return "";
	return arena_format(keeping->build->arena, ", or allow it %" PRIu64 " us",
	                    (tenths + 9) / 10);
}

static void keeping_late(const struct keeping *keeping, const struct promise *promise)
{
	const uint64_t tenths = (promise->response + 99999) / 100000;
	const char *before = keeping_before(keeping);
	const char *takes = keeping_takes(keeping, tenths), *allow = keeping_allow(keeping, tenths);

	if (*before)
		complain(&keeping->build->complaints, keeping_place(keeping),
		         "%s can't be kept by vCPU %zu of '%s' on core %u: %s, as these go "
		         "before it or take turns with it: %s; shorten their work or its own, "
		         "raise its priority, or part them%s",
		         keeping_what(keeping), keeping->rival->index,
		         keeping->rival->partition->name, keeping_core(keeping), takes, before,
		         allow);
	else
		complain(&keeping->build->complaints, keeping_place(keeping),
		         "%s can't be kept by vCPU %zu of '%s' on core %u: %s with the frame's own "
		         "part; shorten it%s",
		         keeping_what(keeping), keeping->rival->index,
		         keeping->rival->partition->name, keeping_core(keeping), takes, allow);
}

static void keeping_tell(const struct keeping *keeping, const struct promise *promise)
{
	const struct model_vcpu *vcpu = keeping->rival->vcpu;

	if (promise->verdict == PROMISE_UNBOUNDED)
		keeping_unbounded(keeping, promise->by);
	else if (promise->verdict == PROMISE_LATE)
		keeping_late(keeping, promise);
	else if (promise->verdict == PROMISE_STARVED)
		complain(
		    &keeping->build->complaints, keeping_place(keeping),
		    "%s can't be kept by vCPU %zu of '%s' on core %u: its work takes up to %" PRIu32
		    " us of %" PRIu32 " us there, and its budget is %" PRIu32 " us; raise that",
		    keeping_what(keeping), keeping->rival->index, keeping->rival->partition->name,
		    keeping_core(keeping), promise->needed, vcpu->budget_period_us,
		    vcpu->budget_us);
}

/* ---- all of them ---- */

/* Checks one promise. True: the partition's other promises of this kind need no complaint, as one
 * mistake often concerns several vCPUs and cores. */
static bool keeping_one(struct keeping *keeping)
{
	const struct promise promise = keeping->kind == KEEPING_DEADLINE
	                                   ? promise_deadline(keeping->all, keeping->rival)
	                                   : promise_guarantee(keeping->all, keeping->rival);

	keeping_tell(keeping, &promise);
	return promise.verdict > PROMISE_UNSAID;
}

static void keeping_kind_of(struct build *build, const struct model_partition *partition,
                            enum keeping_kind kind, const struct promises *cores)
{
	for (size_t core = 0; core < build->model->core_count; core++)
		for (size_t i = 0; i < cores[core].count; i++) {
			const struct promise_rival *rival = &cores[core].rivals[i];
			struct keeping keeping = {build, &cores[core], rival, kind};

			if (rival->partition == partition && keeping_one(&keeping))
				return;
		}
}

/* The guarantees of one core, in tenths of a percent, rounded up. */
static uint64_t keeping_sum(const struct promises *all, const struct promise_rival **last)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct model_vcpu *vcpu = all->rivals[i].vcpu;

		if (!vcpu || !(vcpu->flags & BUNDLE_VCPU_GUARANTEE))
			continue;
		sum += (vcpu->budget_us * 1000ull + vcpu->budget_period_us - 1) /
		       vcpu->budget_period_us;
		*last = &all->rivals[i];
	}
	return sum;
}

/* True if a core has more guarantees than time. */
static bool keeping_too_many(struct build *build, const struct promises *all)
{
	struct keeping keeping = {build, all, NULL, KEEPING_GUARANTEE};
	const uint64_t sum = keeping_sum(all, &keeping.rival);

	if (sum <= 1000)
		return false;
	complain(&build->complaints, keeping_place(&keeping),
	         "guarantees come to %" PRIu64 ".%" PRIu64
	         " %% of core %u, with vCPU %zu of '%s' as the least urgent; lower them, or let "
	         "fewer of them run there",
	         sum / 10, sum % 10, keeping_core(&keeping), keeping.rival->index,
	         keeping.rival->partition->name);
	return true;
}

void keeping_check(struct build *build)
{
	const struct model *model = build->model;
	struct promises *cores = arena_array(build->arena, BUNDLE_CORES_MAX, sizeof(*cores));
	bool too_many = false;

	for (uint32_t i = 0; i < model->core_count; i++) {
		promises_on(&cores[i], model, i);
		too_many |= keeping_too_many(build, &cores[i]);
	}
	for (size_t p = 0; p < model->partition_count; p++) {
		keeping_kind_of(build, &model->partitions[p], KEEPING_DEADLINE, cores);
		if (!too_many)
			keeping_kind_of(build, &model->partitions[p], KEEPING_GUARANTEE, cores);
	}
	remarks_check(build, cores);
}
