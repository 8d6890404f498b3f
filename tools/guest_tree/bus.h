/*
 * The PCI host bridge that the frame emulates. A guest's tree has it if the partition has
 * functions. The functions aren't described, as a system finds them itself. make.c uses this.
 */
#ifndef GUEST_TREE_BUS_H
#define GUEST_TREE_BUS_H

#include "writer.h"
#include <host/model.h>

/* The interrupt controller, as interrupt-map refers to it. */
struct bus_parent {
	uint32_t phandle;
	uint32_t address_cells;
};

/* Writes a node at the root. If the partition has no functions, writes nothing. */
void bus_make(struct writer *writer, const struct model *model,
              const struct model_partition *partition, struct bus_parent parent);
/* Writes into /chosen that BARs stay where they are. */
void bus_make_chosen(struct writer *writer, const struct model_partition *partition);

#endif
