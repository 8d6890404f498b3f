/*
 * The flattened device tree, read where it lies (Devicetree Specification, chapter 5). The boot
 * loader made it: nothing outside of it is read, whatever it says.
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
	uint32_t depth; /* of the nodes around it */
	/* #address-cells and #size-cells for the children of each of these nodes. */
	uint32_t address_cells[TREE_DEPTH + 1], size_cells[TREE_DEPTH + 1];
};

struct tree_node {
	const struct tree *tree;
	const char *name;
	uint32_t properties;                /* offset of the first one's token */
	uint32_t address_cells, size_cells; /* of its "reg" */
	uint32_t depth;                     /* the root's is 0 */
};

/* The size that a tree here says it has; 0: there is no tree. Reads its header alone. */
uint32_t tree_size(const void *at);

/* False: there is no tree in these bytes. */
bool tree_open(struct tree *tree, const void *at, uint64_t bytes);

/* How many of the tree's bytes are in use: loaders leave room behind them, QEMU most of a MiB. */
uint32_t tree_used(const struct tree *tree);

/* Has the tree here say that it ends after so many bytes. */
void tree_cut(void *at, uint32_t size);

void tree_begin(struct tree_walk *walk, const struct tree *tree);

/* The next node, from the root on, each before its children; false: there are no more. */
bool tree_next(struct tree_walk *walk, struct tree_node *node);

/* A property's value and its bytes; NULL: the node hasn't got it. */
const void *tree_property(const struct tree_node *node, const char *name, uint32_t *size);

/* Cell `index` of a property; 0 if it isn't there. */
uint32_t tree_cell(const struct tree_node *node, const char *name, uint32_t index);

/* Address and size of entry `index` of "reg"; false: there is no such entry. */
bool tree_reg(const struct tree_node *node, uint32_t index, uint64_t *address, uint64_t *size);

/* Whether one of the strings of a property's value is this one; false for NULL. */
bool tree_among(const void *strings, uint32_t size, const char *string);

/* The same for a property that is named. */
bool tree_has_string(const struct tree_node *node, const char *name, const char *string);

#endif
