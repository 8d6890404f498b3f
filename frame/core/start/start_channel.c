/*
 * The start's part for channels. It plans their memory and maps it for the brokers. The broker of
 * an end sees its channel's memory, and the RAM of all partitions at that channel; of a guarded one
 * also what isn't to be written for it. Runs on the boot core; memory that was taken is used by its
 * physical address.
 */
#include <frame/stop.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <start/seed.h>
#include <start/start.h>
#include <state/partition.h>
#include <word/timer.h>

/* Behind those of all other services: start_services.c. */
#define VMID_BROKER   (1 + 2 * BUNDLE_PARTITIONS_MAX + SERVICES_LASTING)
#define MAP_TOLD      SERVICE_MAPS
#define MAP_GUARDS    (SERVICE_MAPS + PAGE_SIZE) /* for each end a page */
#define MAP_MEMORY    (SERVICE_MAPS + 0x10000)
#define BROKER_TABLES 6 /* the root, and those for its own memory, which is within 1 GiB */
_Static_assert(MAP_GUARDS + BUNDLE_CHANNEL_ENDS_MAX * PAGE_SIZE <= MAP_MEMORY,
               "pages of their own");
_Static_assert(SERVICE_TEXT >> 30 == (MAP_MEMORY + BUNDLE_CHANNEL_MEMORY) >> 30, "BROKER_TABLES");
_Static_assert(VMID_BROKER + BUNDLE_ENDS_MAX <= 256, "a VMID has 8 bits");

void start_plan_channels(struct start_plan *plan)
{
	const uint32_t count = plan->bundle->channels.count;

	if (count == 0)
		return;
	plan->told = start_take(count * PAGE_SIZE);
	for (uint32_t i = 0; i < count; i++)
		plan->channels[i] = start_take(sizeof(struct channel_memory));
}

static const struct bundle_end *end_at(const struct start_plan *plan, uint32_t number)
{
	return &bundle_ends(plan->bundle)[number];
}

void start_plan_ends(struct start_plan *plan, uint32_t index)
{
	struct start_partition *own = &plan->partitions[index];
	uint32_t count = 0;

	for (uint32_t i = 0; i < plan->bundle->ends.count; i++) {
		if (end_at(plan, i)->partition != index)
			continue;
		if (count == 0)
			own->brokers =
			    start_take(BUNDLE_PARTITION_ENDS_MAX * sizeof(struct broker));
		own->end_data[count] = start_take(BROKER_DATA_SIZE);
		own->end_info[count++] = start_take(PAGE_SIZE);
	}
}

/* A broker doesn't see windows: a queue's buffers lie in the partition's own memory. */
static bool is_seen(const struct bundle_region *region)
{
	return region->kind == BUNDLE_RAM || region->kind == BUNDLE_KEPT;
}

static uint32_t count_memory(const struct start_plan *plan, uint32_t partition)
{
	const struct bundle_range range = bundle_partitions(plan->bundle)[partition].regions;
	const struct bundle_region *regions = &bundle_regions(plan->bundle)[range.first];
	uint32_t pages = 0;

	for (uint32_t i = 0; i < range.count; i++)
		if (is_seen(&regions[i]))
			pages += stage2_tables_for(ipa_at(regions[i].pa), pa_at(regions[i].pa),
			                           regions[i].size, STAGE2_DATA);
	return pages;
}

uint32_t start_count_ends(const struct start_plan *plan, uint32_t index)
{
	uint32_t pages = 0;

	for (uint32_t i = 0; i < plan->bundle->ends.count; i++) {
		const struct bundle_range ends =
		    bundle_channels(plan->bundle)[bundle_end_channel(plan->bundle, i)].ends;

		if (end_at(plan, i)->partition != index)
			continue;
		pages += BROKER_TABLES;
		for (uint32_t j = ends.first; j < ends.first + ends.count; j++)
			pages += count_memory(plan, end_at(plan, j)->partition);
	}
	return pages;
}

/* ---- what a broker sees ---- */

static void fill_range(struct broker_info *info, struct stage2 *s2,
                       const struct bundle_region *region, uint32_t place)
{
	if (info->ranges == BROKER_RANGES_MAX)
		stop_machine("the partitions of a channel have more than 96 pieces of memory: give "
		             "them fewer");
	info->range[info->ranges++] =
	    (struct broker_range){region->ipa, region->pa, region->size, place, 0};
	start_must(
	    stage2_map(s2, ipa_at(region->pa), pa_at(region->pa), region->size, STAGE2_DATA));
}

