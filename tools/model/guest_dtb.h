/*
 * A user's own device tree, while it is being checked. Shared by guest_dtb.c and guest_dtb_bus.c.
 */
#ifndef MODEL_GUEST_DTB_H
#define MODEL_GUEST_DTB_H

#include "build.h"

struct guest_dtb {
	struct build *build;
	const struct draft *draft;
	const char *blob;
	int node; /* the present node */
};

/* The node's path, for a message. */
const char *guest_dtb_path(const struct guest_dtb *dtb);
/* A number of so many cells, from cell `at` on. */
uint64_t guest_dtb_number(const char *value, int at, int cells);
bool guest_dtb_compatible(const struct guest_dtb *dtb, int node, const char *compatible);
/* Checks one interrupt of the GIC, with its first cell at `at`: an SPI must be the partition's. */
void guest_dtb_interrupt(const struct guest_dtb *dtb, const char *value, int at);

/* guest_dtb_bus.c: a PCI host bridge. */
void guest_dtb_bus(const struct guest_dtb *dtb);

#endif
