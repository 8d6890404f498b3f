/*
 * Whether a partition's devices can be silenced before it is started anew. A device that can't be
 * silenced could go on writing into memory during the layout. So it is refused, unless its owner is
 * never restarted (kumiki,no-restart).
 */
#include "build.h"
#include <string.h>

/* The loader finds a device's registers at the beginning of a page, and slots of virtio-mmio at
 * multiples of their size. A device at another place counts as unknown. */
#define SILENCE_VIRTIO_STEP 0x200u

/* Flash with several ranges has several chips. Other devices with several ranges are unknown. */
enum bundle_silence silence_of(const struct model_device *device)
{
	const enum bundle_silence silence = dma_silence(device->node);
	const uint64_t align = silence == BUNDLE_SILENCE_VIRTIO ? SILENCE_VIRTIO_STEP : MODEL_PAGE;

	if (silence == BUNDLE_SILENCE_NOTHING)
		return silence;
	if (device->range_count != 1 && silence != BUNDLE_SILENCE_CFI)
		return BUNDLE_SILENCE_UNKNOWN;
	for (size_t i = 0; i < device->range_count; i++)
		if (device->ranges[i].base % align)
			return BUNDLE_SILENCE_UNKNOWN;
	return silence;
}

/* Why it can't be silenced: for a message, behind its label. */
static const char *silence_why(struct build *build, const struct model_device *device)
{
	const struct dts_property *compatible = dts_property(device->node, "compatible");

	if (dma_silence(device->node) != BUNDLE_SILENCE_UNKNOWN)
		return "has its registers elsewhere than at the beginning of one page";
	if (!compatible || !compatible->size || compatible->bytes[compatible->size - 1])
		return "has no 'compatible'";
	return arena_format(build->arena, "is \"%s\"", (const char *)compatible->bytes);
}

static void silence_unknown(struct build *build, const struct draft *draft, size_t index)
{
	const struct model_device *device = draft->partition->devices[index];

	complain(&build->complaints, draft->device_places[index],
	         "'&%s' %s, and how to silence that before a restart of '%s' isn't known: it could "
	         "go on writing into memory; take it out, or add: kumiki,no-restart;",
	         device->label, silence_why(build, device), draft->name);
}

/* Complains of two devices in one page that would be silenced in different ways. */
static void silence_shared(struct build *build, const struct draft *draft, size_t index)
{
	const struct model_partition *partition = draft->partition;
	const struct model_device *device = partition->devices[index];

	for (size_t i = 0; i < index; i++) {
		const struct model_device *other = partition->devices[i];
		uint64_t page;

		if (other->silence == BUNDLE_SILENCE_UNKNOWN || other->silence == device->silence ||
		    !owners_device_page(device, other, &page))
			continue;
		complain(&build->complaints, draft->device_places[index],
		         "'&%s' and '&%s' are silenced in different ways before a restart of '%s', "
		         "and share the page at 0x%llx; take one of them out, or add: "
		         "kumiki,no-restart;",
		         device->label, other->label, draft->name, (unsigned long long)page);
		return;
	}
}

void silence_check(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];
		const struct model_partition *partition = draft->partition;

		for (size_t j = 0; j < partition->device_count && !partition->no_restart; j++)
			if (partition->devices[j]->silence == BUNDLE_SILENCE_UNKNOWN)
				silence_unknown(build, draft, j);
			else
				silence_shared(build, draft, j);
	}
}
