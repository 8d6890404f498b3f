/*
 * A partition's shared memory, doorbells and managed partitions in its tree. The bindings are in
 * docs/guest-interface.md. Used by make.c.
 */
#ifndef GUEST_TREE_WINDOWS_H
#define GUEST_TREE_WINDOWS_H

#include "writer.h"
#include <host/model.h>

/* A node at the root for each window, and for each doorbell without one. */
void windows_make(struct writer *writer, const struct model *model,
                  const struct model_partition *partition);
/* In /hypervisor, how a manager's node has addresses; before its nodes. */
void windows_make_cells(struct writer *writer, const struct model_partition *partition);
/* A node inside of /hypervisor, if it manages partitions. */
void windows_make_manager(struct writer *writer, const struct model *model,
                          const struct model_partition *partition);
/* Another node, if it gives or gets a core. */
void windows_make_cores(struct writer *writer, const struct model_partition *partition);

#endif
