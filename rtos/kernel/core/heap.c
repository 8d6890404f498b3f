/*
 * The heap of kernel/heap.h. Node number n (from 1) has the children 2n and 2n + 1; the bits of a
 * number below its highest one say the way to it: 0 left, 1 right.
 */
#include <kernel/heap.h>

/* Where the pointer to node `number` is kept; *parent: that node's parent. */
static struct heap_node **heap_place(struct heap *heap, uint64_t number, struct heap_node **parent)
{
	struct heap_node **place = &heap->first;

	*parent = NULL;
	for (int bit = 62 - __builtin_clzll(number); bit >= 0; bit--) {
		*parent = *place;
		place = (number >> bit & 1) != 0 ? &(*place)->right : &(*place)->left;
	}
	return place;
}

static void heap_adopt(struct heap_node *parent)
{
	if (parent->left != NULL)
		parent->left->parent = parent;
	if (parent->right != NULL)
		parent->right->parent = parent;
}

/* Makes the pointer to `old` lead to `new`. */
static void heap_point(struct heap *heap, const struct heap_node *old, struct heap_node *new)
{
	struct heap_node *parent = old->parent;

	if (parent == NULL)
		heap->first = new;
	else if (parent->left == old)
		parent->left = new;
	else
		parent->right = new;
}

/* A node and its parent change places. */
static void heap_rise(struct heap *heap, struct heap_node *node)
{
	struct heap_node *parent = node->parent;
	struct heap_node *left = node->left, *right = node->right;

	heap_point(heap, parent, node);
	node->parent = parent->parent;
	if (parent->left == node) {
		node->left = parent;
		node->right = parent->right;
	} else {
		node->left = parent->left;
		node->right = parent;
	}
	parent->left = left;
	parent->right = right;
	heap_adopt(parent);
	heap_adopt(node);
}

static void heap_settle_up(struct heap *heap, struct heap_node *node)
{
	while (node->parent != NULL && node->key < node->parent->key)
		heap_rise(heap, node);
}

static void heap_settle_down(struct heap *heap, struct heap_node *node)
{
	for (;;) {
		struct heap_node *child = node->left;

		if (node->right != NULL && node->right->key < child->key)
			child = node->right;
		if (child == NULL || child->key >= node->key)
			return;
		heap_rise(heap, child);
	}
}

void heap_insert(struct heap *heap, struct heap_node *node, uint64_t key)
{
	struct heap_node *parent;
	struct heap_node **place = heap_place(heap, ++heap->count, &parent);

	node->key = key;
	node->parent = parent;
	node->left = NULL;
	node->right = NULL;
	*place = node;
	heap_settle_up(heap, node);
}

/* The last node takes the place of the node that goes. */
void heap_remove(struct heap *heap, struct heap_node *node)
{
	struct heap_node *parent;
	struct heap_node **place = heap_place(heap, heap->count--, &parent);
	struct heap_node *last = *place;

	*place = NULL;
	if (last == node)
		return;
	heap_point(heap, node, last);
	last->parent = node->parent;
	last->left = node->left;
	last->right = node->right;
	heap_adopt(last);
	heap_settle_up(heap, last);
	heap_settle_down(heap, last);
}

void heap_change(struct heap *heap, struct heap_node *node, uint64_t key)
{
	node->key = key;
	heap_settle_up(heap, node);
	heap_settle_down(heap, node);
}
