/*
 * From the model to the flat tables: cores, partitions, vCPUs, regions, interrupts, windows,
 * doorbells, channels. See builder.h. Regions of devices are whole pages; devices that share a page
 * get one region.
 */
#include "builder.h"
#include <host/say.h>
#include <kumiki/hold.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TABLES_PAGE 4096u

bool builder_fail(const struct builder *builder, const char *partition, const char *format, ...)
{
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = arena_vformat(builder->arena, format, arguments);
	va_end(arguments);
	return complain_about(builder->complaints, partition, "%s", text);
}

void builder_name(char *to, size_t size, const char *from)
{
	size_t i = 0;
	memset(to, 0, size);
	for (; i + 1 < size && from[i] != '\0'; i++)
		to[i] = (char)(from[i] >= 0x20 && from[i] <= 0x7e ? from[i] : '?');
	if (i == 0)
		to[0] = '?';
}

uint64_t builder_physical(const struct model_partition *partition, uint64_t ipa)
{
	for (size_t i = 0; i < partition->memory_count; i++) {
		const struct model_memory *memory = &partition->memory[i];
		if (ipa >= memory->ipa && ipa - memory->ipa < memory->size)
			return memory->pa + (ipa - memory->ipa);
	}
	return UINT64_MAX;
}

/* Sets the partitions that may hold a core, if it moves: those with a vCPU on it. Also sets the
 * holder at the start. */
static void tables_holders(const struct model *model, size_t core, struct bundle_core *entry)
{
	uint32_t holders = 0, holder = HOLD_NOBODY;
	bool moves = false;
	for (uint32_t p = 0; p < model->partition_count; p++) {
		const struct model_partition *partition = &model->partitions[p];
		const bool gets = (partition->may_hold >> core & 1) != 0;
		moves |= gets;
		for (size_t i = 0; i < partition->vcpu_count; i++) {
			if ((partition->vcpus[i].cores >> core & 1) == 0)
				continue;
			holders |= 1u << p;
			holder = gets ? holder : p;
		}
	}
	if (!moves)
		return;
	entry->holders = (uint8_t)holders;
	entry->holder = (uint8_t)holder;
}

void tables_of_cores(struct builder *builder)
{
	const struct model *model = builder->model;
	for (size_t i = 0; i < model->core_count && i < BUNDLE_CORES_MAX; i++) {
		struct bundle_core *entry = &builder->cores[builder->core_count++];
		entry->affinity = model->cores[i].affinity;
		entry->takes = model->cores[i].takes;
		tables_holders(model, i, entry);
	}
}

static bool tables_vcpus(struct builder *builder, const struct model_partition *partition)
{
	if (partition->vcpu_count > BUNDLE_VCPUS_MAX - builder->vcpu_count)
		return builder_fail(builder, partition->name, "more than %d vCPUs in the system",
		                    BUNDLE_VCPUS_MAX);
	for (size_t i = 0; i < partition->vcpu_count; i++)
		builder->vcpus[builder->vcpu_count++] = vcpuwords_entry(&partition->vcpus[i]);
	return true;
}

static bool tables_region(struct builder *builder, const struct model_partition *partition,
                          const struct bundle_region *region)
{
	if (builder->region_count == BUNDLE_REGIONS_MAX)
		return builder_fail(builder, partition->name,
		                    "more than %d stretches of memory and devices in the system",
		                    BUNDLE_REGIONS_MAX);
	builder->regions[builder->region_count++] = *region;
	return true;
}

/* A piece of a partition's memory, as the owner or its watcher sees it. */
struct tables_piece {
	const struct model_partition *seer, *owner;
	const struct model_memory *memory;
	uint64_t ipa; /* where the seer sees it */
};

/* Adds a stretch of a piece, from `from` up to but not including `end`: both are the owner's guest
 * addresses. */
static bool tables_stretch(struct builder *builder, const struct tables_piece *piece, uint64_t from,
                           uint64_t end, enum bundle_region_kind kind)
{
	const uint64_t within = from - piece->memory->ipa;
	const bool watched = piece->seer != piece->owner;
	struct bundle_region region = {.ipa = piece->ipa + within,
	                               .pa = piece->memory->pa + within,
	                               .size = end - from,
	                               .kind = watched ? BUNDLE_WATCHED : kind};
	const char *label = kind == BUNDLE_KEPT ? "kept" : "memory";
	builder_name(region.label, sizeof(region.label), watched ? piece->owner->name : label);
	return from == end || tables_region(builder, piece->seer, &region);
}

