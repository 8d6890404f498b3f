/*
 * The start's part for one partition: takes its slot of memory (struct partition and vCPUs, the
 * loader's pages, console ring, stage-2 tables), and fills the slot from the bundle. Runs on the
 * boot core, before the partition's cores do. Memory that was taken is used by its physical
 * address. At the end, the slot's pointers into itself are rebased to the address at which the
 * partition's cores map the slot.
 */
#include <frame/gic.h>
#include <frame/hardware.h>
#include <frame/stop.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <machine/contexts.h>
#include <machine/lent.h>
#include <run/promise.h>
#include <start/seed.h>
#include <start/start.h>
#include <state/core.h>
#include <state/partition.h>
#include <vgic/vgic.h>

#define VMID_PARTITION 1
#define VMID_LOADER    (VMID_PARTITION + BUNDLE_PARTITIONS_MAX)

static const struct bundle_partition *config_of(const struct start_plan *plan, uint32_t index)
{
	return &bundle_partitions(plan->bundle)[index];
}

/* source_pa() says where a part of the bundle lies, source_ipa() where a loader sees the part. Both
 * have the same place in a block of 2 MiB. */
static pa_t source_pa(const struct start_plan *plan, const struct bundle_part *part)
{
	return pa_at((uint64_t)(uintptr_t)plan->bundle + part->offset);
}

static ipa_t source_ipa(const struct start_plan *plan, const struct bundle_part *part)
{
	return ipa_at(SERVICE_MAPS + (source_pa(plan, part).at - plan->load));
}

/* True: a partition's loader maps the region. It lays out, wipes and cleans memory, and silences
 * devices. */
static bool loader_maps(const struct bundle_region *region)
{
	return region->kind == BUNDLE_RAM || region->kind == BUNDLE_KEPT ||
	       (region->kind == BUNDLE_DEVICE && region->silence > BUNDLE_SILENCE_NOTHING);
}

static uint64_t boxes_size(const struct start_plan *plan)
{
	return plan->bundle->partitions.count * (uint64_t)BUNDLE_BLACKBOX_MEMORY;
}

/* Tables below the root of a loader's view: one for its text, one for its data, one for its info;
 * and the table of blocks above these three. */
#define LOADER_TABLES 4
_Static_assert(SERVICE_TEXT >> 30 == (LOADER_MEND_BOX + PAGE_SIZE - 1) >> 30 &&
                   SERVICE_INFO >> 21 == LOADER_MEND_BOX >> 21,
               "LOADER_TABLES");

/* True: a watcher decides what the partition executes, and the CPU can tell EL0 from EL1 there
 * (FEAT_XNX). */
static bool is_guarded(const struct bundle_header *from, uint32_t index)
{
	return bundle_is_guarded(from, index) && (sysreg_read(id_aa64mmfr1_el1) >> 28 & 0xf) != 0;
}

static enum stage2_kind kind_for(const struct bundle_header *from,
                                 const struct bundle_region *region, bool guarded)
{
	static const uint8_t kinds[][2] = {
	    [BUNDLE_RAM] = {STAGE2_RAM},
	    [BUNDLE_DEVICE] = {STAGE2_DEVICE},
	    [BUNDLE_KEPT] = {STAGE2_RAM},
	    [BUNDLE_WINDOW] = {STAGE2_DATA, STAGE2_UNCACHED},
	    [BUNDLE_WINDOW_READ] = {STAGE2_CONSTANT, STAGE2_UNCACHED_CONSTANT},
	    [BUNDLE_WATCHED] = {STAGE2_CONSTANT},
	};
	const struct bundle_window *window = bundle_window_of(from, region);
	bool uncached = window != 0 && (window->flags & BUNDLE_WINDOW_UNCACHED) != 0;

	if (guarded && (region->kind == BUNDLE_RAM || region->kind == BUNDLE_KEPT))
		return STAGE2_RAM_EL1;
	return (enum stage2_kind)kinds[region->kind][uncached];
}

/* Counts the tables for what the partition sees, its loader, its functions and its brokers. Nothing
 * is unmapped later, so no tables are needed to split blocks. */
