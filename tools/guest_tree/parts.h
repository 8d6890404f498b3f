/*
 * The parts of a guest's generated device tree, as make.c puts them together.
 */
#ifndef GUEST_PARTS_H
#define GUEST_PARTS_H

#include "writer.h"
#include <host/arena.h>
#include <host/complaints.h>
#include <host/dts.h>
#include <host/model.h>
#include <stdbool.h>

/* ---- selection ---- */

/* Which nodes of the board's tree go into a guest's tree: the devices that the guest owns with
 * everything below them, the buses above them, and the nodes to which they refer (clocks and
 * others), except nodes that would need an owner themselves. */

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

/* ---- bus ---- */

/* The PCI host bridge that the frame emulates. A guest's tree has it if the partition has
 * functions. The functions aren't described, as a system finds them itself. make.c uses this. */

/* The interrupt controller, as interrupt-map refers to it. */
struct bus_parent {
	uint32_t phandle;
	uint32_t address_cells;
	uint32_t messages; /* the GICv2m's phandle, if functions send messages */
};

/* Writes a node at the root. If the partition has no functions, writes nothing. */
void bus_make(struct writer *writer, const struct model *model,
              const struct model_partition *partition, struct bus_parent parent);
/* Writes into /chosen that BARs stay where they are. */
void bus_make_chosen(struct writer *writer, const struct model_partition *partition);

/* ---- windows ---- */

/* A partition's shared memory, doorbells and managed partitions in its tree.
 * docs/reference/guest-interface.md has the bindings. make.c uses this. */

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

/* ---- reserved ---- */

/* Kept memory in a partition's tree: nodes in /reserved-memory, so that the system puts nothing
 * else there. make.c uses this. */

/* Writes /reserved-memory with its contents. If nothing is kept, writes nothing. */
void reserved_make(struct writer *writer, const struct model_partition *partition);
/* Writes only the contents, for a board's own /reserved-memory that the guest sees, too. */
void reserved_make_nodes(struct writer *writer, const struct model_partition *partition);

#endif
