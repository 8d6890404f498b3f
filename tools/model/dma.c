/*
 * DMA: which devices can start memory accesses of their own, and how they are silenced before a
 * restart. PCI functions behind an SMMU are confined by the frame. Nothing confines other devices,
 * so only a partition that names such a device in `kumiki,unconfined-dma` gets it; the name gives
 * access, too. A device that isn't in the table counts as able to do DMA.
 */
#include "build.h"
#include <string.h>

struct dma_kind {
	const char *compatible;
	bool master;
	enum bundle_silence silence; /* how it is silenced before its owner is restarted */
};

static const struct dma_kind dma_kinds[] = {
    /* Queues in memory that the device reads and writes. */
    {"virtio,mmio", true, BUNDLE_SILENCE_VIRTIO},
    {"qemu,fw-cfg-mmio", true, BUNDLE_SILENCE_NOTHING},
    {"pci-host-ecam-generic", true, BUNDLE_SILENCE_UNKNOWN},
    {"arm,pl080", true, BUNDLE_SILENCE_UNKNOWN},
    {"arm,pl330", true, BUNDLE_SILENCE_UNKNOWN},
    /* These have registers and interrupts only. If a DMA controller moves their data, that is the
     * controller's DMA. */
    {"arm,pl011", false, BUNDLE_SILENCE_PL011},
    {"arm,pl022", false, BUNDLE_SILENCE_UNKNOWN},
    {"arm,pl031", false, BUNDLE_SILENCE_PL031},
    {"arm,pl050", false, BUNDLE_SILENCE_UNKNOWN},
    {"arm,pl061", false, BUNDLE_SILENCE_PL061},
    {"arm,sbsa-gwdt", false, BUNDLE_SILENCE_UNKNOWN},
    {"arm,sbsa-uart", false, BUNDLE_SILENCE_UNKNOWN},
    {"arm,sp804", false, BUNDLE_SILENCE_UNKNOWN},
    {"arm,sp805", false, BUNDLE_SILENCE_UNKNOWN},
    {"cadence,uart", false, BUNDLE_SILENCE_UNKNOWN},
    {"cdns,uart-r1p12", false, BUNDLE_SILENCE_UNKNOWN},
    {"cfi-flash", false, BUNDLE_SILENCE_CFI},
    {"fsl,imx21-wdt", false, BUNDLE_SILENCE_UNKNOWN},
    /* A core of another architecture reads and writes whatever its program wants to. */
    {"xlnx,versal-rpu-reset", true, BUNDLE_SILENCE_VERSAL_RPU},
    {"ns16550a", false, BUNDLE_SILENCE_UNKNOWN},
    {"snps,dw-apb-uart", false, BUNDLE_SILENCE_UNKNOWN},
    {"xlnx,xuartps", false, BUNDLE_SILENCE_UNKNOWN},
    {"xlnx,zynqmp-rtc", false, BUNDLE_SILENCE_UNKNOWN},
    /* Memory, in a manifest of the RTOS. */
    {"kumiki,window-1.0", false, BUNDLE_SILENCE_NOTHING},
};

static const struct dma_kind *dma_find(const char *compatible)
{
	for (size_t i = 0; i < sizeof(dma_kinds) / sizeof(dma_kinds[0]); i++)
		if (!strcmp(dma_kinds[i].compatible, compatible))
			return &dma_kinds[i];
	return NULL;
}

/* The kind of a device, by the first of its compatibles that is in the table. */
static const struct dma_kind *dma_kind(const struct dts_node *node)
{
	const struct dts_property *compatible = dts_property(node, "compatible");
	const struct dma_kind *kind = NULL;
	size_t at = 0;

	if (!compatible || !compatible->size || compatible->bytes[compatible->size - 1])
		return NULL;
	while (!kind && at < compatible->size) {
		const char *text = (const char *)compatible->bytes + at;

		kind = dma_find(text);
		at += strlen(text) + 1;
	}
	return kind;
}

bool dma_possible(const struct dts_node *node)
{
	const struct dma_kind *kind = dma_kind(node);

	return !kind || kind->master;
}

static enum bundle_silence dma_silence(const struct dts_node *node)
{
	const struct dma_kind *kind = dma_kind(node);

	return kind ? kind->silence : BUNDLE_SILENCE_UNKNOWN;
}

static struct model_device *dma_device(const struct draft *draft, const struct dts_node *node)
{
	for (size_t i = 0; i < draft->partition->device_count; i++)
		if (draft->partition->devices[i]->node == node)
			return draft->partition->devices[i];
	return NULL;
}

