/*
 * Which nodes of the board's tree go into a guest's: the devices it owns with all below them, the
 * buses above them, and the nodes that they refer to (clocks and others), unless a node would need
 * an owner itself.
 */
#ifndef GUEST_TREE_SELECTION_H
#define GUEST_TREE_SELECTION_H

#include <host/arena.h>
#include <host/complaints.h>
#include <host/dts.h>
#include <host/model.h>
#include <stdbool.h>

struct selected {
	const struct dts_node *node;
	bool whole; /* with everything below it */
};

struct selection {
	struct selected *list;
	size_t count;
	const struct dts_node *intc; /* the board's GIC, which the guest sees another view of */
};

/* False after an error, which is on `complaints`. */
bool selection_make(struct selection *selection, const struct model *model,
                    const struct model_partition *partition, struct arena *arena,
                    struct complaints *complaints);

bool selection_has(const struct selection *selection, const struct dts_node *node);

/* Complains of what is wrong where the partition asks for the device that `part` belongs to (NULL:
 * where it gives the tree's address, or else where it begins), or of the partition if it was made
 * without a source. */
void selection_complain(struct complaints *complaints, const struct model_partition *partition,
                        const struct dts_node *part, const char *text);

/* Properties that are never copied: our own, phandles (the writer's business), and properties that
 * name a translator of memory accesses or messages, which no guest sees. */
bool selection_drops(const char *property);

#endif