static uint32_t count_pages(const struct start_plan *plan, uint32_t index)
{
	const struct bundle_partition *config = config_of(plan, index);
	const struct bundle_region *regions = bundle_regions(plan->bundle);
	const struct bundle_load *loads = bundle_loads(plan->bundle);
	uint32_t pages = 2 + LOADER_TABLES;

	for (uint32_t i = config->regions.first; i < config->regions.first + config->regions.count;
	     i++) {
		pages += stage2_tables_for(
		    ipa_at(regions[i].ipa), pa_at(regions[i].pa), regions[i].size,
		    kind_for(plan->bundle, &regions[i], is_guarded(plan->bundle, index)));
		if (loader_maps(&regions[i]))
			pages += stage2_tables_for(ipa_at(regions[i].pa), pa_at(regions[i].pa),
			                           regions[i].size, STAGE2_DATA);
	}
	if (gic_guest_interface(&plan->bundle->board) != 0)
		pages += stage2_tables_for(ipa_at(config->gicr_ipa), pa_at(PAGE_SIZE), PAGE_SIZE,
		                           STAGE2_DEVICE);
	/* Black boxes aren't taken yet. Wherever they will lie, they are mapped by pages. */
	if (config->blackbox_ipa != 0)
		pages += stage2_tables_for(ipa_at(config->blackbox_ipa), pa_at(PAGE_SIZE),
		                           boxes_size(plan), STAGE2_UNCACHED_CONSTANT);
	for (uint32_t i = config->loads.first; i < config->loads.first + config->loads.count; i++) {
		const struct bundle_part *part = &bundle_parts(plan->bundle)[loads[i].part];

		pages += stage2_tables_for(source_ipa(plan, part), source_pa(plan, part),
		                           start_page_up(part->size), STAGE2_CONSTANT);
	}
	return pages + start_count_dma(plan, config, is_guarded(plan->bundle, index)) +
	       start_count_stolen() + start_count_ends(plan, index);
}

void start_plan_partition(struct start_plan *plan, uint32_t index)
{
	const struct bundle_partition *config = config_of(plan, index);
	struct start_partition *own = &plan->partitions[index];
	uint64_t head =
	    start_page_up(sizeof(struct partition) + config->vcpus.count * sizeof(struct vcpu));

	own->page_count = count_pages(plan, index);
	own->memory =
	    (start_take(head + VCPU_ROOM - PAGE_SIZE) + VCPU_ROOM - 1) & ~(uint64_t)(VCPU_ROOM - 1);
	own->loader_info = start_take(PAGE_SIZE);
	own->loader_data = start_take(service_rows[CONTEXT_LOADER].data_size);
	own->console = start_take(sizeof(struct console_ring));
	own->stolen = start_take(PAGE_SIZE);
	start_plan_ends(plan, index);
	own->pages = start_take(own->page_count * PAGE_SIZE);
	own->size = own->pages + own->page_count * PAGE_SIZE - own->memory;
	own->fixed = start_take(PAGE_SIZE);
	if (own->size > LAYOUT_FIXED)
		stop_machine("a partition needs more of the frame's memory than a slot has");
}

static void map_boxes(const struct bundle_header *from, struct partition *partition)
{
	const struct bundle_partition *config = partition->config;

	for (uint32_t i = 0; i < from->partitions.count && config->blackbox_ipa != 0; i++) {
		uint64_t offset = i * (uint64_t)BUNDLE_BLACKBOX_MEMORY;

		if ((config->life.manages >> i & 1) != 0)
			start_must(stage2_map(&partition->stage2,
			                      ipa_at(config->blackbox_ipa + offset),
			                      pa_at(partition->boxes + offset),
			                      BUNDLE_BLACKBOX_MEMORY, STAGE2_UNCACHED_CONSTANT));
	}
}

/* The boot loader may have written to the windows with caches on. */
void start_settle_windows(const struct start_plan *plan)
{
	const struct bundle_window *windows = bundle_windows(plan->bundle);

	for (uint32_t i = 0; i < plan->bundle->windows.count; i++)
		if ((windows[i].flags & BUNDLE_WINDOW_UNCACHED) != 0)
			hw_clean_invalidate_to_poc((const void *)(uintptr_t)windows[i].pa,
			                           windows[i].size);
}

