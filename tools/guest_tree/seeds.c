/*
 * Finds the seeds of a device tree, of a generated one and of the user's own. At each start the
 * frame puts new numbers there; it can't read trees.
 */
#include <host/guest_tree.h>
#include <libfdt.h>

static uint32_t seeds_offset(const void *blob, int chosen, const char *name, int size)
{
	int found = 0;
	const void *value = fdt_getprop(blob, chosen, name, &found);
	if (value == NULL || found != size)
		return 0;
	return (uint32_t)((const char *)value - (const char *)blob);
}

struct guest_tree_seeds guest_tree_find_seeds(const void *blob, size_t size)
{
	if (size > INT32_MAX || fdt_check_full(blob, size) != 0)
		return (struct guest_tree_seeds){0, 0};
	int chosen = fdt_path_offset(blob, "/chosen");
	if (chosen < 0)
		return (struct guest_tree_seeds){0, 0};
	return (struct guest_tree_seeds){
	    .kaslr_seed = seeds_offset(blob, chosen, "kaslr-seed", 8),
	    .rng_seed = seeds_offset(blob, chosen, "rng-seed", BUNDLE_RNG_SEED_SIZE),
	};
}
