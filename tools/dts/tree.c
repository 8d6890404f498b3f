/*
 * Builds the tree (tree.h): adds and removes nodes, properties and labels as the source says.
 * lookup.c reads a finished tree, and resolve.c resolves references.
 */
#include "parser.h"
#include <lib/nearest.h>
#include <string.h>

struct dts_tree *tree_make(struct arena *arena)
{
	struct dts_tree *tree = arena_alloc(arena, sizeof(*tree));

	tree->arena = arena;
	tree->root = arena_alloc(arena, sizeof(*tree->root));
	tree->root->name = "";
	tree->node_count = 1;
	return tree;
}

struct dts_node *tree_open(struct dts_tree *tree, struct dts_node *parent, const char *name,
                           struct dts_place place)
{
	struct dts_node **link = &parent->children, *node;

	for (; *link; link = &(*link)->next)
		if (!strcmp((*link)->name, name))
			return *link;
	if (parent->child_count >= DTS_CHILDREN_MAX || tree->node_count >= DTS_NODES_MAX)
		return NULL;
	node = arena_alloc(tree->arena, sizeof(*node));
	node->name = name;
	node->parent = parent;
	node->place = place;
	*link = node;
	parent->child_count++;
	tree->node_count++;
	return node;
}

struct dts_property *tree_set(struct dts_tree *tree, struct dts_node *node, const char *name,
                              struct dts_place place)
{
	struct dts_property **link = &node->properties, *property, *next = NULL;

	while (*link && strcmp((*link)->name, name) != 0)
		link = &(*link)->next;
	property = *link;
	if (property) {
		next = property->next;
	} else {
		if (node->property_count >= DTS_CHILDREN_MAX)
			return NULL;
		property = arena_alloc(tree->arena, sizeof(*property));
		node->property_count++;
	}
	*property = (struct dts_property){.next = next, .name = name, .place = place};
	*link = property;
	return property;
}

static unsigned tree_bucket(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return hash % DTS_LABEL_BUCKETS;
}

struct dts_node *dts_by_label(const struct dts_tree *tree, const char *label)
{
	const struct dts_label *entry = tree->labels[tree_bucket(label)];

	while (entry && (entry->node->deleted || strcmp(entry->name, label) != 0))
		entry = entry->next;
	return entry ? entry->node : NULL;
}

/* The number at the end of a label. */
static const char *tree_label_number(const char *label)
{
	const char *end = label + strlen(label);

	while (end > label && end[-1] >= '0' && end[-1] <= '9')
		end--;
	return end;
}

/* If several labels are equally near, the one with the same number is meant: &cpuz means &cpus
 * rather than &cpu0. */
const char *dts_nearest_label(const struct dts_tree *tree, const char *word)
{
	struct nearest nearest = {.word = word};
	const char *number = tree_label_number(word);

	for (int others = 0; others < 2; others++)
		for (const struct dts_label *l = tree->all_labels; l; l = l->next_of_all)
			if (!l->node->deleted &&
			    !!strcmp(tree_label_number(l->name), number) == others)
				nearest_offer(&nearest, l->name);
	return nearest_answer(&nearest);
}

bool tree_label(struct dts_tree *tree, struct dts_node *node, const char *name,
                struct dts_place place)
{
	struct dts_node *owner = dts_by_label(tree, name);
	struct dts_label *entry, **bucket = &tree->labels[tree_bucket(name)];

	if (owner)
		return owner == node;
	entry = arena_alloc(tree->arena, sizeof(*entry));
	*entry = (struct dts_label){*bucket, tree->all_labels, name, node, place};
	*bucket = entry;
	tree->all_labels = entry;
	if (!node->label)
		node->label = name;
	return true;
}

bool tree_delete_property(struct dts_node *node, const char *name)
{
	struct dts_property **link = &node->properties;

	while (*link && strcmp((*link)->name, name) != 0)
		link = &(*link)->next;
	if (!*link)
		return false;
	*link = (*link)->next;
	node->property_count--;
	return true;
}

static void tree_mark_deleted(struct dts_node *node)
{
	node->deleted = true;
	for (struct dts_node *child = node->children; child; child = child->next)
		tree_mark_deleted(child);
}

void tree_delete_node(struct dts_node *node)
{
	struct dts_node **link = &node->parent->children;

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	node->parent->child_count--;
	tree_mark_deleted(node);
}