/* If the guest's CPU interface is in memory, its registers are the hardware's. */
static void map_interface(const struct bundle_header *from, struct partition *partition)
{
	const uint64_t interface = gic_guest_interface(&from->board);

	if (interface != 0)
		start_must(stage2_map(&partition->stage2, ipa_at(partition->config->gicr_ipa),
		                      pa_at(interface), PAGE_SIZE, STAGE2_DEVICE));
}

/* The tables are the first pages of the pool, in the order of the calls. */
static void fill_stage2(const struct bundle_header *from, struct partition *partition,
                        uint64_t stolen)
{
	const struct bundle_range range = partition->config->regions;

	start_must(stage2_init(&partition->stage2, &partition->pool,
	                       (uint16_t)(VMID_PARTITION + partition->index)));
	partition->stage2.guarded = is_guarded(from, partition->index);
	for (uint32_t i = range.first; i < range.first + range.count; i++) {
		const struct bundle_region *region = &bundle_regions(from)[i];

		start_must(stage2_map(&partition->stage2, ipa_at(region->ipa), pa_at(region->pa),
		                      region->size,
		                      kind_for(from, region, partition->stage2.guarded)));
	}
	map_boxes(from, partition);
	map_interface(from, partition);
	start_fill_stolen(partition, stolen);
}

void start_refill_stage2(struct partition *partition)
{
	const uint8_t *root = (const uint8_t *)partition->stage2.root;
	const uint64_t behind = (uint64_t)(root - (const uint8_t *)partition->stolen);
	const uint64_t stolen = partition->stage2.root_pa.at - behind;
	const uint32_t used = partition->pool.used;

	partition->pool.used = 0;
	fill_stage2(core_bundle, partition, stolen);
	partition->pool.used = used;
	hw_invalidate_stage2(stage2_vttbr(&partition->stage2));
}

/* ---- the loader ---- */

static void fill_job(const struct start_plan *plan, struct partition *partition,
                     const struct bundle_load *load, struct loader_job *job)
{
	const struct bundle_part *part = &bundle_parts(plan->bundle)[load->part];
	ipa_t source = source_ipa(plan, part);

	job->source = source.at;
	job->destination = load->pa;
	job->size = part->size;
	job->space = load->space;
	job->crc = part->crc;
	job->kaslr_seed = load->kaslr_seed;
	job->rng_seed = load->rng_seed;
	if (stage2_lookup(&partition->loader.stage2, source).kind == STAGE2_NOTHING)
		start_must(stage2_map(&partition->loader.stage2, source, source_pa(plan, part),
		                      start_page_up(part->size), STAGE2_CONSTANT));
}

static void fill_device(const struct start_plan *plan, const struct partition *partition,
                        struct loader_info *info, const struct bundle_region *region)
{
	bool confined = start_is_confined(plan->bundle, partition->config, region);

	if (info->devices == LOADER_DEVICES_MAX)
		stop_machine("a partition has more devices than a loader silences");
	info->device[info->devices++] = (struct loader_device){
	    region->pa, region->size, region->silence, confined ? LOADER_CONFINED : 0};
}

static void fill_range(struct loader_info *info, const struct bundle_region *region,
                       uint32_t *count)
{
	uint32_t at = info->ranges + info->kept;

	if (at == LOADER_RANGES_MAX)
		stop_machine("a partition has more stretches of memory than a loader wipes");
	info->range[at] = (struct loader_range){region->pa, region->size, region->ipa};
	++*count;
}

static void fill_loader_region(const struct start_plan *plan, struct partition *partition,
                               struct loader_info *info, const struct bundle_region *region)
{
	bool device = region->kind == BUNDLE_DEVICE;

	start_must(stage2_map(&partition->loader.stage2, ipa_at(region->pa), pa_at(region->pa),
	                      region->size, device ? STAGE2_DEVICE : STAGE2_DATA));
	if (device)
		fill_device(plan, partition, info, region);
	else
		fill_range(info, region, region->kind == BUNDLE_KEPT ? &info->kept : &info->ranges);
}

/* Kept memory comes behind all memory that the loader wipes. */
static void fill_loader_regions(const struct start_plan *plan, struct partition *partition,
                                struct loader_info *info)
{
	const struct bundle_range range = partition->config->regions;
	const struct bundle_region *regions = &bundle_regions(plan->bundle)[range.first];

