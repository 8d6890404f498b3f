/* The flattened device tree: see kernel/tree.h. */
#include <kernel/tree.h>
#include <lib/string.h>

#define TREE_MAGIC   0xd00dfeed
#define TREE_VERSION 17 /* the version that is read; newer ones may be compatible with it */
#define CELL         4  /* bytes of a cell, and of any word of the tree */

/* Offsets in a property's token. */
#define PROPERTY_SIZE  4
#define PROPERTY_NAME  8
#define PROPERTY_VALUE 12

enum token {
	TOKEN_BEGIN = 1,
	TOKEN_END = 2,
	TOKEN_PROPERTY = 3,
	TOKEN_NOP = 4,
};

/* The header's words. */
enum header {
	MAGIC,
	TOTAL_SIZE,
	STRUCTURE,
	STRINGS,
	RESERVED,
	VERSION,
	COMPATIBLE,
	BOOT_CPU,
	STRINGS_SIZE,
	STRUCTURE_SIZE,
	HEADER_WORDS
};

/* Every word is aligned within the tree, and the tree is aligned, too. */
static uint32_t word_at(const char *at)
{
	return __builtin_bswap32(*(const uint32_t *)(const void *)at);
}

uint32_t tree_size(const void *at)
{
	const char *header = at;

	return word_at(header) == TREE_MAGIC ? word_at(header + CELL * TOTAL_SIZE) : 0;
}

/* Finds a part of the tree. False: it isn't inside of the tree. */
static bool find_part(const struct tree *tree, enum header offset, enum header size,
                      uint32_t *begin, uint32_t *end)
{
	uint32_t first = word_at(tree->at + CELL * offset), bytes = word_at(tree->at + CELL * size);

	*begin = first;
	*end = first + bytes;
	return first % CELL == 0 && first <= tree->size && bytes <= tree->size - first;
}

bool tree_open(struct tree *tree, const void *at, uint64_t bytes)
{
	if (bytes < CELL * HEADER_WORDS || !is_aligned((uint64_t)at, sizeof(uint32_t)))
		return false;
	tree->at = at;
	tree->size = tree_size(at);
	if (tree->size < CELL * HEADER_WORDS || tree->size > bytes ||
	    word_at(tree->at + CELL * COMPATIBLE) > TREE_VERSION ||
	    word_at(tree->at + CELL * VERSION) < TREE_VERSION)
		return false;
	return find_part(tree, STRUCTURE, STRUCTURE_SIZE, &tree->structure, &tree->structure_end) &&
	       find_part(tree, STRINGS, STRINGS_SIZE, &tree->strings, &tree->strings_end);
}

uint32_t tree_used(const struct tree *tree)
{
	uint32_t end =
	    tree->structure_end > tree->strings_end ? tree->structure_end : tree->strings_end;

	return word_at(tree->at + CELL * RESERVED) < end ? end : tree->size;
}

void tree_cut(void *at, uint32_t size)
{
	((uint32_t *)at)[TOTAL_SIZE] = __builtin_bswap32(size);
}

void tree_begin(struct tree_walk *walk, const struct tree *tree)
{
	walk->tree = tree;
	walk->at = tree->structure;
	walk->depth = 0;
	walk->address_cells[0] = 2;
	walk->size_cells[0] = 1;
}

/* The token at this offset; 0: it is beyond the end. */
static uint32_t token_at(const struct tree *tree, uint32_t at)
{
	if (at + CELL < at || at + CELL > tree->structure_end)
		return 0;
	return word_at(tree->at + at);
}

/* The length of a string that ends before `end`. False: it doesn't end there. */
static bool string_within(const struct tree *tree, uint32_t at, uint32_t end, uint32_t *length)
{
	for (uint32_t i = at; i < end; i++)
		if (tree->at[i] == '\0') {
			*length = i - at;
			return true;
		}
	return false;
}

static uint32_t aligned(uint32_t at)
{
	return (at + CELL - 1) & ~(CELL - 1u);
}

/* The offset behind the token at `at`; 0: the tree ends there, or is broken. */
static uint32_t behind(const struct tree *tree, uint32_t at)
{
	uint32_t length;

	switch (token_at(tree, at)) {
	case TOKEN_BEGIN:
		if (!string_within(tree, at + CELL, tree->structure_end, &length))
			return 0;
		return aligned(at + CELL + length + 1);
	case TOKEN_PROPERTY:
		if (tree->structure_end - at < PROPERTY_VALUE)
			return 0;
		length = word_at(tree->at + at + PROPERTY_SIZE);
		if (length > tree->structure_end - at - PROPERTY_VALUE)
			return 0;
		return aligned(at + PROPERTY_VALUE + length);
	case TOKEN_END:
	case TOKEN_NOP:
		return at + CELL;
	default:
		return 0;
	}
}

