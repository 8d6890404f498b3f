/*
 * Partitions that watch others (docs/watching.md): which one watches which, and where a watcher
 * reads the other partition's memory and registers. It sees memory at the physical address if that
 * is free, otherwise at the first free address. The page with registers lies at the first free
 * address. Both are chosen when everything else but black boxes has its place.
 */
#include "build.h"

#include <string.h>

#define WATCH_MENDS    "kumiki,mends"
#define WATCH_PREVENTS "kumiki,prevents"
#define WATCH_LIMIT    "kumiki,mend-limit"

#define WATCH_LIMIT_US    1000 /* if the description doesn't say */
#define WATCH_LIMIT_LEAST 10

static void watch_read_limit(struct build *build, const struct draft *draft,
                             const struct draft *watched)
{
	const struct dts_property *limit = dts_property(draft->node, WATCH_LIMIT);
	const uint32_t us = dts_u32(draft->node, WATCH_LIMIT, WATCH_LIMIT_US);

	if (limit != NULL && dts_property(draft->node, WATCH_MENDS) == NULL)
		complain(&build->complaints, limit->place,
		         "'%s' mends nobody: add kumiki,mends;, or take this out", draft->name);
	else if (limit != NULL && vocabulary_good(draft->node, WATCH_LIMIT) &&
	         (us < WATCH_LIMIT_LEAST || us > BUNDLE_MEND_MAX))
		complain(&build->complaints, limit->items->place,
		         "no partition can stand for a mend within %u us; %d to %d are possible",
		         us, WATCH_LIMIT_LEAST, BUNDLE_MEND_MAX);
	else if (draft->partition->mends)
		watched->partition->mend_limit = us;
}

/* A partition is mended while all of it stands still. */
static void watch_check_mends(struct build *build, struct draft *draft)
{
	const struct dts_property *mends = dts_property(draft->node, WATCH_MENDS);
	const struct draft *watched = build_watched(build, draft);

	draft->partition->mends = mends != NULL && watched != NULL;
	if (mends != NULL && dts_property(draft->node, MODEL_WATCHES) == NULL)
		complain(&build->complaints, mends->place,
		         "'%s' watches nobody whom it could mend: add kumiki,watches = \"…\";, or "
		         "take this out",
		         draft->name);
	else if (mends != NULL && watched != NULL && build_remote(watched->node) != NULL)
		complain(&build->complaints, mends->place,
		         "'%s' can't be mended: a mend needs all of it to stand still, and nothing "
		         "holds its core of another architecture; take this out",
		         watched->name);
	watch_read_limit(build, draft, watched);
}

static void watch_read_prevents(struct build *build, struct draft *draft)
{
	const struct dts_property *prevents = dts_property(draft->node, WATCH_PREVENTS);

	draft->partition->prevents = prevents != NULL && draft->partition->mends;
	if (prevents != NULL && dts_property(draft->node, WATCH_MENDS) == NULL)
		complain(&build->complaints, prevents->place,
		         "'%s' can't prevent what it can't change: add kumiki,mends;, or take this "
		         "out",
		         draft->name);
}

/* The label of a device that can write anywhere in its memory. */
static const char *watch_writer(const struct draft *draft)
{
	for (size_t i = 0; i < draft->partition->device_count; i++)
		if (draft->partition->devices[i]->unconfined_dma)
			return draft->partition->devices[i]->label;
	return NULL;
}

/* Whether each vCPU of the watcher is more urgent than the watched one can ever be. */
static bool watch_comes_first(const struct draft *draft, const struct draft *watched)
{
	for (size_t i = 0; i < draft->vcpu_count; i++)
		for (size_t j = 0; j < watched->vcpu_count; j++)
			if (draft->vcpus[i].told.priority_low <=
			    watched->vcpus[j].told.priority_high)
				return false;
	return true;
}

/* A vCPU that waits for its watcher's answer uses its core meanwhile, unless the watcher comes
 * first there. */
static const struct build_core *watch_shared(const struct draft *draft, const struct draft *watched)
{
	if (watch_comes_first(draft, watched))
		return NULL;
	for (size_t i = 0; i < draft->core_count; i++)
		for (size_t j = 0; j < watched->core_count; j++)
			if (draft->cores[i] == watched->cores[j])
				return draft->cores[i];
	return NULL;
}

/* Such CPUs can't tell EL0 from EL1 in stage 2: they have no FEAT_XNX. */
static const char *const watch_too_old[] = {"cortex-a34", "cortex-a35", "cortex-a53",
                                            "cortex-a57", "cortex-a72", "cortex-a73"};

/* The CPU of one of the watched partition's cores that can't keep it from changed code; NULL: none
 * is known. */
static const char *watch_cannot(const struct build *build, const struct draft *watched)
{
	const char *emulated = build->model->qemu_cpu;

	for (size_t i = 0; i < sizeof(watch_too_old) / sizeof(watch_too_old[0]); i++) {
		const char *name = watch_too_old[i];
		const char *compatible = arena_format(build->arena, "arm,%s", name);

		if (emulated && !strcmp(emulated, name))
			return name;
		for (size_t j = 0; j < watched->core_count && !emulated; j++)
			if (dts_compatible(watched->cores[j]->node, compatible))
				return name;
	}
	return NULL;
}