	for (uint32_t i = 0; i < range.count; i++)
		if (loader_maps(&regions[i]) && regions[i].kind != BUNDLE_KEPT)
			fill_loader_region(plan, partition, info, &regions[i]);
	for (uint32_t i = 0; i < range.count; i++)
		if (regions[i].kind == BUNDLE_KEPT)
			fill_loader_region(plan, partition, info, &regions[i]);
}

static void fill_debugger(const struct partition *partition, struct loader_info *info)
{
	bool known = lent_has_points();

	info->vcpus = partition->vcpu_count;
	info->breakpoints = known ? DEBUG_BREAKPOINTS : 0;
	info->watchpoints = known ? DEBUG_WATCHPOINTS : 0;
}

static void fill_loader(const struct start_plan *plan, struct partition *partition)
{
	const struct start_partition *own = &plan->partitions[partition->index];
	const struct bundle_range loads = partition->config->loads;
	struct stage2 *s2 = &partition->loader.stage2;
	struct loader_info *info = (struct loader_info *)(uintptr_t)own->loader_info;

	if (loads.count > LOADER_JOBS_MAX)
		stop_machine("a partition has more images than a loader takes");
	start_fill_service(plan, &partition->loader,
	                   &(struct start_service){
	                       .kind = CONTEXT_LOADER,
	                       .pool = &partition->pool,
	                       .vmid = (uint16_t)(VMID_LOADER + partition->index),
	                       .data = own->loader_data,
	                       .info = own->loader_info,
	                       .priority = partition->config->priority,
	                   });
	start_must(
	    stage2_map(s2, ipa_at(LOADER_REPORT), pa_at(own->console), PAGE_SIZE, STAGE2_CONSTANT));
	start_must(stage2_map(s2, ipa_at(LOADER_EXAMINED),
	                      pa_at(own->console + offsetof(struct console_ring, examined)),
	                      PAGE_SIZE, STAGE2_DATA));
	info->report = LOADER_REPORT + offsetof(struct console_ring, report);
	info->examined = LOADER_EXAMINED;
	info->debug = LOADER_EXAMINED + offsetof(struct console_ring, debug) -
	              offsetof(struct console_ring, examined);
	info->registers = LOADER_EXAMINED + offsetof(struct console_ring, registers) -
	                  offsetof(struct console_ring, examined);
	fill_debugger(partition, info);
	fill_loader_regions(plan, partition, info);
	info->jobs = loads.count;
	for (uint32_t i = 0; i < loads.count; i++)
		fill_job(plan, partition, &bundle_loads(plan->bundle)[loads.first + i],
		         &info->job[i]);
}

/* ---- the slot ---- */

static void fill_panel(const struct start_plan *plan, struct partition *partition)
{
	const struct bundle_function *panel = bundle_panel(plan->bundle, partition->config);

	if (panel == 0)
		return;
	partition->panel_ipa = panel->bar[PANEL_REGISTERS_BAR];
	partition->panel_intid = panel->intid;
	partition->panel_function =
	    (uint32_t)(panel - bundle_functions(plan->bundle)) - partition->config->functions.first;
}

void start_fill_vcpu(const struct bundle_header *from, struct partition *partition, uint32_t index)
{
	uint32_t global = partition->config->vcpus.first + index;
	const struct bundle_vcpu *config = &bundle_vcpus(from)[global];
	struct vcpu *vcpu = &partition->vcpus[index];

	vcpu->affinity = config->affinity;
	vcpu->index = (uint8_t)index;
	vcpu->core = (uint8_t)config->core;
	context_init_vcpu(&vcpu->context, &partition->stage2, global, config->priority);
	promise_init(vcpu, config, sysreg_read(cntfrq_el0));
}

static void fill_vcpu(const struct start_plan *plan, struct partition *partition, uint32_t index)
{
	const struct bundle_core *at;

	start_fill_vcpu(plan->bundle, partition, index);
	partition->affinities[index] = partition->vcpus[index].affinity;
	at = &bundle_cores(plan->bundle)[partition->vcpus[index].core];
	if (at->holders != 0 && at->holder != partition->index)
		partition->psci_states[index] = PSCI_VCPU_AWAY;
}

/* Turns an address that the boot core uses into the one by which the partition's cores map the
 * slot. */
