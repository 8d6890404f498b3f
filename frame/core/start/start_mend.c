/*
 * The start's part for watchers that mend: a box for each partition, which all cores map, and the
 * partition's loader. Runs on the boot core; memory that was taken is used by its physical address.
 */
#include <lib/bundle.h>
#include <start/start.h>
#include <state/partition.h>

_Static_assert(sizeof(struct mend_box) <= PAGE_SIZE, "each has a page");

void start_plan_mends(struct start_plan *plan)
{
	const uint64_t size = bundle_mend_memory(plan->bundle);

	if (size != 0)
		plan->mends = start_take(size);
}

/* A table of sites may lie in the first memory of the watcher that prevents. */
static void fill_table(const struct bundle_header *bundle, uint32_t watched, struct mend_box *box)
{
	const struct bundle_partition *watcher = bundle_partitions(bundle);
	const struct bundle_region *memory;

	while ((watcher->flags & BUNDLE_PREVENTS) == 0 || watcher->watches != watched)
		watcher++;
	memory = bundle_first_memory(bundle, watcher);
	box->table_ipa = memory->ipa;
	box->table_pa = memory->pa;
	box->table_size = memory->size;
}

void start_fill_mends(const struct start_plan *plan, struct partition *partition)
{
	struct loader_info *info =
	    (struct loader_info *)(uintptr_t)plan->partitions[partition->index].loader_info;
	struct mend_box *box =
	    (struct mend_box *)(uintptr_t)(plan->mends + partition->index * PAGE_SIZE);

	if (!bundle_is_mended(plan->bundle, partition->index))
		return;
	start_must(stage2_map(&partition->loader.stage2, ipa_at(LOADER_MEND_BOX),
	                      pa_at((uint64_t)(uintptr_t)box), PAGE_SIZE, STAGE2_CONSTANT));
	info->mend = LOADER_MEND_BOX;
	if (!bundle_is_guarded(plan->bundle, partition->index))
		return;
	box->guard = partition->stage2.guarded ? WATCH_GUARD_PAGES : WATCH_GUARD_CANT;
	fill_table(plan->bundle, partition->index, box);
}
