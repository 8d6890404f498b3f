/*
 * Devices that a manifest knows by their names in the system's description: nodes of 'partition'.
 * Where they are, place.c says when an image is packed into a system.
 */
#include "build.h"
#include "properties.h"
#include <string.h>

static const char *const called_words[] = {[RTOS_CALLED_DEVICE] = "kumiki,device",
                                           [RTOS_CALLED_CHANNEL] = "kumiki,channel",
                                           [RTOS_CALLED_WINDOW] = "kumiki,window",
                                           [RTOS_CALLED_WATCHED] = "kumiki,watched"};

bool rtos_called_is(const struct rtos_build *build, const struct dts_node *node)
{
	const struct dts_node *list = dts_child(build->tree->root, RTOS_PARTITION);

	return list && node->parent == list;
}

/* The one property that says what the node is. NULL: there is none, or another one, too. */
static const struct dts_property *called_property(const struct dts_node *node, uint32_t *kind)
{
	const struct dts_property *found = NULL;

	for (uint32_t i = RTOS_CALLED_DEVICE; i <= RTOS_CALLED_LAST; i++) {
		const struct dts_property *property = dts_property(node, called_words[i]);

		if (property && found)
			return NULL;
		if (property)
			*kind = i;
		found = property ? property : found;
	}
	return found;
}

/* Of such a property words.c has complained. */
static bool called_unknown(const struct dts_node *node)
{
	for (const struct dts_property *p = node->properties; p; p = p->next)
		if (!word_find(rtos_words_called, p->name))
			return true;
	return false;
}

bool rtos_called_read(struct rtos_build *build, struct rtos_manifest_device *device,
                      const struct dts_item *item)
{
	const struct dts_property *property = called_property(item->target, &device->kind);
	const char *name;

	if (!property && called_unknown(item->target))
		return false;
	if (!property) {
		complain(&build->complaints, item->target->place,
		         "'&%s' needs one property that says what it is: kumiki,channel, "
		         "kumiki,device, kumiki,watched or kumiki,window, like kumiki,channel = "
		         "\"lan\";",
		         item->text);
		return false;
	}
	if (!rtos_words_good(item->target, property->name))
		return false;
	name = property->items->text;
	if (rtos_words_name(name, RTOS_CALLED_NAME)) {
		memcpy(device->called, name, strlen(name));
		return true;
	}
	complain(&build->complaints, property->items->place,
	         "'%s' can't be a name in a system's description; use 1 to %d letters, digits, '-' "
	         "and '_'",
	         name, RTOS_CALLED_NAME - 1);
	return false;
}
