/*
 * Which nodes of the board's tree go into a guest's tree: the devices that the guest owns with
 * everything below them, the buses above them, and the nodes to which they refer (clocks and
 * others), except nodes that would need an owner themselves.
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
	const struct dts_node *intc; /* the board's GIC, of which the guest sees another view */
};

/* False: an error, which was told to `complaints`. */
bool selection_make(struct selection *selection, const struct model *model,
                    const struct model_partition *partition, struct arena *arena,
                    struct complaints *complaints);

bool selection_has(const struct selection *selection, const struct dts_node *node);

/* Complains at the place where the partition asks for the device to which `part` belongs. If `part`
 * is NULL: where it gives the tree's address, or else where it begins. A partition that was made
 * without a source has no place: then complains of the partition. */
void selection_complain(struct complaints *complaints, const struct model_partition *partition,
                        const struct dts_node *part, const char *text);

/* Whether a property is never copied: our own properties, phandles (the writer makes them), and
 * properties that name a translator of memory accesses or messages, which no guest sees. */
bool selection_drops(const char *property);

#endif
