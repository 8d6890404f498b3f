/* What the service knows of the system: the info page and the bundle. Nothing here changes. */
#include <console/console.h>
#include <lib/bundle.h>

const struct bundle_header *tables_bundle(const struct console *console)
{
	return (const struct bundle_header *)(uintptr_t)console->info->bundle;
}

const struct bundle_partition *tables_partition(const struct console *console, uint8_t partition)
{
	return &bundle_partitions(tables_bundle(console))[partition];
}

bool tables_on_core(const struct console *console, uint8_t partition, uint8_t core)
{
	const struct bundle_range range = tables_partition(console, partition)->vcpus;

	for (uint32_t i = range.first; i < range.first + range.count; i++)
		if (bundle_vcpus(tables_bundle(console))[i].core == core)
			return core < console->info->cores;
	return false;
}

const struct stop_report *report_of(const struct console *console, uint8_t partition)
{
	return (const struct stop_report *)(uintptr_t)console->info->sources[partition].report;
}

const struct life_log *life_log_of(const struct console *console, uint8_t partition)
{
	return (const struct life_log *)(uintptr_t)console->info->sources[partition].life;
}

const struct examined *examined_of(const struct console *console, uint8_t partition)
{
	return (const struct examined *)(uintptr_t)console->info->sources[partition].examined;
}

const struct trace_ring *trace_ring_of(const struct console *console, uint8_t core)
{
	return (const struct trace_ring *)(uintptr_t)console->info->traces[core];
}

/* While `next` is the next event, the core may be writing it over event `next` - TRACE_RING_EVENTS.
 */
uint64_t trace_oldest(uint64_t next)
{
	return next < TRACE_RING_EVENTS ? 0 : next - TRACE_RING_EVENTS + 1;
}
