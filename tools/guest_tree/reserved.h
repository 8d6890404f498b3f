/*
 * Kept memory in a partition's tree: nodes in /reserved-memory, so that the system puts nothing
 * else there. make.c uses this.
 */
#ifndef GUEST_TREE_RESERVED_H
#define GUEST_TREE_RESERVED_H

#include "writer.h"
#include <host/model.h>

/* Writes /reserved-memory with its contents. If nothing is kept, writes nothing. */
void reserved_make(struct writer *writer, const struct model_partition *partition);
/* Writes only the contents, for a board's own /reserved-memory that the guest sees, too. */
void reserved_make_nodes(struct writer *writer, const struct model_partition *partition);

#endif
