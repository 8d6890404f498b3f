/*
 * A partition's PCI functions for the bundle: its panel and the board's functions, by their places
 * on the bus. See builder.h. tables.c makes regions of their BARs.
 */
#include "builder.h"
#include <stdlib.h>

static void functions_fill(const struct model_function *function, struct bundle_function *entry)
{
	*entry = (struct bundle_function){.pin = (uint8_t)function->pin,
	                                  .slot = (uint16_t)function->slot,
	                                  .vendor = (uint16_t)function->vendor,
	                                  .device = (uint16_t)function->device,
	                                  .class_revision = function->class_revision,
	                                  .subsystem = function->subsystem,
	                                  .intid = function->intid,
	                                  .stream = function->stream,
	                                  .sender = function->sender};
	for (uint32_t i = 0; i < BUNDLE_BARS; i++) {
		entry->bar[i] = function->bars[i].base;
		entry->bar_size[i] = function->bars[i].size;
		entry->bar_kind[i] = function->bars[i].kind;
	}
}

/* NULL, after a complaint: there is no room. */
static struct bundle_function *functions_add(struct builder *builder,
                                             const struct model_partition *partition,
                                             const struct model_function *function,
                                             const char *label)
{
	if (builder->function_count == BUNDLE_FUNCTIONS_MAX) {
		builder_fail(builder, partition->name, "more than %d PCI functions in the system",
		             BUNDLE_FUNCTIONS_MAX);
		return NULL;
	}
	struct bundle_function *entry = &builder->functions[builder->function_count++];
	functions_fill(function, entry);
	builder_name(entry->label, sizeof(entry->label), label);
	return entry;
}

static bool functions_real(struct builder *builder, const struct model_partition *partition,
                           const struct model_device *device)
{
	struct bundle_function *entry =
	    functions_add(builder, partition, device->function, device->label);
	if (entry == NULL)
		return false;
	entry->kind = BUNDLE_FUNCTION_REAL;
	entry->flags = device->unconfined_dma ? BUNDLE_FUNCTION_UNCONFINED : 0;
	return true;
}

static bool functions_panel(struct builder *builder, const struct model_partition *partition)
{
	struct bundle_function *entry =
	    functions_add(builder, partition, partition->panel, "panel");
	if (entry == NULL)
		return false;
	entry->kind = BUNDLE_FUNCTION_PANEL;
	return true;
}

static int functions_by_slot(const void *left, const void *right)
{
	const struct bundle_function *a = left, *b = right;
	return a->slot < b->slot ? -1 : a->slot > b->slot;
}

bool functions_of(struct builder *builder, const struct model_partition *partition)
{
	const uint32_t first = builder->function_count;
	if (partition->panel != NULL && !functions_panel(builder, partition))
		return false;
	for (size_t i = 0; i < partition->device_count; i++)
		if (partition->devices[i]->function != NULL &&
		    !functions_real(builder, partition, partition->devices[i]))
			return false;
	qsort(&builder->functions[first], builder->function_count - first,
	      sizeof(builder->functions[0]), functions_by_slot);
	return true;
}
