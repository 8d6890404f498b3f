/*
 * The PCI host bridge that a guest's tree has if its partition has functions: the frame emulates
 * it. Functions aren't described below it, a system finds them by itself. Used by make.c.
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

/* A node at the root; nothing without functions. */
void bus_make(struct writer *writer, const struct model *model,
              const struct model_partition *partition, struct bus_parent parent);
/* In /chosen: BARs stay where they are. */
void bus_make_chosen(struct writer *writer, const struct model_partition *partition);

#endif
