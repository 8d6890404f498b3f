/* See selection.h. */
#include "parts.h"
#include <host/gics.h>
#include <inttypes.h>
#include <string.h>

bool selection_drops(const char *property)
{
	static const char *const dropped[] = {"phandle",   "linux,phandle",  "iommus",
	                                      "iommu-map", "iommu-map-mask", "msi-parent",
	                                      "msi-map",   "msi-map-mask"};
	if (strncmp(property, "kumiki,", strlen("kumiki,")) == 0)
		return true;
	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		if (strcmp(property, dropped[i]) == 0)
			return true;
	return false;
}

bool selection_has(const struct selection *selection, const struct dts_node *node)
{
	for (const struct dts_node *up = node; up != NULL; up = up->parent)
		for (size_t i = 0; i < selection->count; i++)
			if (selection->list[i].node == up &&
			    (up == node || selection->list[i].whole))
				return true;
	return false;
}

/* Adds the node and the buses above it. The root is in every tree. */
static void selection_add(struct selection *selection, const struct dts_node *node, bool whole)
{
	for (; node != NULL && node->parent != NULL; node = node->parent, whole = false) {
		size_t i = 0;
		while (i < selection->count && selection->list[i].node != node)
			i++;
		if (i == selection->count)
			selection->list[selection->count++] = (struct selected){node, whole};
		selection->list[i].whole |= whole;
	}
}

static bool selection_inside(const struct dts_node *node, const struct dts_node *top)
{
	while (node != NULL && node != top)
		node = node->parent;
	return node != NULL;
}

/* Whether a guest's tree has this node in a form of its own, or not at all. */
static bool selection_is_made_anew(const struct dts_node *node)
{
	static const char *const names[] = {"cpus",  "memory", "chosen",  "aliases",   "psci",
	                                    "timer", "pmu",    "domains", "hypervisor"};
	while (node->parent != NULL && node->parent->parent != NULL)
		node = node->parent;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == dts_base_length(node) &&
		    strncmp(names[i], node->name, dts_base_length(node)) == 0)
			return true;
	return false;
}

struct selecting {
	struct selection *selection;
	const struct model_partition *partition;
	struct arena *arena;
	struct complaints *complaints;
	bool good;
};

/* The place where the partition asks for the device to which `part` belongs. If `part` is NULL: the
 * place where the partition gives the tree's address, or else where the partition begins. */
static struct dts_place selection_asked(const struct dts_node *partition,
                                        const struct dts_node *part)
{
	static const char *const names[] = {"access", "kumiki,unconfined-dma"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct dts_property *list = dts_property(partition, names[i]);
		const struct dts_item *item = list == NULL ? NULL : list->items;
		for (; item != NULL; item = item->next)
			if (item->target != NULL && selection_inside(part, item->target))
				return item->place;
	}
	const struct dts_property *address = dts_property(partition, "kumiki,dtb-address");
	if (part == NULL && address != NULL && address->items != NULL)
		return address->items->place;
	return partition->place;
}

void selection_complain(struct complaints *complaints, const struct model_partition *partition,
                        const struct dts_node *part, const char *text)
{
	struct dts_place place = {NULL, 0, 0};

	if (partition->node != NULL)
		place = selection_asked(partition->node, part);
	if (place.file != NULL)
		complain(complaints, place, "%s", text);
	else
		(void)complain_about(complaints, partition->name, "%s", text);
}

static void selection_follow(struct selecting *selecting, const struct dts_node *from,
                             const char *property, const struct dts_node *target)
{
	struct selection *selection = selecting->selection;
	if (target == NULL || selection_has(selection, target) ||
	    (selection->intc != NULL && selection_inside(target, selection->intc)))
		return;
	if (!selection_is_made_anew(target) && dts_property(target, "reg") == NULL) {
		selection_add(selection, target, false);
		return;
	}
	selecting->good = false;
	selection_complain(
	    selecting->complaints, selecting->partition, from,
	    arena_format(
	        selecting->arena,
	        "device '%s' needs '%s' (its property '%s'), which '%s' doesn't own; add that to "
	        "'access', or give the partition a device tree of its own with 'kumiki,dtb'",
	        dts_call(selecting->arena, from), dts_call(selecting->arena, target), property,
	        selecting->partition->name));
}

static void selection_follow_all(struct selecting *selecting, const struct dts_node *node)
{
	for (const struct dts_property *property = node->properties; property != NULL;
	     property = property->next) {
		if (selection_drops(property->name))
			continue;
		for (const struct dts_item *item = property->items; item != NULL; item = item->next)
			if (item->kind == DTS_HANDLE || item->kind == DTS_PATH)
				selection_follow(selecting, node, property->name, item->target);
	}
}

static const struct dts_node *selection_find_intc(const struct dts_node *root)
{
	for (const struct dts_node *node = root; node != NULL; node = dts_walk(node))
		if (gics_has(node))
			return node;
	return NULL;
}

static size_t selection_count_nodes(const struct dts_node *root)
{
	size_t count = 0;
	for (const struct dts_node *node = root; node != NULL; node = dts_walk(node))
		count++;
	return count;
}

bool selection_make(struct selection *selection, const struct model *model,
                    const struct model_partition *partition, struct arena *arena,
                    struct complaints *complaints)
{
	struct selecting selecting = {selection, partition, arena, complaints, true};
	*selection = (struct selection){
	    .list = arena_array(arena, selection_count_nodes(model->root), sizeof(struct selected)),
	    .intc = selection_find_intc(model->root),
	};
	for (size_t i = 0; i < partition->device_count; i++)
		if (partition->devices[i]->function == NULL)
			selection_add(selection, partition->devices[i]->node, true);
	/* During the walk the list grows by the nodes to which its nodes refer. */
	for (size_t i = 0; i < selection->count; i++) {
		const struct dts_node *top = selection->list[i].node;
		selection_follow_all(&selecting, top);
		if (!selection->list[i].whole)
			continue;
		for (const struct dts_node *node = dts_walk(top);
		     node != NULL && selection_inside(node, top); node = dts_walk(node))
			selection_follow_all(&selecting, node);
	}
	return selecting.good;
}
