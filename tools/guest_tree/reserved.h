/*
 * Kept memory in a partition's tree: nodes in /reserved-memory, so that the system puts nothing
 * else there. Used by make.c.
 */
#ifndef GUEST_TREE_RESERVED_H
#define GUEST_TREE_RESERVED_H

#include "writer.h"
#include <host/model.h>

/* The node with all in it; nothing, if nothing is kept. */
void reserved_make(struct writer *writer, const struct model_partition *partition);
/* Only its contents, for a board's own /reserved-memory that the guest sees, too. */
void reserved_make_nodes(struct writer *writer, const struct model_partition *partition);

#endif