/* Whether these bytes, of which there is at least one, begin with the string and its NUL. */
static bool is_string(const char *at, size_t size, const char *string)
{
	size_t bytes;

	/* Most names differ in their first character. */
	if (at[0] != string[0])
		return false;
	bytes = string_length(string) + 1;
	return bytes <= size && memcmp(at, string, bytes) == 0;
}

static bool is_named(const struct tree *tree, uint32_t offset, const char *name)
{
	const uint32_t all = tree->strings_end - tree->strings;

	return offset < all && is_string(tree->at + tree->strings + offset, all - offset, name);
}

const void *tree_property(const struct tree_node *node, const char *name, uint32_t *size)
{
	const struct tree *tree = node->tree;
	uint32_t next;

	for (uint32_t at = node->properties; (next = behind(tree, at)) != 0; at = next) {
		uint32_t token = token_at(tree, at);

		if (token == TOKEN_BEGIN || token == TOKEN_END)
			return NULL;
		if (token != TOKEN_PROPERTY ||
		    !is_named(tree, word_at(tree->at + at + PROPERTY_NAME), name))
			continue;
		*size = word_at(tree->at + at + PROPERTY_SIZE);
		return tree->at + at + PROPERTY_VALUE;
	}
	return NULL;
}

/* Passes a property. It may say, in one cell, how many cells the numbers of the children have; more
 * than two count as two. The properties come before the children. */
static void pass_property(struct tree_walk *walk, uint32_t at)
{
	uint32_t name = word_at(walk->tree->at + at + PROPERTY_NAME), cells;

	if (walk->depth == 0 || word_at(walk->tree->at + at + PROPERTY_SIZE) != CELL)
		return;
	cells = word_at(walk->tree->at + at + PROPERTY_VALUE);
	cells = cells <= 2 ? cells : 2;
	if (is_named(walk->tree, name, "#address-cells"))
		walk->address_cells[walk->depth] = cells;
	else if (is_named(walk->tree, name, "#size-cells"))
		walk->size_cells[walk->depth] = cells;
}

static void enter(struct tree_walk *walk, struct tree_node *node, uint32_t at)
{
	uint32_t depth = walk->depth;

	node->tree = walk->tree;
	node->name = walk->tree->at + at + CELL;
	node->properties = walk->at;
	node->depth = depth;
	node->address_cells = walk->address_cells[depth];
	node->size_cells = walk->size_cells[depth];
	walk->depth++;
	walk->address_cells[depth + 1] = 2;
	walk->size_cells[depth + 1] = 1;
}

bool tree_next(struct tree_walk *walk, struct tree_node *node)
{
	uint32_t next;

	while ((next = behind(walk->tree, walk->at)) != 0) {
		uint32_t at = walk->at, token = token_at(walk->tree, at);

		walk->at = next;
		if (token == TOKEN_PROPERTY)
			pass_property(walk, at);
		if (token == TOKEN_END && walk->depth-- == 0)
			return false;
		if (token != TOKEN_BEGIN)
			continue;
		if (walk->depth == TREE_DEPTH)
			return false;
		enter(walk, node, at);
		return true;
	}
	return false;
}

uint32_t tree_cell(const struct tree_node *node, const char *name, uint32_t index)
{
	uint32_t size = 0;
	const char *value = tree_property(node, name, &size);

	return value != NULL && index < size / CELL ? word_at(value + CELL * (size_t)index) : 0;
}

static uint64_t number_at(const char *at, uint32_t cells)
{
	uint64_t number = 0;

	for (uint32_t i = 0; i < cells; i++)
		number = number << 32 | word_at(at + CELL * (size_t)i);
	return number;
}

bool tree_reg(const struct tree_node *node, uint32_t index, uint64_t *address, uint64_t *size)
{
	uint32_t bytes = 0, entry = CELL * (node->address_cells + node->size_cells);
	const char *value = tree_property(node, "reg", &bytes);

	if (value == NULL || entry == 0 || index >= bytes / entry)
		return false;
	value += (size_t)index * entry;
	*address = number_at(value, node->address_cells);
	*size = number_at(value + CELL * (size_t)node->address_cells, node->size_cells);
	return true;
}

bool tree_among(const void *strings, uint32_t size, const char *string)
{
	const char *value = strings;

	for (uint32_t at = 0; value != NULL && at < size; at++) {
		if (is_string(value + at, size - at, string))
			return true;
		while (at < size && value[at] != '\0')
			at++;
	}
	return false;
}

bool tree_has_string(const struct tree_node *node, const char *name, const char *string)
{
	uint32_t size = 0;
	const void *value = tree_property(node, name, &size);

	return tree_among(value, size, string);
}
