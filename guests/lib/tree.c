/* SPDX-License-Identifier: MIT-0 */
/* Reads the flattened device tree where it lies: see guest/tree.h. The layout is in chapter 5 of
 * the Devicetree Specification. */
#include <guest/tree.h>
#include <string.h>

#define TREE_BEGIN_NODE 1u
#define TREE_END_NODE   2u
#define TREE_PROPERTY   3u
#define TREE_NOP        4u

/* Numbers of words in the header. */
#define TREE_STRUCTURE 2
#define TREE_STRINGS   3

static uint32_t tree_word(const uint32_t *word)
{
	return __builtin_bswap32(*word);
}

static const char *tree_strings(const void *tree)
{
	return (const char *)tree + tree_word((const uint32_t *)tree + TREE_STRINGS);
}

/* The next word behind so many bytes. */
static const uint32_t *tree_behind(const uint32_t *at, size_t bytes)
{
	return at + (bytes + 3) / 4;
}

/* The next token after the token at `at`; NULL at the tree's end. */
static const uint32_t *tree_next(const uint32_t *at)
{
	switch (tree_word(at)) {
	case TREE_BEGIN_NODE:
		return tree_behind(at + 1, strlen((const char *)(at + 1)) + 1);
	case TREE_PROPERTY:
		return tree_behind(at + 3, tree_word(at + 1));
	case TREE_END_NODE:
	case TREE_NOP:
		return at + 1;
	default:
		return NULL;
	}
}

/* The next beginning of a node from `at` on; NULL: there is none. */
static const uint32_t *tree_node_from(const uint32_t *at)
{
	while (at != NULL && tree_word(at) != TREE_BEGIN_NODE)
		at = tree_next(at);
	return at;
}

static const uint32_t *tree_first(const void *tree)
{
	return tree_node_from((const uint32_t *)tree +
	                      tree_word((const uint32_t *)tree + TREE_STRUCTURE) / 4);
}

const void *tree_property(struct tree_node node, const char *name, uint32_t *size)
{
	for (const uint32_t *at = node.at; at != NULL; at = tree_next(at)) {
		const uint32_t token = tree_word(at);

		if (token == TREE_BEGIN_NODE || token == TREE_END_NODE)
			return NULL;
		if (token != TREE_PROPERTY ||
		    strcmp(tree_strings(node.tree) + tree_word(at + 2), name) != 0)
			continue;
		if (size != NULL)
			*size = tree_word(at + 1);
		return at + 3;
	}
	return NULL;
}

const char *tree_string(struct tree_node node, const char *name, uint32_t index)
{
	uint32_t size = 0;
	const char *text = tree_property(node, name, &size);

	if (text == NULL)
		return NULL;
	for (uint32_t at = 0; at < size; at += (uint32_t)strlen(text + at) + 1)
		if (index-- == 0)
			return text + at;
	return NULL;
}

static bool tree_is_compatible(struct tree_node node, const char *compatible)
{
	const char *each;

	for (uint32_t i = 0; (each = tree_string(node, "compatible", i)) != NULL; i++)
		if (strcmp(each, compatible) == 0)
			return true;
	return false;
}

struct tree_node tree_compatible(const void *tree, const char *compatible, uint32_t index)
{
	for (const uint32_t *at = tree_first(tree); at != NULL;
	     at = tree_node_from(tree_next(at))) {
		const struct tree_node node = {tree, tree_next(at)};

		if (tree_is_compatible(node, compatible) && index-- == 0)
			return node;
	}
	return (struct tree_node){tree, NULL};
}

struct tree_node tree_named(const void *tree, const char *beginning, uint32_t index)
{
	for (const uint32_t *at = tree_first(tree); at != NULL; at = tree_node_from(tree_next(at)))
		if (strncmp((const char *)(at + 1), beginning, strlen(beginning)) == 0 &&
		    index-- == 0)
			return (struct tree_node){tree, tree_next(at)};
	return (struct tree_node){tree, NULL};
}

uint32_t tree_cell(struct tree_node node, const char *name, uint32_t index)
{
	uint32_t size = 0;
	const uint32_t *cells = tree_property(node, name, &size);

	return cells != NULL && index < size / 4 ? tree_word(cells + index) : 0;
}

uint64_t tree_number(struct tree_node node, const char *name, uint32_t index)
{
	return (uint64_t)tree_cell(node, name, index) << 32 | tree_cell(node, name, index + 1);
}

uint32_t tree_interrupt(struct tree_node node, uint32_t index)
{
	uint32_t size = 0;

	if (tree_property(node, "interrupts", &size) == NULL || size / 12 <= index)
		return 0;
	return tree_cell(node, "interrupts", 3 * index + 1) +
	       (tree_cell(node, "interrupts", 3 * index) == 0 ? 32 : 16);
}
