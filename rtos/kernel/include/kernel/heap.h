/*
 * Heaps: nodes in the order of their keys, the smallest first. The nodes lie in the objects that
 * wait, so a heap allocates nothing. A heap is a complete binary tree, so its depth is the
 * logarithm of its size.
 */
#ifndef KERNEL_HEAP_H
#define KERNEL_HEAP_H

#include <kernel/types.h>

struct heap_node {
	struct heap_node *parent, *left, *right;
	uint64_t key;
};

struct heap {
	struct heap_node *first; /* NULL: it is empty */
	uint64_t count;
};

void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key);
void heap_remove(struct heap *heap, struct heap_node *node);
/* The node stays in the heap, with another key. */
void heap_change(struct heap *heap, struct heap_node *node, uint64_t key);

#endif
