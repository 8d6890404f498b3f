/*
 * Questions to a bundle at a machine's start and on the host; the running frame doesn't ask them.
 * They are about the bundle's parts, its memory, and the words for its faults.
 */
#include <lib/bundle.h>
#include <lib/crc32c.h>

const struct bundle_window *bundle_window_of(const struct bundle_header *bundle,
                                             const struct bundle_region *region)
{
	const struct bundle_window *windows = bundle_windows(bundle);
	for (uint32_t i = 0; i < bundle->windows.count && bundle_is_window(region); i++)
		if (windows[i].pa == region->pa && windows[i].size == region->size)
			return &windows[i];
	return NULL;
}

const struct bundle_function *bundle_panel(const struct bundle_header *bundle,
                                           const struct bundle_partition *partition)
{
	const struct bundle_function *function =
	    bundle_functions(bundle) + partition->functions.first;
	for (uint32_t i = 0; i < partition->functions.count; i++)
		if (function[i].kind == BUNDLE_FUNCTION_PANEL)
			return &function[i];
	return NULL;
}

bool bundle_part_intact(const struct bundle_header *bundle, const struct bundle_part *part)
{
	return crc32c(0, (const uint8_t *)bundle + part->offset, part->size) == part->crc;
}

uint64_t bundle_frame_memory(uint32_t cores, uint32_t partitions)
{
	return (uint64_t)BUNDLE_FRAME_MEMORY +
	       (uint64_t)partitions *
	           (BUNDLE_PARTITION_MEMORY + BUNDLE_CONSOLE_MEMORY + BUNDLE_BLACKBOX_MEMORY) +
	       (uint64_t)cores * BUNDLE_TRACE_MEMORY;
}

uint64_t bundle_message_memory(const struct bundle_header *bundle)
{
	const struct bundle_function *functions = bundle_functions(bundle);
	uint32_t senders = 0;
	for (uint32_t i = 0; i < bundle->functions.count; i++)
		senders += functions[i].sender != 0;
	if (senders == 0)
		return 0;
	return BUNDLE_MESSAGE_MEMORY + (uint64_t)bundle->cores.count * BUNDLE_MESSAGE_CORE_MEMORY +
	       (uint64_t)senders * BUNDLE_MESSAGE_SENDER_MEMORY;
}

uint64_t bundle_channel_memory(uint32_t channels, uint32_t ends)
{
	return (uint64_t)channels * BUNDLE_CHANNEL_MEMORY + (uint64_t)ends * BUNDLE_END_MEMORY;
}

static bool bundle_watcher_has(const struct bundle_header *bundle, uint32_t index, uint32_t flag)
{
	const struct bundle_partition *partition = bundle_partitions(bundle);
	for (uint32_t i = 0; i < bundle->partitions.count; i++)
		if ((partition[i].flags & flag) != 0 && partition[i].watches == index)
			return true;
	return false;
}

bool bundle_is_mended(const struct bundle_header *bundle, uint32_t index)
{
	return bundle_watcher_has(bundle, index, BUNDLE_MENDS);
}

bool bundle_is_guarded(const struct bundle_header *bundle, uint32_t index)
{
	return bundle_watcher_has(bundle, index, BUNDLE_PREVENTS);
}

uint64_t bundle_mend_memory(const struct bundle_header *bundle)
{
	for (uint32_t i = 0; i < bundle->partitions.count; i++)
		if ((bundle_partitions(bundle)[i].flags & BUNDLE_MENDS) != 0)
			return (uint64_t)bundle->partitions.count * BUNDLE_MEND_MEMORY;
	return 0;
}

bool bundle_takes_updates(const struct bundle_header *bundle)
{
	for (uint32_t i = 0; i < BUNDLE_KEY_SIZE; i++)
		if (bundle->update_key[i] != 0)
			return true;
	return false;
}

uint64_t bundle_update_memory(const struct bundle_header *bundle)
{
	return bundle_takes_updates(bundle) ? BUNDLE_UPDATE_MEMORY : 0;
}

const char *bundle_fault_text(enum bundle_fault fault)
{
	switch (fault) {
	case BUNDLE_OK:
		return "intact";
	case BUNDLE_BAD_MAGIC:
		return "no bundle: wrong magic";
	case BUNDLE_BAD_REVISION:
		return "bundle of another revision";
	case BUNDLE_BAD_SIZE:
		return "bundle cut short, or its sizes don't fit together";
	case BUNDLE_BAD_CRC:
		return "tables damaged: wrong CRC-32C";
	case BUNDLE_BAD_TABLE:
		return "table outside the tables, too long, or overlapping another";
	case BUNDLE_BAD_BOARD:
		return "board or frame memory described wrongly";
	case BUNDLE_BAD_CORE:
		return "core with a wrong or repeated affinity";
	case BUNDLE_BAD_PARTITION:
		return "partition with a wrong field, or entries that aren't its own";
	case BUNDLE_BAD_VCPU:
		return "vCPU with a wrong core or affinity";
	case BUNDLE_BAD_REGION:
		return "region outside the places that a partition may own";
	case BUNDLE_OVERLAP:
		return "region overlaps another, or an emulated device";
	case BUNDLE_BAD_INTERRUPT:
		return "interrupt out of range or with two owners";
	case BUNDLE_BAD_LOAD:
		return "load outside its partition's memory or its part";
	case BUNDLE_BAD_PART:
		return "part outside the bundle, or overlapping another";
	case BUNDLE_BAD_WINDOW:
		return "window outside memory, or overlapping another";
	case BUNDLE_BAD_DOORBELL:
		return "doorbell from or to no partition, or with a bit that no panel has";
	case BUNDLE_BAD_FUNCTION:
		return "PCI function with a wrong field, or with a resource that isn't its "
		       "partition's";
	case BUNDLE_BAD_CHANNEL:
		return "channel with a wrong field, or with ends that aren't its own";
	case BUNDLE_BAD_END:
		return "channel's end with a wrong field, or with a resource that isn't its "
		       "partition's";
	case BUNDLE_BAD_FRAME:
		return "the frame's image doesn't have its CRC-32C";
	}
	return "unknown fault";
}
