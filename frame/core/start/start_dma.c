/*
 * The start's part for DMA. First the SMMU refuses all DMA. Then each partition with PCI functions
 * of its own gets tables for them. The functions reach the partition's memory, at the partition's
 * own addresses. Runs on the boot core; memory that was taken is used by its physical address.
 */
#include <frame/print.h>
#include <frame/stop.h>
#include <kumiki/dma.h>
#include <lib/bundle.h>
#include <start/start.h>
#include <state/partition.h>

_Static_assert(sizeof(struct smmu_memory) <= LAYOUT_DMA_LOG - LAYOUT_SMMU_MEMORY, "it fits");

static va_t smmu_of(const struct start_plan *plan)
{
	return (va_t){plan->bundle->board.smmu_base};
}

void start_plan_dma(struct start_plan *plan)
{
	const uint64_t size = sizeof(((struct smmu_memory *)0)->stream);
	const char *why;

	if (plan->bundle->board.smmu_base == 0)
		return;
	why = smmu_unfit(smmu_of(plan));
	if (why != 0) {
		print("kumiki: the SMMU can't be used: %s\n", why);
		stop_machine("describe a board without it, and accept that nothing confines DMA");
	}
	/* The table of streams is aligned to its size. */
	plan->smmu = (start_take(sizeof(struct smmu_memory) + size) + size - 1) & ~(size - 1);
	plan->dma_log = start_take(sizeof(struct dma_log));
	smmu_init(smmu_of(plan), (struct smmu_memory *)(uintptr_t)plan->smmu);
}

static bool is_reached(const struct bundle_region *region)
{
	return region->kind == BUNDLE_RAM || region->kind == BUNDLE_KEPT;
}

/* True: the partition has real functions, and there is an SMMU for their DMA. */
static bool is_confined(const struct start_plan *plan, const struct bundle_partition *config)
{
	bool confined = false;

	for (uint32_t i = 0; i < config->functions.count; i++)
		confined |= bundle_functions(plan->bundle)[config->functions.first + i].kind ==
		            BUNDLE_FUNCTION_REAL;
	return confined && plan->bundle->board.smmu_base != 0;
}

/* What a guarded partition's functions write is pages, as their rights change later. */
static enum stage2_kind kind_for(const struct start_plan *plan, bool guarded, bool written)
{
	if (smmu_has_stage2(smmu_of(plan)))
		return !guarded ? STAGE2_DATA : written ? STAGE2_RAM_EL0 : STAGE2_CONSTANT_EL0;
	return guarded && !written ? STAGE2_DMA_CONSTANT : STAGE2_DMA;
}

/* Where the partition's functions write their messages. */
static bool has_messages(const struct bundle_partition *config)
{
	return config->message_count != 0;
}

static enum stage2_kind kind_of_messages(const struct start_plan *plan)
{
	return smmu_has_stage2(smmu_of(plan)) ? STAGE2_DEVICE : STAGE2_DMA_DEVICE;
}

uint32_t start_count_dma(const struct start_plan *plan, const struct bundle_partition *config,
                         bool guarded)
{
	const struct bundle_region *regions = bundle_regions(plan->bundle) + config->regions.first;
	uint32_t pages = 1;

	if (!is_confined(plan, config))
		return 0;
	for (uint32_t i = 0; i < config->regions.count; i++)
		if (is_reached(&regions[i]))
			pages += stage2_tables_for(ipa_at(regions[i].ipa), pa_at(regions[i].pa),
			                           regions[i].size, kind_for(plan, guarded, false));
	if (has_messages(config))
		pages += stage2_tables_for(ipa_at(config->message_ipa), pa_at(config->message_ipa),
		                           PAGE_SIZE, kind_of_messages(plan));
	return pages;
}

static void fill_tables(const struct start_plan *plan, struct partition *partition)
{
	const struct bundle_range range = partition->config->regions;
	struct stage2 *tables = &partition->dma_tables;
	const bool guarded = partition->stage2.guarded;
	const enum stage2_kind first = kind_for(plan, guarded, false),
	                       written = kind_for(plan, guarded, true);

	partition->dma.kinds[false] = (uint8_t)first;
	partition->dma.kinds[true] = (uint8_t)written;
	start_must(stage2_init(tables, &partition->pool, partition->stage2.vmid));
	for (uint32_t i = range.first; i < range.first + range.count; i++) {
		const struct bundle_region *region = &bundle_regions(plan->bundle)[i];

		if (!is_reached(region))
			continue;
		start_must(stage2_map(tables, ipa_at(region->ipa), pa_at(region->pa), region->size,
		                      first));
		if (guarded)
			stage2_allow(tables, ipa_at(region->ipa),
			             (uint32_t)(region->size / PAGE_SIZE), written);
	}
	if (has_messages(partition->config))
		start_must(stage2_map(tables, ipa_at(partition->config->message_ipa),
		                      pa_at(plan->bundle->board.its_base + BUNDLE_ITS_WRITTEN),
		                      PAGE_SIZE, kind_of_messages(plan)));
}

void start_fill_dma(const struct start_plan *plan, struct partition *partition)
{
	struct smmu_memory *memory = (struct smmu_memory *)(uintptr_t)plan->smmu;
	const struct bundle_range range = partition->config->functions;
	const struct stage2 *tables = &partition->dma_tables;

	if (!is_confined(plan, partition->config))
		return;
	fill_tables(plan, partition);
	smmu_init_domain(smmu_of(plan), memory, partition->index, tables, &partition->dma.domain);
	for (uint32_t i = range.first; i < range.first + range.count; i++) {
		const struct bundle_function *function = &bundle_functions(plan->bundle)[i];

		if (function->kind == BUNDLE_FUNCTION_REAL)
			smmu_init_stream(smmu_of(plan), memory, function->stream, tables);
	}
}
