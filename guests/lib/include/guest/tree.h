/* SPDX-License-Identifier: MIT-0 */
/*
 * Looking into the device tree that a guest is started with: just enough to find a node and read
 * its properties. The tree is Kumiki's own (or the loader's): it is trusted to be well formed.
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

/* The node number `index`, from 0, of this `compatible`. */
struct tree_node tree_compatible(const void *tree, const char *compatible, uint32_t index);
/* The node number `index` with this beginning of its name: "kept@". */
struct tree_node tree_named(const void *tree, const char *beginning, uint32_t index);

/* A property's value and its bytes; NULL: there is none. */
const void *tree_property(struct tree_node node, const char *name, uint32_t *size);
/* Cell `index` of a property; 0 if it isn't there. */
uint32_t tree_cell(struct tree_node node, const char *name, uint32_t index);
/* Two cells from `index` on. */
uint64_t tree_number(struct tree_node node, const char *name, uint32_t index);
/* String `index` of a property; NULL: there are fewer. */
const char *tree_string(struct tree_node node, const char *name, uint32_t index);

/* The interrupt number of entry `index` of `interrupts`: three cells, of the GIC; 0: there is none.
 */
uint32_t tree_interrupt(struct tree_node node, uint32_t index);

#endif
