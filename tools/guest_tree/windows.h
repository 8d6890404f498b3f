/*
 * A partition's shared memory, doorbells and managed partitions in its tree.
 * docs/guest-interface.md has the bindings. make.c uses this.
 */
#ifndef GUEST_TREE_WINDOWS_H
#define GUEST_TREE_WINDOWS_H

#include "writer.h"
#include <host/model.h>

/* Writes a node at the root for each window, and for each doorbell without a window. */
void windows_make(struct writer *writer, const struct model *model,
                  const struct model_partition *partition);
/* Writes into /hypervisor how a manager's node has addresses. Call it before the nodes are written.
 */
void windows_make_cells(struct writer *writer, const struct model_partition *partition);
/* Writes a node inside /hypervisor, if the partition manages others. */
void windows_make_manager(struct writer *writer, const struct model *model,
                          const struct model_partition *partition);
/* Writes a node, if the partition gives or gets a core. */
void windows_make_cores(struct writer *writer, const struct model_partition *partition);

#endif