/* Adds a piece, with each kept stretch as a region of its own. */
static bool tables_piece(struct builder *builder, const struct tables_piece *piece)
{
	const struct model_partition *partition = piece->owner;
	const struct model_memory *memory = piece->memory;
	uint64_t at = memory->ipa;
	for (size_t i = 0; i < partition->keep_count; i++) {
		const uint64_t from = partition->keeps[i].ipa;
		const uint64_t end = from + partition->keeps[i].size;
		if (from < memory->ipa || from - memory->ipa >= memory->size)
			continue;
		if (!tables_stretch(builder, piece, at, from, BUNDLE_RAM) ||
		    !tables_stretch(builder, piece, from, end, BUNDLE_KEPT))
			return false;
		at = end;
	}
	return tables_stretch(builder, piece, at, memory->ipa + memory->size, BUNDLE_RAM);
}

static bool tables_memory(struct builder *builder, const struct model_partition *partition)
{
	for (size_t i = 0; i < partition->memory_count; i++) {
		const struct model_memory *memory = &partition->memory[i];
		if (!tables_piece(
		        builder, &(struct tables_piece){partition, partition, memory, memory->ipa}))
			return false;
	}
	return true;
}

static bool tables_watched(struct builder *builder, const struct model_partition *partition)
{
	const struct model_partition *watched = &builder->model->partitions[partition->watches];
	for (size_t i = 0; partition->watch_ipa != 0 && i < watched->memory_count; i++)
		if (!tables_piece(builder,
		                  &(struct tables_piece){partition, watched, &watched->memory[i],
		                                         partition->watched_ipa[i]}))
			return false;
	return true;
}

static int tables_by_address(const void *left, const void *right)
{
	const struct bundle_region *a = left, *b = right;
	if (a->pa != b->pa)
		return a->pa < b->pa ? -1 : 1;
	/* qsort() doesn't keep the order of equals, and the image must be the same on every
	 * host. */
	return strcmp(a->label, b->label);
}

/* Joins two devices' ways to be silenced. A page with two ways can't be silenced: the model allows
 * it only if the owner is never restarted. */
static void tables_join_silence(struct bundle_region *region, const struct bundle_region *other)
{
	if (region->silence != other->silence)
		region->silence = BUNDLE_SILENCE_UNKNOWN;
}

/* Joins the labels of devices in one page, like "uart0 uart1", as far as there is room. */
static void tables_join_labels(char *label, const char *other)
{
	char both[2 * BUNDLE_LABEL_SIZE];
	snprintf(both, sizeof(both), "%s %s", label, other);
	if (strlen(both) < BUNDLE_LABEL_SIZE)
		builder_name(label, BUNDLE_LABEL_SIZE, both);
}

/* How a range of a device is silenced. A PCI function is silenced by the registers of one of its
 * BARs. */
static uint32_t tables_silence(const struct model_device *device, size_t range)
{
	const struct model_function *function = device->function;
	if (function == NULL || device->silence == BUNDLE_SILENCE_UNKNOWN ||
	    function->bars[function->control].base == device->ranges[range].base)
		return device->silence;
	return BUNDLE_SILENCE_NOTHING;
}

static size_t tables_device_pages(const struct model_partition *partition,
                                  struct bundle_region *pages)
{
	size_t count = 0;
	for (size_t i = 0; i < partition->device_count; i++) {
		const struct model_device *device = partition->devices[i];
		for (size_t r = 0; r < device->range_count; r++) {
			uint64_t first = device->ranges[r].base & ~(uint64_t)(TABLES_PAGE - 1);
			uint64_t end = device->ranges[r].base + device->ranges[r].size;
			end = (end + TABLES_PAGE - 1) & ~(uint64_t)(TABLES_PAGE - 1);
			pages[count] = (struct bundle_region){.ipa = first,
			                                      .pa = first,
			                                      .size = end - first,
			                                      .kind = BUNDLE_DEVICE,
			                                      .silence = tables_silence(device, r)};
			builder_name(pages[count++].label, BUNDLE_LABEL_SIZE, device->label);
		}
	}
	return count;
}

static size_t tables_count_ranges(const struct model_partition *partition)
{
	size_t count = 0;
	for (size_t i = 0; i < partition->device_count; i++)
		count += partition->devices[i]->range_count;
	return count;
}

