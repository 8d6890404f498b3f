/*
 * Reads a finished tree (host/dts.h): finds nodes by name, path and phandle, and gives values as
 * bytes.
 */
#include <host/dts.h>
#include <string.h>

struct dts_property *dts_property(const struct dts_node *node, const char *name)
{
	for (struct dts_property *p = node->properties; p; p = p->next)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

static struct dts_node *lookup_child(const struct dts_node *node, const char *name, size_t length)
{
	for (struct dts_node *child = node->children; child; child = child->next)
		if (!strncmp(child->name, name, length) && !child->name[length])
			return child;
	return NULL;
}

struct dts_node *dts_child(const struct dts_node *node, const char *name)
{
	return lookup_child(node, name, strlen(name));
}

struct dts_node *dts_by_path(const struct dts_tree *tree, const char *path)
{
	struct dts_node *node = tree->root;

	while (node && *path) {
		size_t length;

		path += *path == '/';
		length = strcspn(path, "/");
		if (length)
			node = lookup_child(node, path, length);
		path += length;
	}
	return node;
}

struct dts_node *dts_console(const struct dts_tree *tree)
{
	const struct dts_node *chosen = dts_child(tree->root, "chosen");
	const struct dts_node *aliases = dts_child(tree->root, "aliases");
	const char *path = chosen ? dts_string(chosen, "stdout-path") : NULL;

	if (path)
		path = arena_copy(tree->arena, path, strcspn(path, ":"));
	if (path && *path != '/')
		path = aliases ? dts_string(aliases, path) : NULL;
	return path ? dts_by_path(tree, path) : NULL;
}

struct dts_node *dts_walk(const struct dts_node *node)
{
	if (node->children)
		return node->children;
	while (node && !node->next)
		node = node->parent;
	return node ? node->next : NULL;
}

struct dts_node *dts_by_phandle(const struct dts_tree *tree, uint32_t phandle)
{
	struct dts_node *node = phandle ? tree->root : NULL;

	while (node && node->phandle != phandle)
		node = dts_walk(node);
	return node;
}

/* Writes the path from its end, so that no ancestor is copied twice. */
char *dts_path(struct arena *arena, const struct dts_node *node)
{
	size_t length = 0;
	char *path;

	if (!node->parent)
		return arena_copy(arena, "/", 1);
	for (const struct dts_node *n = node; n->parent; n = n->parent)
		length += strlen(n->name) + 1;
	path = arena_alloc(arena, length + 1);
	for (const struct dts_node *n = node; n->parent; n = n->parent) {
		size_t part = strlen(n->name);

		length -= part + 1;
		path[length] = '/';
		memcpy(path + length + 1, n->name, part);
	}
	return path;
}

const char *dts_call(struct arena *arena, const struct dts_node *node)
{
	return node->label ? arena_format(arena, "&%s", node->label) : dts_path(arena, node);
}

size_t dts_base_length(const struct dts_node *node)
{
	return strcspn(node->name, "@");
}

const char *dts_string(const struct dts_node *node, const char *name)
{
	const struct dts_property *property = dts_property(node, name);

	if (!property || !property->size || property->bytes[property->size - 1] ||
	    memchr(property->bytes, 0, property->size - 1))
		return NULL;
	return (const char *)property->bytes;
}

bool dts_has_string(const struct dts_node *node, const char *name, const char *text)
{
	const struct dts_property *property = dts_property(node, name);
	size_t at = 0;

	if (!property || !property->size || property->bytes[property->size - 1])
		return false;
	while (at < property->size) {
		if (!strcmp((const char *)property->bytes + at, text))
			return true;
		at += strlen((const char *)property->bytes + at) + 1;
	}
	return false;
}

bool dts_compatible(const struct dts_node *node, const char *compatible)
{
	return dts_has_string(node, "compatible", compatible);
}

bool dts_is_coherent(const struct dts_node *node)
{
	for (; node; node = node->parent)
		if (dts_property(node, "dma-coherent"))
			return true;
	return false;
}

size_t dts_cell_count(const struct dts_property *property)
{
	return property ? property->size / 4 : 0;
}

uint32_t dts_cell(const struct dts_property *property, size_t index, uint32_t otherwise)
{
	const uint8_t *b;

	if (index >= dts_cell_count(property))
		return otherwise;
	b = property->bytes + index * 4;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

uint64_t dts_number(const struct dts_property *property, size_t index, uint32_t cells)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < cells; i++)
		value = value << 32 | dts_cell(property, index + i, 0);
	return value;
}

uint32_t dts_u32(const struct dts_node *node, const char *name, uint32_t otherwise)
{
	const struct dts_property *property = dts_property(node, name);

	return property && property->size == 4 ? dts_cell(property, 0, otherwise) : otherwise;
}

/* ---- addresses ---- */

#define LOOKUP_CELLS_MAX 4

static uint32_t lookup_address_cells(const struct dts_node *bus)
{
	return dts_u32(bus, "#address-cells", 2);
}

static uint32_t lookup_size_cells(const struct dts_node *bus)
{
	return dts_u32(bus, "#size-cells", 1);
}

size_t dts_reg_count(const struct dts_node *node)
{
	const struct dts_property *reg = dts_property(node, "reg");
	uint32_t address, size;

	if (!reg || !node->parent)
		return 0;
	address = lookup_address_cells(node->parent);
	size = lookup_size_cells(node->parent);
	if (address < 1 || address > LOOKUP_CELLS_MAX || size > 2 || !reg->size ||
	    reg->size % (4ul * (address + size)))
		return 0;
	return reg->size / (4ul * (address + size));
}

/* Translates an address of a bus to an address of the bus's parent. */
static bool lookup_translate(const struct dts_node *bus, struct dts_range *range)
{
	const struct dts_property *ranges = dts_property(bus, "ranges");
	uint32_t child = lookup_address_cells(bus), size = lookup_size_cells(bus);
	uint32_t parent = lookup_address_cells(bus->parent), entry = child + parent + size;

	if (!ranges)
		return false;
	if (!ranges->size)
		return true;
	if (child > 2 || parent > 2 || size > 2 || !entry)
		return false;
	for (size_t at = 0; at + entry <= dts_cell_count(ranges); at += entry) {
		uint64_t from = dts_number(ranges, at, child);
		uint64_t to = dts_number(ranges, at + child, parent);
		uint64_t length = dts_number(ranges, at + child + parent, size);

		if (range->base >= from && range->base - from <= length &&
		    range->size <= length - (range->base - from)) {
			range->base = to + (range->base - from);
			return true;
		}
	}
	return false;
}

bool dts_reg(const struct dts_node *node, size_t index, struct dts_range *range)
{
	const struct dts_property *reg = dts_property(node, "reg");
	uint32_t address, size;

	if (index >= dts_reg_count(node))
		return false;
	address = lookup_address_cells(node->parent);
	size = lookup_size_cells(node->parent);
	if (address > 2)
		return false;
	range->base = dts_number(reg, index * (address + size), address);
	range->size = dts_number(reg, index * (address + size) + address, size);
	for (const struct dts_node *bus = node->parent; bus->parent; bus = bus->parent)
		if (!lookup_translate(bus, range))
			return false;
	return true;
}
