/*
 * The cores' partitions, and the cores' numbers in the bundle. A core serves one partition, unless
 * all its partitions say that they share it, or that they may hold it one after the other.
 */
#include "build.h"
#include <string.h>

#define CORES_MODE_EL1 1

static bool cores_known_cluster(const struct build *build, const struct dts_node *cluster)
{
	for (size_t i = 0; i < build->core_count; i++)
		if (build->cores[i].cluster == cluster)
			return true;
	return false;
}

static size_t cores_of_cluster(const struct build *build, const struct dts_node *cluster)
{
	size_t count = 0;

	for (size_t i = 0; i < build->core_count; i++)
		count += build->cores[i].cluster == cluster;
	return count;
}

static bool cores_has(const struct draft *draft, const struct build_core *core)
{
	for (size_t i = 0; i < draft->core_count && i < BUNDLE_PARTITION_VCPUS_MAX; i++)
		if (draft->cores[i] == core)
			return true;
	return false;
}

static void cores_take(struct build *build, struct draft *draft, struct build_core *core,
                       struct dts_place place)
{
	const char *name = dts_call(build->arena, core->node);

	if (cores_has(draft, core)) {
		complain(&build->complaints, place, "core %u (%s) stands twice here; take one out",
		         core->bit, name);
		return;
	}
	if (core->free) {
		complain(
		    &build->complaints, place,
		    "core %u (%s) has no holder at the start (in %s); take it out there, or here",
		    core->bit, name, complaints_where(&build->complaints, place, core->place));
		return;
	}
	if (core->owner && !(core->owner->shares_cores && draft->shares_cores)) {
		complain(&build->complaints, place,
		         "core %u (%s) is given to '%s' (in %s) and to '%s'; take it out of one of "
		         "the masks, or write 'kumiki,shared-cores;' in both, if they are to take "
		         "turns on it",
		         core->bit, name, core->owner->name,
		         complaints_where(&build->complaints, place, core->place), draft->name);
		return;
	}
	if (!core->owner) {
		core->owner = draft;
		core->place = place;
	}
	if (draft->core_count < BUNDLE_PARTITION_VCPUS_MAX)
		draft->cores[draft->core_count] = core;
	if (draft->core_count++ == BUNDLE_PARTITION_VCPUS_MAX)
		complain(&build->complaints, place, "'%s' gets more than %d cores; give it fewer",
		         draft->name, BUNDLE_PARTITION_VCPUS_MAX);
}

/* ---- cores that another partition has at the start, or none ---- */

/* A restart begins on the first CPU, so its core stays. */
static bool cores_may_go(struct build *build, const struct draft *draft,
                         const struct build_core *core, struct dts_place place)
{
	const char *name = dts_call(build->arena, core->node);

	if (core->free)
		return true;
	if (!core->owner)
		complain(&build->complaints, place,
		         "no partition has core %u (%s) at the start; name it in the 'cpus' of a "
		         "partition that may hold it, or write 'kumiki,free-cores = <%zu>;' at "
		         "the root",
		         core->bit, name, (size_t)(core - build->cores));
	else if (core->owner->cores[0] == core)
		complain(&build->complaints, place,
		         "core %u (%s) is the first core of '%s', where it starts, and can't go "
		         "to '%s'; take another one",
		         core->bit, name, core->owner->name, draft->name);
	else if (core->owner->shares_cores)
		complain(&build->complaints, place,
		         "core %u (%s) is shared: '%s' says kumiki,shared-cores; a core that moves "
		         "has one holder at a time",
		         core->bit, name, core->owner->name);
	else
		return true;
	return false;
}

static void cores_hold(struct build *build, struct draft *draft, struct build_core *core,
                       struct dts_place place)
{
	if (cores_has(draft, core)) {
		complain(&build->complaints, place,
		         "'%s' has core %u (%s) already; take it out of kumiki,may-hold",
		         draft->name, core->bit, dts_call(build->arena, core->node));
		return;
	}
	if (!cores_may_go(build, draft, core, place))
		return;
	if (draft->core_count == BUNDLE_PARTITION_VCPUS_MAX) {
		complain(&build->complaints, place, "'%s' gets more than %d cores; give it fewer",
		         draft->name, BUNDLE_PARTITION_VCPUS_MAX);
		return;
	}
	core->moves = true;
	draft->may_hold |= 1ull << (core - build->cores);
	draft->cores[draft->core_count++] = core;
}

