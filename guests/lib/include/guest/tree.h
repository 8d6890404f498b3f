/* SPDX-License-Identifier: MIT-0 */
/*
 * Reads the device tree that a guest is started with: just enough to find a node and its
 * properties. The tree comes from Kumiki or a boot loader, and is trusted to be well formed.
 */
#ifndef GUEST_TREE_H
#define GUEST_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A node: where its properties begin. */
struct tree_node {
	const void *tree;
	const uint32_t *at; /* NULL: there is none */
};

/* The node number `index`, from 0, with this `compatible`. */
struct tree_node tree_compatible(const void *tree, const char *compatible, uint32_t index);
/* The node number `index` whose name begins so, for example "kept@". */
struct tree_node tree_named(const void *tree, const char *beginning, uint32_t index);

/* A property's value, and its size in bytes; NULL: there is none. */
const void *tree_property(struct tree_node node, const char *name, uint32_t *size);
/* Cell `index` of a property; 0 if it isn't there. */
uint32_t tree_cell(struct tree_node node, const char *name, uint32_t index);
/* The number in two cells, from `index` on. */
uint64_t tree_number(struct tree_node node, const char *name, uint32_t index);
/* String `index` of a property; NULL: there are fewer. */
const char *tree_string(struct tree_node node, const char *name, uint32_t index);

/* The interrupt number in entry `index` of `interrupts`, an entry of the GIC's with three cells; 0:
 * there is none. */
uint32_t tree_interrupt(struct tree_node node, uint32_t index);

#endif