static bool tables_devices(struct builder *builder, const struct model_partition *partition)
{
	struct bundle_region *pages = arena_array(
	    builder->arena, tables_count_ranges(partition) + 1, sizeof(struct bundle_region));
	size_t count = tables_device_pages(partition, pages);
	qsort(pages, count, sizeof(pages[0]), tables_by_address);
	for (size_t i = 0; i < count;) {
		struct bundle_region region = pages[i++];
		for (; i < count && pages[i].pa < region.pa + region.size; i++) {
			uint64_t end = pages[i].pa + pages[i].size;
			if (end > region.pa + region.size)
				region.size = end - region.pa;
			tables_join_labels(region.label, pages[i].label);
			tables_join_silence(&region, &pages[i]);
		}
		if (!tables_region(builder, partition, &region))
			return false;
	}
	return true;
}

static bool tables_windows(struct builder *builder, const struct model_partition *partition)
{
	const struct model *model = builder->model;
	for (size_t i = 0; i < model->window_count; i++)
		for (size_t j = 0; j < model->windows[i].member_count; j++) {
			const struct model_window *window = &model->windows[i];
			const struct model_member *member = &window->members[j];
			struct bundle_region region = {
			    .ipa = member->ipa,
			    .pa = window->pa,
			    .size = window->size,
			    .kind = member->read_only ? BUNDLE_WINDOW_READ : BUNDLE_WINDOW};
			if (&model->partitions[member->partition] != partition)
				continue;
			builder_name(region.label, sizeof(region.label), window->name);
			if (!tables_region(builder, partition, &region))
				return false;
		}
	return true;
}

void tables_of_windows(struct builder *builder)
{
	const struct model *model = builder->model;
	for (size_t i = 0; i < model->window_count; i++) {
		struct bundle_window *window = &builder->windows[builder->window_count++];
		*window = (struct bundle_window){
		    .pa = model->windows[i].pa,
		    .size = model->windows[i].size,
		    .flags = model->windows[i].uncached ? BUNDLE_WINDOW_UNCACHED : 0};
		builder_name(window->name, sizeof(window->name), model->windows[i].name);
	}
	for (size_t i = 0; i < model->doorbell_count; i++)
		builder->doorbells[builder->doorbell_count++] =
		    (struct bundle_doorbell){.from = model->doorbells[i].from,
		                             .to = model->doorbells[i].to,
		                             .intid = model->doorbells[i].intid,
		                             .bit = model->doorbells[i].bit};
}

void tables_of_channels(struct builder *builder)
{
	const struct model *model = builder->model;
	for (size_t i = 0; i < model->channel_count; i++) {
		const struct model_channel *from = &model->channels[i];
		struct bundle_channel *channel = &builder->channels[builder->channel_count++];
		*channel = (struct bundle_channel){
		    .kind = from->kind,
		    .flags = from->flags,
		    .rate = from->rate,
		    .wait = from->wait,
		    .ends = {builder->end_count, (uint32_t)from->end_count}};
		builder_name(channel->name, sizeof(channel->name), from->name);
		for (size_t j = 0; j < from->end_count; j++) {
			struct bundle_end *end = &builder->ends[builder->end_count++];
			*end = (struct bundle_end){.partition = from->ends[j].partition,
			                           .intid = from->ends[j].intid,
			                           .ipa = from->ends[j].ipa};
			memcpy(end->mac, from->ends[j].mac, sizeof(end->mac));
		}
	}
}

static int tables_by_number(const void *left, const void *right)
{
	const struct bundle_interrupt *a = left, *b = right;
	return a->intid < b->intid ? -1 : a->intid > b->intid;
}

/* Adds an interrupt. Devices that share one get one entry: it is an edge only if all of them say
 * so. */
static bool tables_interrupt(struct builder *builder, const struct model_partition *partition,
                             uint32_t first, const struct model_interrupt *interrupt)
{
	const uint32_t flags = interrupt->edge ? BUNDLE_EDGE : 0;
	for (uint32_t i = first; i < builder->interrupt_count; i++)
		if (builder->interrupts[i].intid == interrupt->intid) {
			builder->interrupts[i].flags &= flags;
			return true;
		}
	if (builder->interrupt_count == BUNDLE_INTERRUPTS_MAX)
		return builder_fail(builder, partition->name,
		                    "more than %d interrupts in the system", BUNDLE_INTERRUPTS_MAX);
	builder->interrupts[builder->interrupt_count++] =
	    (struct bundle_interrupt){interrupt->intid, flags};
	return true;
}

static bool tables_interrupts(struct builder *builder, const struct model_partition *partition)
{
	const uint32_t first = builder->interrupt_count;
	for (size_t i = 0; i < partition->device_count; i++) {
		const struct model_device *device = partition->devices[i];
		for (size_t n = 0; n < device->interrupt_count; n++)
			if (!tables_interrupt(builder, partition, first, &device->interrupts[n]))
				return false;
	}
	qsort(&builder->interrupts[first], builder->interrupt_count - first,
	      sizeof(builder->interrupts[0]), tables_by_number);
	return true;
}

