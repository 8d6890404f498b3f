/*
 * The device trees that the guests will boot with. Each is made once while the description is
 * checked, and thrown away. If a tree can't be made, as a device needs another one that the
 * partition doesn't own, the description is wrong. So its author learns it from the check, and not
 * only from the packer.
 */
#include "build.h"
#include <host/guest_tree.h>
#include <stdlib.h>

static bool trees_generated(const struct model_partition *partition)
{
	return partition->dtb.ipa && !partition->dtb.path;
}

void trees_check(const struct model *model, struct complaints *complaints)
{
	for (size_t i = 0; i < model->partition_count; i++) {
		struct guest_tree tree = {NULL, 0};

		if (!trees_generated(&model->partitions[i]))
			continue;
		(void)guest_tree_make(model, &model->partitions[i], &tree, complaints);
		free(tree.blob);
	}
}