static void *rebased(const struct start_plan *plan, uint32_t index, uint64_t pa)
{
	return (void *)(LAYOUT_PARTITION + index * LAYOUT_SLOT +
	                (pa - plan->partitions[index].memory));
}

static void rebase(const struct start_plan *plan, struct partition *partition)
{
	uint32_t index = partition->index;
	const struct start_partition *own = &plan->partitions[index];

	partition->config =
	    (const struct bundle_partition *)(LAYOUT_BUNDLE + plan->bundle->partitions.offset) +
	    index;
	partition->stage2.root = rebased(plan, index, partition->stage2.root_pa.at);
	partition->loader.stage2.root = rebased(plan, index, partition->loader.stage2.root_pa.at);
	if (partition->dma_tables.root != 0)
		partition->dma_tables.root = rebased(plan, index, partition->dma_tables.root_pa.at);
	partition->pool.base = rebased(plan, index, own->pages);
	partition->stage2.pool = rebased(plan, index, (uint64_t)(uintptr_t)&partition->pool);
	partition->loader.stage2.pool = partition->stage2.pool;
	partition->dma_tables.pool = partition->stage2.pool;
	partition->loader_info = rebased(plan, index, own->loader_info);
	partition->console = rebased(plan, index, own->console);
	partition->stolen = rebased(plan, index, own->stolen);
	partition->psci.affinities =
	    rebased(plan, index, (uint64_t)(uintptr_t)partition->affinities);
	partition->psci.states = rebased(plan, index, (uint64_t)(uintptr_t)partition->psci_states);
	partition->psci.memory = rebased(plan, index, (uint64_t)(uintptr_t)&partition->stage2);
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		partition->vcpus[i].partition = rebased(plan, index, own->memory);
	for (uint32_t i = 0; i < partition->end_count; i++) {
		struct broker *broker = &partition->brokers[i];

		broker->partition = rebased(plan, index, own->memory);
		broker->service.stage2.root =
		    rebased(plan, index, broker->service.stage2.root_pa.at);
		broker->service.stage2.pool = partition->stage2.pool;
		broker->service.failure =
		    rebased(plan, index, own->end_info[i] + offsetof(struct broker_info, failure));
	}
	partition->brokers = rebased(plan, index, own->brokers);
}

void start_fill_identity(const struct bundle_header *from, struct partition *partition,
                         uint32_t index)
{
	partition->config = &bundle_partitions(from)[index];
	partition->index = index;
	partition->vcpu_count = partition->config->vcpus.count;
	partition->keep = (struct keep_header){
	    .magic = KEEP_MAGIC,
	    .revision = KEEP_REVISION,
	    .partition_size = offsetof(struct partition, index),
	    .vcpu_size = offsetof(struct vcpu, partition),
	    .partition_vgic = offsetof(struct partition, vgic),
	    .vcpu_vgic = offsetof(struct vcpu, vgic),
	};
}

void start_fill_partition(const struct start_plan *plan, uint32_t index)
{
	const struct start_partition *own = &plan->partitions[index];
	struct partition *partition = (struct partition *)(uintptr_t)own->memory;

	start_fill_identity(plan->bundle, partition, index);
	partition->life.status.state =
	    (partition->config->flags & BUNDLE_MANUAL) != 0 ? LIFE_STOPPED : LIFE_WAITING;
	partition->psci.vcpus = partition->vcpu_count;
	partition->psci.workarounds = core.workarounds; /* each core has its own at this address */
	page_pool_init(&partition->pool, (void *)(uintptr_t)own->pages, pa_at(own->pages),
	               own->page_count);
	partition->boxes = plan->boxes;
	fill_stage2(plan->bundle, partition, own->stolen);
	fill_loader(plan, partition);
	start_fill_mends(plan, partition);
	start_fill_dma(plan, partition);
	start_fill_functions(plan->bundle, partition);
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		fill_vcpu(plan, partition, i);
	fill_panel(plan, partition);
	start_fill_ends(plan, partition);
	vgic_init(partition, plan->bundle);
	seed_partition(partition->seed, index);
	rebase(plan, partition);
	memcpy((void *)(uintptr_t)own->fixed, partition, PARTITION_PRISTINE_SIZE);
}
