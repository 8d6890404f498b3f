/*
 * The tables of a bundle that bundle_verify() has found good. Used by the frame and by the host
 * command; nothing here checks again what lib/bundle.c checked.
 */
#include <lib/bundle.h>

static const void *bundle_at(const struct bundle_header *bundle, uint64_t offset)
{
	return (const uint8_t *)bundle + offset;
}

const struct bundle_core *bundle_cores(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->cores.offset);
}

const struct bundle_partition *bundle_partitions(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->partitions.offset);
}

const struct bundle_vcpu *bundle_vcpus(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->vcpus.offset);
}

const struct bundle_region *bundle_regions(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->regions.offset);
}

const struct bundle_interrupt *bundle_interrupts(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->interrupts.offset);
}

const struct bundle_load *bundle_loads(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->loads.offset);
}

const struct bundle_part *bundle_parts(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->parts.offset);
}

const struct bundle_window *bundle_windows(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->windows.offset);
}

const struct bundle_doorbell *bundle_doorbells(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->doorbells.offset);
}

const struct bundle_function *bundle_functions(const struct bundle_header *bundle)
{
	return bundle_at(bundle, bundle->functions.offset);
}

uint32_t bundle_function_owner(const struct bundle_header *bundle, uint32_t function)
{
	uint32_t owner = 0;

	while (function - bundle_partitions(bundle)[owner].functions.first >=
	       bundle_partitions(bundle)[owner].functions.count)
		owner++;
	return owner;
}
