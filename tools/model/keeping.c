/*
 * Complains of each promise to a vCPU that can't be kept on a core where the vCPU may run, with the
 * reason and a remedy. promises.c does the arithmetic.
 */
#include "build.h"
#include <host/promises.h>
#include <inttypes.h>

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

const struct draft *keeping_draft(const struct build *build,
                                  const struct model_partition *partition)
{
	return &build->drafts[partition - build->model->partitions];
}

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

unsigned keeping_core_number(const struct build *build, uint32_t core)
{
	unsigned number = 0;

	while (build->cores[number].node != build->model->cores[core].node)
		number++;
	return number;
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
	    build_where(keeping->build, keeping_place(keeping),
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
