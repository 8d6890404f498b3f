/* The device tree that a guest boots with, made from the board's tree and the guest's resources. */
#ifndef HOST_GUEST_TREE_H
#define HOST_GUEST_TREE_H

#include <host/complaints.h>
#include <host/model.h>
#include <stdbool.h>

struct guest_tree {
	void *blob; /* a flattened tree; the caller frees it */
	size_t size;
};

/* False after an error, which is on `complaints`. The same model gives the same bytes. */
bool guest_tree_make(const struct model *model, const struct model_partition *partition,
                     struct guest_tree *tree, struct complaints *complaints);

/* Where the values of /chosen's seeds stand in a tree, as struct bundle_load wants them; 0: there
 * is none of the right size. */
struct guest_tree_seeds {
	uint32_t kaslr_seed, rng_seed;
};
struct guest_tree_seeds guest_tree_find_seeds(const void *blob, size_t size);

#endif