static void fill_guard(const struct start_plan *plan, struct broker_info *info, struct stage2 *s2,
                       uint32_t place, uint32_t partition)
{
	const uint64_t at = MAP_GUARDS + place * PAGE_SIZE;

	if (!bundle_is_guarded(plan->bundle, partition))
		return;
	start_must(stage2_map(s2, ipa_at(at), pa_at(plan->mends + partition * PAGE_SIZE), PAGE_SIZE,
	                      STAGE2_CONSTANT));
	info->fixed[place] = at + offsetof(struct mend_box, fault[0].fixed);
}

static void fill_end(const struct start_plan *plan, struct broker_info *info, struct stage2 *s2,
                     uint32_t place, const struct bundle_end *end)
{
	const struct bundle_range range = bundle_partitions(plan->bundle)[end->partition].regions;
	const struct bundle_region *regions = &bundle_regions(plan->bundle)[range.first];

	memcpy(info->mac[place], end->mac, BUNDLE_MAC_SIZE);
	for (uint32_t i = 0; i < range.count; i++)
		if (is_seen(&regions[i]))
			fill_range(info, s2, &regions[i], place);
	fill_guard(plan, info, s2, place, end->partition);
}

/* Gives the channel a key of its own. The channel's only broker moves the key on. */
static void fill_entropy(struct channel_memory *memory, uint32_t channel)
{
	memory->entropy.seeded = seed_channel(memory->entropy.key[0], channel) ? 1 : 0;
}

static void fill_view(const struct start_plan *plan, struct broker *broker,
                      struct broker_info *info)
{
	const struct bundle_channel *channel = &bundle_channels(plan->bundle)[broker->channel];
	struct stage2 *s2 = &broker->service.stage2;

	info->place = broker->place;
	info->ends = channel->ends.count;
	info->kind = channel->kind;
	info->flags = channel->flags;
	info->second = timer_ticks(UINT64_C(1000000000));
	if (channel->rate != 0)
		info->interval = (info->second + channel->rate - 1) / channel->rate;
	info->wait = timer_ticks(channel->wait * UINT64_C(1000000));
	memcpy(info->name, channel->name, sizeof(info->name));
	info->told = MAP_TOLD;
	info->memory = MAP_MEMORY;
	start_must(stage2_map(s2, ipa_at(MAP_TOLD), pa_at(plan->told + broker->channel * PAGE_SIZE),
	                      PAGE_SIZE, STAGE2_CONSTANT));
	start_must(stage2_map(s2, ipa_at(MAP_MEMORY), pa_at(plan->channels[broker->channel]),
	                      start_page_up(sizeof(struct channel_memory)), STAGE2_DATA));
	if (channel->kind == BUNDLE_CHANNEL_ENTROPY)
		fill_entropy((struct channel_memory *)(uintptr_t)plan->channels[broker->channel],
		             broker->channel);
	for (uint32_t i = 0; i < channel->ends.count; i++)
		fill_end(plan, info, s2, i, end_at(plan, channel->ends.first + i));
}

static void fill_broker(const struct start_plan *plan, struct partition *partition, uint32_t number)
{
	const struct start_partition *own = &plan->partitions[partition->index];
	struct broker *broker = &partition->brokers[partition->end_count];

	broker->number = number;
	broker->channel = bundle_end_channel(plan->bundle, number);
	broker->place = number - bundle_channels(plan->bundle)[broker->channel].ends.first;
	broker->own = partition->end_count;
	broker->due = TIMER_NEVER;
	start_fill_service(plan, &broker->service,
	                   &(struct start_service){
	                       .kind = CONTEXT_BROKER,
	                       .pool = &partition->pool,
	                       .vmid = (uint16_t)(VMID_BROKER + number),
	                       .data = own->end_data[broker->own],
	                       .info = own->end_info[broker->own],
	                       .priority = partition->config->priority,
	                   });
	fill_view(plan, broker, (struct broker_info *)(uintptr_t)own->end_info[broker->own]);
	partition->end_count++;
}

void start_fill_ends(const struct start_plan *plan, struct partition *partition)
{
	partition->brokers = (struct broker *)(uintptr_t)plan->partitions[partition->index].brokers;
	for (uint32_t i = 0; i < plan->bundle->ends.count; i++)
		if (end_at(plan, i)->partition == partition->index)
			fill_broker(plan, partition, i);
}
