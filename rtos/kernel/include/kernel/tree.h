/*
 * Reads the flattened device tree where it lies (Devicetree Specification, chapter 5). The boot
 * loader made the tree: whatever it says, nothing outside of it is read.
 */
#ifndef KERNEL_TREE_H
#define KERNEL_TREE_H

#include <kernel/types.h>

struct tree {
	const char *at;
	uint32_t size;
	uint32_t structure, structure_end; /* offsets */
	uint32_t strings, strings_end;
};

#define TREE_DEPTH 8

struct tree_walk {
	const struct tree *tree;
	uint32_t at;    /* offset of the next token */
	uint32_t depth; /* how many nodes are around the token */
	/* #address-cells and #size-cells for the children of each of these nodes. */
	uint32_t address_cells[TREE_DEPTH + 1], size_cells[TREE_DEPTH + 1];
};

struct tree_node {
	const struct tree *tree;
	const char *name;
	uint32_t properties;                /* offset of the first property's token */
	uint32_t address_cells, size_cells; /* of its "reg" */
	uint32_t depth;                     /* the root's is 0 */
};

/* The size of the tree by its own header; 0: there is no tree here. Reads only the header. */
uint32_t tree_size(const void *at);

/* Opens the tree in these bytes. False: there is none. */
bool tree_open(struct tree *tree, const void *at, uint64_t bytes);

/* How many of the tree's bytes are in use. Loaders leave room behind them, QEMU most of a MiB. */
uint32_t tree_used(const struct tree *tree);

/* Makes the tree end after `size` bytes. */
void tree_cut(void *at, uint32_t size);

void tree_begin(struct tree_walk *walk, const struct tree *tree);

/* The next node, from the root on, each before its children; false: there are no more. */
bool tree_next(struct tree_walk *walk, struct tree_node *node);

/* A property's value and its size in bytes; NULL: the node doesn't have the property. */
const void *tree_property(const struct tree_node *node, const char *name, uint32_t *size);

/* Cell `index` of a property; 0 if it isn't there. */
uint32_t tree_cell(const struct tree_node *node, const char *name, uint32_t index);

/* Address and size of entry `index` of "reg"; false: there is no such entry. */
bool tree_reg(const struct tree_node *node, uint32_t index, uint64_t *address, uint64_t *size);

/* Whether one of the strings of a property's value is this one. False if the value is NULL. */
bool tree_among(const void *strings, uint32_t size, const char *string);

/* Whether one of the strings of the named property is this one. */
bool tree_has_string(const struct tree_node *node, const char *name, const char *string);

#endif