/* A partition that gives or gets cores has one CPU on each of its cores. Complains of properties
 * that say otherwise. */
static void cores_plain(struct build *build, const struct draft *draft)
{
	static const char *const others[] = {"kumiki,vcpus", "kumiki,vcpu-cores",
	                                     "kumiki,vcpu-may-run", "kumiki,shared-cores"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (dts_property(draft->node, others[i]))
			complain(
			    &build->complaints, dts_property(draft->node, others[i])->place,
			    "'%s' gives or gets a core (kumiki,may-hold), so it has one CPU on "
			    "each core; take '%s' out",
			    draft->name, others[i]);
}

/* ---- what the masks say ---- */

/* Called for each core of a mask. */
typedef void cores_each(struct build *build, struct draft *draft, struct build_core *core,
                        struct dts_place place);

/* True if the core is of the kind in kumiki,core-kind, or if there is no such property. */
static bool cores_of_kind(const struct draft *draft, const struct build_core *core)
{
	const char *kind = dts_string(draft->node, "kumiki,core-kind");

	return !kind || dts_compatible(core->node, kind);
}

static void cores_mask(struct build *build, struct draft *draft, const struct dts_node *cluster,
                       const struct dts_item *mask, cores_each *each)
{
	size_t count = cores_of_cluster(build, cluster);

	if (!mask->value)
		complain(&build->complaints, mask->place,
		         "the mask 0x0 gives '%s' no core; bit 0 is the first core of the cluster: "
		         "<&%s 0x1>",
		         draft->name, cluster->label ? cluster->label : "cpus");
	for (unsigned bit = 0; bit < 32; bit++)
		if (mask->value >> bit & 1 && bit >= count)
			complain(&build->complaints, mask->place,
			         "there is no core %u: %s has cores 0 to %zu; the mask of all "
			         "is 0x%llx",
			         bit, dts_call(build->arena, cluster), count - 1,
			         (1ull << count) - 1);
	for (size_t i = 0; i < build->core_count; i++)
		if (build->cores[i].cluster == cluster && build->cores[i].bit < 32 &&
		    mask->value >> build->cores[i].bit & 1 &&
		    cores_of_kind(draft, &build->cores[i])) {
			draft->kind_count++;
			each(build, draft, &build->cores[i], mask->place);
		}
}

/* Reads one entry: cluster, mask, and perhaps the execution mode. Returns the item behind it. */
static const struct dts_item *cores_entry(struct build *build, struct draft *draft,
                                          const struct dts_item *item, cores_each *each)
{
	const struct dts_node *cluster = item->target;
	const struct dts_item *mask = item->next, *mode = mask ? mask->next : NULL;

	if (!mask || mask->kind != DTS_NUMBER) {
		complain(&build->complaints, item->place,
		         "a mask of cores is missing behind '&%s'; write it so: <&%s 0x3>",
		         item->text, item->text);
		return mask;
	}
	if (cluster && build_is_remote(cluster))
		remote_take(build, draft, cluster, mask);
	else if (cluster && !cores_known_cluster(build, cluster))
		complain(&build->complaints, item->place,
		         "'&%s' is no cluster of cores; name one, as <&cpus 0x3>", item->text);
	else if (cluster)
		cores_mask(build, draft, cluster, mask, each);
	if (!mode || mode->kind != DTS_NUMBER)
		return mode;
	if (mode->value != CORES_MODE_EL1)
		complain(&build->complaints, mode->place,
		         "execution mode 0x%llx isn't possible: a partition starts at EL1; write 1 "
		         "or leave it out",
		         (unsigned long long)mode->value);
	for (item = mode->next; item && item->kind == DTS_NUMBER; item = item->next)
		complain(
		    &build->complaints, item->place,
		    "one number too many: an entry is cluster, mask and execution mode; remove "
		    "it");
	return item;
}

static const char *cores_kind_of(const struct dts_node *core)
{
	const struct dts_property *compatible = dts_property(core, "compatible");

	return compatible && compatible->items ? compatible->items->text : "none";
}

/* Complains that the masks in the property `name` have no core of the wanted kind. */
static void cores_no_kind(struct build *build, struct draft *draft, const char *name,
                          const struct dts_property *kind)
{
	const struct dts_node *remote = draft->partition->remote_core;
	const struct dts_node *core = build->cores[0].node;

	draft->kind_lacks = true;
	if (remote && dts_compatible(remote, kind->items->text))
		complain(&build->complaints, kind->place,
		         "'%s' has its \"%s\" by that core's cluster; a kind is one of the cores "
		         "that the frame runs on, of which '%s' names none of this kind; take it "
		         "out, or write that of the core beside it: %s is \"%s\"",
		         draft->name, kind->items->text, name, dts_call(build->arena, core),
		         cores_kind_of(core));
	else
		complain(&build->complaints, kind->place,
		         "'%s' names no core of the kind \"%s\"; a kind is the 'compatible' of "
		         "cores in the board's file: %s is \"%s\"",
		         name, kind->items->text, dts_call(build->arena, core),
		         cores_kind_of(core));
}

/* Reads `cpus`, or a property of its form. If it names cores of the frame, at least one must be of
 * the wanted kind. */
static void cores_list(struct build *build, struct draft *draft, const char *name, cores_each *each)
{
	const struct dts_property *list = dts_property(draft->node, name);
	const struct dts_property *kind = dts_property(draft->node, "kumiki,core-kind");
	bool asks = build_remote(draft->node) == NULL;

	if (!list || !vocabulary_good(draft->node, name))
		return;
	draft->kind_count = 0;
	for (const struct dts_item *item = list->items; item;) {
		asks = asks || cores_known_cluster(build, item->target);
		item = cores_entry(build, draft, item, each);
	}
	if (asks && !draft->kind_count && kind && vocabulary_good(draft->node, "kumiki,core-kind"))
		cores_no_kind(build, draft, name, kind);
}

/* Sorts the cores, the fastest first: the first vCPUs get these, unless the description says
 * otherwise. */
static void cores_by_speed(struct draft *draft)
{
	for (size_t i = 1; i < draft->core_count; i++)
		for (size_t j = i; j > 0 && draft->cores[j]->speed > draft->cores[j - 1]->speed;
		     j--) {
			struct build_core *slower = draft->cores[j - 1];

			draft->cores[j - 1] = draft->cores[j];
			draft->cores[j] = slower;
		}
}

static void cores_partition(struct build *build, struct draft *draft)
{
	draft->shares_cores = dts_property(draft->node, "kumiki,shared-cores") != NULL;
	draft->cores =
	    arena_array(build->arena, BUNDLE_PARTITION_VCPUS_MAX, sizeof(struct build_core *));
	cores_list(build, draft, "cpus", cores_take);
	if (draft->core_count > BUNDLE_PARTITION_VCPUS_MAX)
		draft->core_count = BUNDLE_PARTITION_VCPUS_MAX;
	cores_by_speed(draft);
}

/* Called when each partition has the cores with which it starts. */
static void cores_may_hold(struct build *build, struct draft *draft)
{
	if (draft->core_count)
		cores_list(build, draft, "kumiki,may-hold", cores_hold);
}

/* Reads kumiki,free-cores, which has core numbers like kumiki,console-core. */
static void cores_free(struct build *build)
{
	const struct dts_property *list = dts_property(build->tree->root, "kumiki,free-cores");

	if (!list || !vocabulary_good(build->tree->root, "kumiki,free-cores"))
		return;
	for (const struct dts_item *item = list->items; item; item = item->next) {
		if (item->value >= build->core_count) {
			complain(&build->complaints, item->place,
			         "there is no core %llu: the board has cores 0 to %zu",
			         (unsigned long long)item->value, build->core_count - 1);
			continue;
		}
		if (build->cores[item->value].free)
			complain(&build->complaints, item->place,
			         "core %llu stands twice in 'kumiki,free-cores'; take one out",
			         (unsigned long long)item->value);
		build->cores[item->value].free = true;
		build->cores[item->value].place = item->place;
	}
}

/* True if the core is in use, perhaps without a partition at the start. */
static bool cores_used(const struct build_core *core)
{
	return core->owner || core->free;
}

static void cores_wanted(struct build *build)
{
	for (size_t i = 0; i < build->core_count; i++)
		if (build->cores[i].free && !build->cores[i].moves)
			complain(&build->complaints, build->cores[i].place,
			         "core %zu has no holder at the start, and no partition may hold "
			         "it; take it out, or name it in a partition's kumiki,may-hold",
			         i);
}

/* The console's core as the root names it: it must be in use. */
static void cores_console(struct build *build)
{
	const struct dts_property *property =
	    dts_property(build->tree->root, "kumiki,console-core");
	uint32_t number = dts_u32(build->tree->root, "kumiki,console-core", 0);

	if (!property || !vocabulary_good(build->tree->root, "kumiki,console-core"))
		return;
	if (number >= build->core_count)
		complain(&build->complaints, property->items->place,
		         "there is no core %u for the console: the board has cores 0 to %zu; "
		         "choose one that a partition has",
		         number, build->core_count - 1);
	else if (number && !cores_used(&build->cores[number]))
		complain(&build->complaints, property->items->place,
		         "core %u runs no partition, so it isn't started for the console; choose "
		         "one that a partition has",
		         number);
}

void cores_read(struct build *build)
{
	size_t used;

	cores_free(build);
	for (size_t i = 0; i < build->draft_count; i++)
		cores_partition(build, &build->drafts[i]);
	for (size_t i = 0; i < build->draft_count; i++)
		cores_may_hold(build, &build->drafts[i]);
	cores_wanted(build);
	for (size_t i = 0; i < build->draft_count; i++)
		if (build_moves(&build->drafts[i]))
			cores_plain(build, &build->drafts[i]);
	vcpus_read(build);
	used = !cores_used(&build->cores[0]); /* the machine boots there */
	for (size_t i = 0; i < build->core_count; i++) {
		const struct build_core *core = &build->cores[i];

		used += cores_used(core);
		if (cores_used(core) && used == BUNDLE_CORES_MAX + 1)
			complain(&build->complaints, core->place,
			         "more than %d cores are in use, the one that boots included; give "
			         "fewer to the partitions",
			         BUNDLE_CORES_MAX);
	}
	cores_console(build);
}

/* The core where the console's work disturbs least: a core of the partition with the lowest
 * priority. Of equal partitions the one with the most cores counts, then the first. */
static uint32_t cores_console_default(const struct build *build)
{
	const struct draft *best = &build->drafts[0];

	for (size_t i = 1; i < build->draft_count; i++) {
		const struct draft *d = &build->drafts[i];

		if (d->partition->priority < best->partition->priority ||
		    (d->partition->priority == best->partition->priority &&
		     d->core_count > best->core_count))
			best = d;
	}
	return best->cores[0]->index;
}

/* Numbers the cores in use and makes the vCPUs. Called only if there are no errors about them. */
void cores_number(struct build *build)
{
	struct model *model = build->model;

	model->cores = arena_array(build->arena, BUNDLE_CORES_MAX, sizeof(*model->cores));
	for (size_t i = 0; i < build->core_count; i++) {
		struct build_core *core = &build->cores[i];

		if (i && !cores_used(core))
			continue;
		core->index = (uint32_t)model->core_count;
		model->free_cores |= (uint32_t)core->free << core->index;
		model->cores[model->core_count++] =
		    (struct model_core){core->affinity, core->node, core->speed, core->takes};
	}
	for (size_t i = 0; i < build->draft_count; i++)
		vcpus_make(build, &build->drafts[i]);
	model->console_core = cores_console_default(build);
	if (dts_property(build->tree->root, "kumiki,console-core"))
		model->console_core =
		    build->cores[dts_u32(build->tree->root, "kumiki,console-core", 0)].index;
}
