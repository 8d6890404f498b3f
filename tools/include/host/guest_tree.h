/* The device tree with which a guest boots. It is made from the board's tree and the guest's
 * resources. */
#ifndef HOST_GUEST_TREE_H
#define HOST_GUEST_TREE_H

#include <host/complaints.h>
#include <host/model.h>
#include <stdbool.h>

struct guest_tree {
	void *blob; /* a flattened tree, which the caller frees */
	size_t size;
};

/* False: an error, which was told to `complaints`. The same model gives the same bytes. */
bool guest_tree_make(const struct model *model, const struct model_partition *partition,
                     struct guest_tree *tree, struct complaints *complaints);

/* Where the values of /chosen's seeds are in a tree, as struct bundle_load needs them. 0: there is
 * no seed of the right size. */
struct guest_tree_seeds {
	uint32_t kaslr_seed, rng_seed;
};
struct guest_tree_seeds guest_tree_find_seeds(const void *blob, size_t size);

#endif