static uint32_t tables_unconfined(const struct model_partition *partition)
{
	for (size_t i = 0; i < partition->device_count; i++)
		if (partition->devices[i]->unconfined_dma)
			return BUNDLE_UNCONFINED;
	return 0;
}

static uint32_t tables_flags(const struct model_partition *partition)
{
	return tables_unconfined(partition) | (partition->console ? (uint32_t)BUNDLE_CONSOLE : 0) |
	       (partition->rtc_ipa != 0 ? (uint32_t)BUNDLE_RTC : 0) |
	       (partition->watchdog_ipa != 0 ? (uint32_t)BUNDLE_WATCHDOG : 0) |
	       (partition->panel != NULL ? (uint32_t)BUNDLE_PANEL : 0) |
	       (partition->manual ? (uint32_t)BUNDLE_MANUAL : 0) |
	       (partition->no_restart ? (uint32_t)BUNDLE_NO_RESTART : 0) |
	       (partition->remote_core != NULL ? (uint32_t)BUNDLE_NO_SUSPEND : 0) |
	       (partition->manages_power ? (uint32_t)BUNDLE_MANAGES_POWER : 0) |
	       (partition->hide_time ? (uint32_t)BUNDLE_HIDE_TIME : 0) |
	       (partition->mends ? (uint32_t)BUNDLE_MENDS : 0) |
	       (partition->prevents ? (uint32_t)BUNDLE_PREVENTS : 0);
}

static void tables_partition(const struct model_partition *partition,
                             struct bundle_partition *entry)
{
	builder_name(entry->name, sizeof(entry->name), partition->name);
	entry->flags = tables_flags(partition);
	entry->life = partition->life;
	entry->priority = partition->priority;
	entry->entry_ipa = partition->entry_ipa;
	entry->dtb_ipa = partition->dtb.ipa;
	entry->gicd_ipa = partition->gicd_ipa;
	entry->gicr_ipa = partition->gicr_ipa;
	if (partition->console) {
		entry->uart_ipa = partition->uart_ipa;
		entry->uart_intid = partition->uart_intid;
	}
	if (partition->rtc_ipa != 0) {
		entry->rtc_ipa = partition->rtc_ipa;
		entry->rtc_intid = partition->rtc_intid;
	}
	if (partition->watchdog_ipa != 0) {
		entry->watchdog_ipa = partition->watchdog_ipa;
		entry->watchdog_intid = partition->watchdog_intid;
	}
	entry->manager_intid = partition->manager_intid;
	entry->pci_ecam_ipa = partition->pci_ecam_ipa;
	entry->message_ipa = partition->message_ipa;
	entry->message_intid = (uint16_t)partition->message_intid;
	entry->message_count = (uint16_t)partition->message_count;
	entry->blackbox_ipa = partition->blackbox_ipa;
	entry->watch_ipa = partition->watch_ipa;
	entry->watches = partition->watches;
	entry->mend_limit = partition->mend_limit;
}

bool tables_of(struct builder *builder, const struct model_partition *partition)
{
	if (builder->partition_count == BUNDLE_PARTITIONS_MAX)
		return builder_fail(builder, partition->name, "more than %d partitions",
		                    BUNDLE_PARTITIONS_MAX);
	struct bundle_partition *entry = &builder->partitions[builder->partition_count++];
	tables_partition(partition, entry);
	entry->vcpus.first = builder->vcpu_count;
	entry->regions.first = builder->region_count;
	entry->interrupts.first = builder->interrupt_count;
	entry->loads.first = builder->load_count;
	entry->functions.first = builder->function_count;
	if (!tables_vcpus(builder, partition) || !tables_memory(builder, partition) ||
	    !tables_watched(builder, partition) || !tables_windows(builder, partition) ||
	    !tables_devices(builder, partition) || !tables_interrupts(builder, partition) ||
	    !parts_of(builder, partition) || !functions_of(builder, partition))
		return false;
	entry->vcpus.count = builder->vcpu_count - entry->vcpus.first;
	entry->regions.count = builder->region_count - entry->regions.first;
	entry->interrupts.count = builder->interrupt_count - entry->interrupts.first;
	entry->loads.count = builder->load_count - entry->loads.first;
	entry->functions.count = builder->function_count - entry->functions.first;
	return true;
}
