/* The heap beside a list that is looked through: random insertions and removals. */
#include <kernel/heap.h>
#include <stdlib.h>
#include <unit.h>

#define NODES 64

static struct heap_node nodes[NODES];
static bool in[NODES];

static uint64_t least(void)
{
	uint64_t key = ~0ULL;

	for (uint32_t i = 0; i < NODES; i++)
		if (in[i] && nodes[i].key < key)
			key = nodes[i].key;
	return key;
}

static void check(const struct heap_node *node, uint64_t *count)
{
	if (node == NULL)
		return;
	(*count)++;
	assert_true(node->left == NULL || node->left->parent == node);
	assert_true(node->right == NULL || node->right->parent == node);
	assert_true(node->parent == NULL || node->parent->key <= node->key);
	check(node->left, count);
	check(node->right, count);
}

TEST(test_random)
{
	struct heap heap = {0};
	uint64_t count, wanted = 0;

	srand(1);
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t which = (uint32_t)rand() % NODES;

		if (in[which])
			heap_remove(&heap, &nodes[which]);
		else
			heap_insert(&heap, &nodes[which], (uint64_t)rand() % 40);
		in[which] = !in[which];
		wanted += in[which] ? 1 : (uint64_t)-1;
		assert_int_equal(heap.count, wanted);
		count = 0;
		check(heap.first, &count);
		assert_int_equal(count, wanted);
		if (heap.first != NULL)
			assert_int_equal(heap.first->key, least());
	}
}
