/*
 * Finds what references mean, when the whole source is read. Every &label and &{/path} gets its
 * node, every node with a reference to it a phandle, and every property its bytes.
 */
#include "parser.h"
#include <stdlib.h>
#include <string.h>

struct resolver {
	struct dts_tree *tree;
	struct complaints *complaints;
	uint32_t next_phandle;
};

/* The first file with labels that the description includes. NULL: there is none. */
static const char *resolve_labels_file(const struct resolver *resolver)
{
	for (const struct dts_node *n = resolver->tree->root; n; n = dts_walk(n))
		if (n->label && n->place.file && n->place.file != resolver->tree->file)
			return n->place.file->name;
	return NULL;
}

static bool resolve_is_name(const struct dts_tree *tree, const char *name)
{
	for (const struct dts_node *n = tree->root; n; n = dts_walk(n))
		if (!strcmp(n->name, name))
			return true;
	return false;
}

static void resolve_complain(struct resolver *resolver, const struct dts_item *item)
{
	const char *answer, *file = resolve_labels_file(resolver);

	if (item->text[0] == '/') {
		complain(resolver->complaints, item->place,
		         "no node has the path '%s'; give the label of a device: &label",
		         item->text);
		return;
	}
	answer = dts_nearest_label(resolver->tree, item->text);
	if (answer)
		complain(resolver->complaints, item->place,
		         "no node has the label '%s'; did you mean '&%s'?", item->text, answer);
	else if (resolve_is_name(resolver->tree, item->text))
		complain(resolver->complaints, item->place,
		         "no node has the label '%s'; the name of a node stands in quotes: \"%s\"",
		         item->text, item->text);
	else if (file)
		complain(resolver->complaints, item->place,
		         "no node has the label '%s'; the labels of the board's devices are in %s",
		         item->text, file);
	else
		complain(resolver->complaints, item->place,
		         "no node has the label '%s'; include the board file, which has the labels "
		         "of its devices",
		         item->text);
}

static void resolve_item(struct resolver *resolver, struct dts_item *item)
{
	if (item->kind != DTS_HANDLE && item->kind != DTS_PATH)
		return;
	item->target = item->text[0] == '/' ? dts_by_path(resolver->tree, item->text)
	                                    : dts_by_label(resolver->tree, item->text);
	if (!item->target)
		resolve_complain(resolver, item);
	else if (item->kind == DTS_HANDLE && !item->target->phandle)
		item->target->phandle = UINT32_MAX; /* resolve_phandles() gives it a number */
}

static void resolve_node(struct resolver *resolver, struct dts_node *node)
{
	for (struct dts_property *p = node->properties; p; p = p->next)
		for (struct dts_item *item = p->items; item; item = item->next)
			resolve_item(resolver, item);
}

/* If the source gives a phandle, it stays. */
static void resolve_given_phandle(struct resolver *resolver, struct dts_node *node)
{
	const struct dts_property *property = dts_property(node, "phandle");

	if (!property)
		return;
	if (property->item_count != 1 || property->items->kind != DTS_NUMBER ||
	    property->items->bits != 32 || property->items->value == 0 ||
	    property->items->value == UINT32_MAX) {
		complain(resolver->complaints, property->place,
		         "'phandle' is one cell that is neither 0 nor 0xffffffff; leave it out: "
		         "references by label need none");
		return;
	}
	node->phandle = (uint32_t)property->items->value;
	if (node->phandle >= resolver->next_phandle && node->phandle < UINT32_MAX - DTS_NODES_MAX)
		resolver->next_phandle = node->phandle + 1;
}

/* A node whose phandle the source gives, and the place of that. */
struct resolve_given {
	const struct dts_node *node;
	struct dts_place place;
};

static int resolve_order(const void *left, const void *right)
{
	const struct resolve_given *a = left, *b = right;

	if (a->node->phandle != b->node->phandle)
		return a->node->phandle < b->node->phandle ? -1 : 1;
	if (a->place.file != b->place.file) /* included files come first */
		return a->place.file->order > b->place.file->order ? -1 : 1;
	if (a->place.line != b->place.line)
		return a->place.line < b->place.line ? -1 : 1;
	return a->place.column < b->place.column ? -1 : a->place.column > b->place.column;
}

/* Complains of two nodes with the same phandle, as a reference could mean either of them. */
static void resolve_twice(struct resolver *resolver)
{
	struct arena *arena = resolver->tree->arena;
	struct resolve_given *given =
	    arena_array(arena, resolver->tree->node_count, sizeof(*given));
	size_t count = 0;

	for (const struct dts_node *n = resolver->tree->root; n; n = dts_walk(n))
		if (n->phandle)
			given[count++] =
			    (struct resolve_given){n, dts_property(n, "phandle")->place};
	qsort(given, count, sizeof(*given), resolve_order);
	for (size_t i = 1; i < count; i++)
		if (given[i].node->phandle == given[i - 1].node->phandle)
			complain(resolver->complaints, given[i].place,
			         "'%s' has the phandle of '%s', which stands in %s; leave "
			         "it out: references by label need none",
			         dts_path(arena, given[i].node), dts_path(arena, given[i - 1].node),
			         complaints_where(resolver->complaints, given[i].place,
			                          given[i - 1].place));
}

static void resolve_phandles(struct resolver *resolver)
{
	for (struct dts_node *n = resolver->tree->root; n; n = dts_walk(n))
		if (n->phandle == UINT32_MAX)
			n->phandle = resolver->next_phandle++;
}

static size_t resolve_item_size(struct resolver *resolver, struct dts_item *item)
{
	switch (item->kind) {
	case DTS_STRING:
		return item->length + 1;
	case DTS_PATH:
		return item->target ? strlen(dts_path(resolver->tree->arena, item->target)) + 1 : 1;
	default:
		return item->bits / 8u;
	}
}

static void resolve_item_bytes(struct resolver *resolver, struct dts_item *item, uint8_t *out)
{
	if (item->kind == DTS_STRING) {
		memcpy(out, item->text, item->length);
		return;
	}
	if (item->kind == DTS_PATH) {
		const char *path =
		    item->target ? dts_path(resolver->tree->arena, item->target) : "";

		memcpy(out, path, strlen(path) + 1);
		return;
	}
	if (item->kind == DTS_HANDLE)
		item->value = item->target ? item->target->phandle : 0;
	for (unsigned i = 0; i < item->bits / 8u; i++)
		out[i] = (uint8_t)(item->value >> (item->bits - 8u * (i + 1)));
}

static void resolve_bytes(struct resolver *resolver, struct dts_property *property)
{
	uint8_t *bytes;

	for (struct dts_item *item = property->items; item; item = item->next) {
		item->offset = property->size;
		property->size += resolve_item_size(resolver, item);
	}
	bytes = arena_alloc(resolver->tree->arena, property->size);
	for (struct dts_item *item = property->items; item; item = item->next)
		resolve_item_bytes(resolver, item, bytes + item->offset);
	property->bytes = bytes;
}

void tree_resolve(struct dts_tree *tree, struct complaints *complaints)
{
	struct resolver resolver = {tree, complaints, 1};

	for (struct dts_node *n = tree->root; n; n = dts_walk(n))
		resolve_given_phandle(&resolver, n);
	resolve_twice(&resolver);
	for (struct dts_node *n = tree->root; n; n = dts_walk(n))
		resolve_node(&resolver, n);
	resolve_phandles(&resolver);
	for (struct dts_node *n = tree->root; n; n = dts_walk(n))
		for (struct dts_property *p = n->properties; p; p = p->next)
			resolve_bytes(&resolver, p);
}