static bool dma_in_access(const struct draft *draft, const struct dts_node *node)
{
	const struct dts_property *access = dts_property(draft->node, "access");

	for (const struct dts_item *item = access ? access->items : NULL; item; item = item->next)
		if (item->target == node)
			return true;
	return false;
}

/* True if the author may accept the device's DMA. That includes a virtio function behind the SMMU,
 * as it can go around the SMMU. */
static bool dma_acceptable(const struct model_device *device)
{
	return device->dma &&
	       (!device->function || !device->function->confined || device->function->virtio);
}

/* Items that aren't devices of the partition were complained of before. */
static void dma_accept(struct build *build, struct draft *draft, const struct dts_item *item)
{
	struct model_device *device = item->target ? dma_device(draft, item->target) : NULL;
	const char *why;

	if (!device)
		return;
	why = device->dma ? "is confined by the SMMU" : "does no DMA";
	if (dma_acceptable(device))
		device->unconfined_dma = true;
	else if (dma_in_access(draft, item->target))
		complain_warning(&build->complaints, item->place,
		                 "'&%s' %s, so there is nothing to accept; take it out", item->text,
		                 why);
	else
		complain(&build->complaints, item->place,
		         "'&%s' %s, so there is nothing to accept; name it in 'access' instead",
		         item->text, why);
}

/* What a message says about the device's DMA. */
static const char *dma_what(const struct build *build, const struct model_device *device)
{
	if (build->smmu && pci_goes_around(device))
		return "is a virtio function of an unknown kind, and may do DMA around the SMMU";
	return device->function || dma_kind(device->node) ? "does DMA" : "isn't known to do no DMA";
}

static void dma_refuse(struct build *build, const struct draft *draft, size_t index)
{
	const struct model_device *device = draft->partition->devices[index];

	complain(&build->complaints, draft->device_places[index],
	         "'&%s' %s, and nothing confines that: '%s' could read and write all memory "
	         "through it; if that is acceptable, say so: kumiki,unconfined-dma = <&%s>;",
	         device->label, dma_what(build, device), draft->name, device->label);
}

/* Refuses a virtio function that QEMU is told to leave out of the SMMU: the frame would find it so,
 * and not start. */
static void dma_check_around(struct build *build, const struct model_device *device)
{
	static const char option[] = ",iommu_platform=";
	const char *said = device->qemu_device ? strstr(device->qemu_device, option) : NULL;
	const char *value = said ? said + strlen(option) : "";

	if (!device->function || !device->function->virtio || !device->function->confined ||
	    device->unconfined_dma || (strncmp(value, "of", 2) != 0 && !strchr("nf", *value)) ||
	    !*value)
		return;
	complain(&build->complaints, dts_property(device->node, "kumiki,qemu-device")->items->place,
	         "with 'iommu_platform=%.*s' '&%s' goes around the SMMU, and the frame refuses "
	         "that at the start; take it out",
	         (int)strcspn(value, ","), value, device->label);
}

static bool dma_unconfined(const struct model_device *device)
{
	return device->dma && !(device->function && device->function->confined);
}

void dma_check(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		struct draft *draft = &build->drafts[i];
		const struct dts_property *accepted =
		    dts_property(draft->node, "kumiki,unconfined-dma");
		const struct dts_item *item = accepted ? accepted->items : NULL;

		for (; item && vocabulary_good(draft->node, accepted->name); item = item->next)
			dma_accept(build, draft, item);
		/* The list is malformed, which was complained of: what it accepts isn't known. */
		if (accepted && !vocabulary_good(draft->node, accepted->name))
			continue;
		for (size_t j = 0; j < draft->partition->device_count; j++) {
			dma_check_around(build, draft->partition->devices[j]);
			if (dma_unconfined(draft->partition->devices[j]) &&
			    !draft->partition->devices[j]->unconfined_dma)
				dma_refuse(build, draft, j);
		}
	}
}

/* ---- silence ---- */

/* A device that can't be silenced could go on writing into memory during the layout, or, without
 * DMA, with whatever it does. So it is refused, unless its owner is never restarted
 * (kumiki,no-restart). */

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
	         "'&%s' %s, and how to silence that before a restart of '%s' isn't known: it %s; "
	         "take it out, or add: kumiki,no-restart;",
	         device->label, silence_why(build, device), draft->name,
	         device->dma ? "could go on writing into memory" : "would go on meanwhile");
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
		    !build_shared_page(device, other, &page))
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