static void watch_check_prevented(struct build *build, const struct draft *draft,
                                  const struct draft *watched)
{
	const struct dts_place place = dts_property(draft->node, WATCH_PREVENTS)->place;
	const char *writer = watch_writer(watched);
	const char *cannot = watch_cannot(build, watched);
	const struct build_core *shared = watch_shared(draft, watched);

	if (writer != NULL)
		complain(&build->complaints, place,
		         "'%s' can't be kept from changed code: nothing confines the DMA of '%s'; "
		         "give '%s' only devices whose DMA is confined, or take this out",
		         watched->name, writer, watched->name);
	if (cannot != NULL)
		complain_warning(
		    &build->complaints, place,
		    "nothing is prevented on a %s, which has no FEAT_XNX: '%s' can't be kept from "
		    "changed code, and is only watched; take another CPU, or take this out",
		    cannot, watched->name);
	if (shared != NULL)
		complain(&build->complaints, place,
		         "'%s' would wait for the answers of '%s' on core %zu, where both run; "
		         "give them different cores, or '%s' the higher kumiki,priority, or take "
		         "this out",
		         watched->name, draft->name, (size_t)(shared - build->cores), draft->name);
}

void watch_check_prevents(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i],
		                   *watched = build_watched(build, draft);

		if (draft->partition->prevents && watched != NULL)
			watch_check_prevented(build, draft, watched);
	}
}

/* True: this one's watcher prevents. */
bool watch_guards(const struct build *build, const struct draft *draft)
{
	for (size_t i = 0; i < build->draft_count; i++)
		if (build->drafts[i].partition->prevents &&
		    build_watched(build, &build->drafts[i]) == draft)
			return true;
	return false;
}

/* Complains of a partition with two watchers. life_read() complains of unknown names, and of a
 * partition that watches itself. */
void watch_check(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		watch_check_mends(build, &build->drafts[i]);
		watch_read_prevents(build, &build->drafts[i]);
	}
	for (size_t i = 0; i < build->draft_count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct draft *draft = &build->drafts[i], *other = &build->drafts[j];
			const struct draft *watched = build_watched(build, draft);

			if (watched && watched == build_watched(build, other))
				complain(&build->complaints, build_watches(draft)->place,
				         "'%s' is watched by '%s', too (%s); only one partition "
				         "can watch it, so take one of them out",
				         watched->name, other->name,
				         complaints_where(&build->complaints,
				                          build_watches(draft)->place,
				                          build_watches(other)->place));
		}
}

/* ---- places ---- */

/* Finds a free place for memory. It has the same offset in a block as the physical address, as
 * blocks of stage 2 need that. */
static bool watch_gap(struct build *build, struct spans *spans, const struct draft_memory *memory,
                      uint64_t *ipa)
{
	const uint64_t within = memory->pa % MODEL_BLOCK;

	*ipa = memory->pa;
	if (!spans_find(spans, memory->pa, memory->size))
		return true;
	if (!spans_gap(spans, build->model->board.ram_base, within + memory->size, MODEL_BLOCK,
	               ipa))
		return false;
	*ipa += within;
	return true;
}

static bool watch_place_memory(struct build *build, const struct draft *watched,
                               struct spans *spans, uint64_t *ipa)
{
	for (size_t i = 0; i < watched->memory_count; i++) {
		const struct draft_memory *memory = &watched->memory[i];

		if (!memory->placed)
			continue;
		if (!watch_gap(build, spans, memory, &ipa[i]))
			return false;
		spans_add(spans, ipa[i], memory->size, "what it watches");
	}
	return true;
}

static void watch_place_one(struct build *build, const struct draft *draft,
                            const struct draft *watched)
{
	struct model_partition *partition = draft->partition;
	struct spans spans = {.arena = build->arena};

	partition->watched_ipa =
	    arena_array(build->arena, watched->memory_count + 1, sizeof(uint64_t));
	spans_add_view(&spans, build, draft, NULL);
	if (watch_place_memory(build, watched, &spans, partition->watched_ipa) &&
	    spans_gap(&spans, build->model->board.ram_base, MODEL_PAGE, MODEL_PAGE,
	              &partition->watch_ipa))
		return;
	complain(&build->complaints, build_watches(draft)->place,
	         "no guest address is left where '%s' could read the memory of '%s'; give it less "
	         "memory behind 'as'",
	         draft->name, watched->name);
}

void watch_place(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];
		const struct draft *watched = build_watched(build, draft);

		if (watched && watched != draft)
			watch_place_one(build, draft, watched);
	}
}

bool watch_shows(const struct build *build, const struct draft *draft, uint64_t base, uint64_t size)
{
	const struct draft *watched = build_watched(build, draft);
	const struct model_partition *p = draft->partition;

	if (!watched || !p->watched_ipa)
		return false;
	for (size_t i = 0; i < watched->memory_count; i++)
		if (build_inside(base, size, p->watched_ipa[i], watched->memory[i].size))
			return true;
	return build_inside(base, size, p->watch_ipa, MODEL_PAGE);
}

bool watch_itself(const struct build *build, const struct draft *draft, uint64_t base,
                  uint64_t *ipa)
{
	const struct draft *watched = build_watched(build, draft);
	const uint64_t *shown = draft->partition->watched_ipa;

	for (size_t i = 0; watched && shown && i < watched->memory_count; i++)
		if (watched->memory[i].placed && shown[i] == base) {
			*ipa = watched->memory[i].ipa;
			return true;
		}
	return false;
}

/* ---- into the model ---- */

void watch_number(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *watched = build_watched(build, &build->drafts[i]);

		if (watched)
			build->drafts[i].partition->watches = (uint32_t)(watched - build->drafts);
	}
}
