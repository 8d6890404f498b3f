/*
 * What a partition's restarts keep, as its system reads it: nodes in /reserved-memory, so that it
 * lays nothing else there. Used by make.c.
 */
#ifndef GUEST_TREE_RESERVED_H
#define GUEST_TREE_RESERVED_H

#include "writer.h"
#include <host/model.h>

/* The node with all in it; nothing, if nothing is kept. */
void reserved_make(struct writer *writer, const struct model_partition *partition);
/* What stands in it, where the board's tree has such a node that the guest sees, too. */
void reserved_make_nodes(struct writer *writer, const struct model_partition *partition);

#endif
