/*
 * The tables of a bundle that bundle_verify() has found good. The frame and the host command use
 * them. This file doesn't repeat the checks of lib/bundle.c.
 */
#include <lib/bundle.h>

uint32_t bundle_function_owner(const struct bundle_header *bundle, uint32_t function)
{
	uint32_t owner = 0;

	while (function - bundle_partitions(bundle)[owner].functions.first >=
	       bundle_partitions(bundle)[owner].functions.count)
		owner++;
	return owner;
}

const char *bundle_remote(const struct bundle_header *bundle,
                          const struct bundle_partition *partition)
{
	const struct bundle_region *regions = bundle_regions(bundle) + partition->regions.first;

	if ((partition->flags & BUNDLE_NO_SUSPEND) == 0)
		return NULL;
	for (uint32_t i = 0; i < partition->regions.count; i++)
		if (regions[i].silence == BUNDLE_SILENCE_VERSAL_RPU)
			return "Cortex-R5F";
	return "foreign";
}
