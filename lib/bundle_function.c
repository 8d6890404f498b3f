/*
 * Verifying a bundle, fourth part: PCI functions, real and emulated, and the partitions that have
 * some. lib/bundle_machine.c and lib/bundle_partition.c call this file, under the rules of
 * lib/bundle.c: no state, no pointers in constant data, a bounded number of steps, and an order
 * that matters.
 */
#include "bundle_check.h"

#define BUNDLE_BAR_LEAST       16u
#define BUNDLE_BAR_KINDS       (BUNDLE_BAR_64 | BUNDLE_BAR_PREFETCH)
#define BUNDLE_DEVICE_OF(slot) ((slot) >> 3)

static uint64_t bundle_pages(uint64_t size)
{
	return (size + BUNDLE_PAGE - 1) & ~(uint64_t)(BUNDLE_PAGE - 1);
}

struct bundle_span bundle_bar_span(const struct bundle_function *function, uint32_t bar)
{
	return (struct bundle_span){function->bar[bar], bundle_pages(function->bar_size[bar])};
}

/* The BAR lies on pages of its own, inside the board's window. */
static bool bundle_bar_good(const struct bundle_header *bundle,
                            const struct bundle_function *function, uint32_t bar)
{
	const struct bundle_span window = {bundle->board.pci_window, bundle->board.pci_window_size};
	const uint64_t size = function->bar_size[bar], base = function->bar[bar];
	const uint8_t kind = function->bar_kind[bar];
	if (size == 0)
		return base == 0 && kind == 0;
	return size >= BUNDLE_BAR_LEAST && (size & (size - 1)) == 0 && size <= window.size &&
	       base % size == 0 && base % BUNDLE_PAGE == 0 &&
	       bundle_span_inside(bundle_bar_span(function, bar), window) &&
	       (kind & ~(uint32_t)BUNDLE_BAR_KINDS) == 0 &&
	       ((kind & BUNDLE_BAR_64) == 0 ||
	        (bar + 1 < BUNDLE_BARS && function->bar_size[bar + 1] == 0));
}

static bool bundle_bars_overlap(const struct bundle_function *a, const struct bundle_function *b)
{
	for (uint32_t i = 0; i < BUNDLE_BARS; i++)
		for (uint32_t j = 0; j < BUNDLE_BARS; j++)
			if ((a != b || j < i) &&
			    bundle_span_overlaps(bundle_bar_span(a, i), bundle_bar_span(b, j)))
				return true;
	return false;
}

/* A panel has registers, may have memory, and has no other BAR. */
static bool bundle_panel_good(const struct bundle_function *function)
{
	for (uint32_t i = 0; i < BUNDLE_BARS; i++)
		if (i != PANEL_REGISTERS_BAR && i != PANEL_MEMORY_BAR && function->bar_size[i] != 0)
			return false;
	return function->bar_size[PANEL_REGISTERS_BAR] == PANEL_REGISTERS_SIZE &&
	       function->bar_kind[PANEL_REGISTERS_BAR] == 0 &&
	       (function->bar_size[PANEL_MEMORY_BAR] == 0 ||
	        (function->bar_size[PANEL_MEMORY_BAR] >= BUNDLE_PAGE &&
	         function->bar_kind[PANEL_MEMORY_BAR] == BUNDLE_BAR_KINDS)) &&
	       function->slot % 8 == 0 && function->pin == 1 && function->stream == 0 &&
	       function->sender == 0 && function->flags == 0;
}

/* The function's line belongs to the partition, and is level-triggered. */
static bool bundle_line_good(const struct bundle_header *bundle,
                             const struct bundle_partition *partition,
                             const struct bundle_function *function)
{
	const struct bundle_interrupt *owned =
	    bundle_interrupts(bundle) + partition->interrupts.first;
	if (function->pin == 0)
		return function->intid == 0;
	for (uint32_t i = 0; i < partition->interrupts.count; i++)
		if (owned[i].intid == function->intid)
			return (owned[i].flags & BUNDLE_EDGE) == 0;
	return false;
}

static bool bundle_bar_owned(const struct bundle_header *bundle,
                             const struct bundle_partition *partition, struct bundle_span bar)
{
	const struct bundle_region *region = bundle_regions(bundle) + partition->regions.first;
	for (uint32_t i = 0; i < partition->regions.count; i++)
		if (region[i].kind == BUNDLE_DEVICE && region[i].pa == bar.base &&
		    region[i].ipa == bar.base && region[i].size == bar.size)
			return true;
	return false;
}

/* A virtio device may go around the SMMU. The loader finds out whether it does when it silences the
 * function. So a virtio function needs a region with this silence. */
static bool bundle_virtio_good(const struct bundle_header *bundle,
                               const struct bundle_partition *partition,
                               const struct bundle_function *function)
{
	const struct bundle_region *region = bundle_regions(bundle) + partition->regions.first;
	for (uint32_t i = 0; i < partition->regions.count; i++)
		for (uint32_t bar = 0; bar < BUNDLE_BARS; bar++)
			if (region[i].silence == BUNDLE_SILENCE_VIRTIO_PCI &&
			    function->bar_size[bar] != 0 && function->bar[bar] == region[i].pa)
				return true;
	return !bundle_id_is_virtio(function->vendor, function->device);
}

static bool bundle_real_good(const struct bundle_header *bundle,
                             const struct bundle_partition *partition,
                             const struct bundle_function *function)
{
	const bool accepted = (function->flags & BUNDLE_FUNCTION_UNCONFINED) != 0;
	if (bundle->board.pci_ecam == 0 || (bundle->board.smmu_base == 0 && !accepted) ||
	    (function->flags & ~(uint32_t)BUNDLE_FUNCTION_UNCONFINED) != 0 ||
	    (accepted && (partition->flags & BUNDLE_UNCONFINED) == 0) || function->subsystem != 0 ||
	    function->stream >= BUNDLE_STREAMS || function->pin > 4 ||
	    function->sender >= BUNDLE_MESSAGE_DEVICES ||
	    (function->sender != 0 && partition->message_count == 0) ||
	    !bundle_line_good(bundle, partition, function) ||
	    (!accepted && !bundle_virtio_good(bundle, partition, function)))
		return false;
	for (uint32_t i = 0; i < BUNDLE_BARS; i++)
		if (function->bar_size[i] != 0 &&
		    !bundle_bar_owned(bundle, partition, bundle_bar_span(function, i)))
			return false;
	return true;
}

static bool bundle_function_good(const struct bundle_header *bundle,
                                 const struct bundle_partition *partition,
                                 const struct bundle_function *function)
{
	for (uint32_t i = 0; i < BUNDLE_BARS; i++)
		if (!bundle_bar_good(bundle, function, i))
			return false;
	if (function->slot > 0xff || function->vendor == 0xffff || function->reserved != 0 ||
	    !bundle_text_good(function->label, BUNDLE_LABEL_SIZE) ||
	    bundle_bars_overlap(function, function))
		return false;
	if (function->kind == BUNDLE_FUNCTION_PANEL)
		return bundle_panel_good(function);
	return function->kind == BUNDLE_FUNCTION_REAL &&
	       bundle_real_good(bundle, partition, function);
}

/* Checks two functions of one partition: the partition has at most one panel, which is alone on its
 * device. */
static bool bundle_neighbours_good(const struct bundle_function *a, const struct bundle_function *b)
{
	const bool panel = a->kind == BUNDLE_FUNCTION_PANEL || b->kind == BUNDLE_FUNCTION_PANEL;
	return a->slot != b->slot && !bundle_bars_overlap(a, b) &&
	       (!panel ||
	        (a->kind != b->kind && BUNDLE_DEVICE_OF(a->slot) != BUNDLE_DEVICE_OF(b->slot)));
}

/* Checks two functions of the machine: a real function has only one owner. */
static bool bundle_functions_apart(const struct bundle_function *a, const struct bundle_function *b)
{
	return a->kind != BUNDLE_FUNCTION_REAL || b->kind != BUNDLE_FUNCTION_REAL ||
	       (a->slot != b->slot && a->stream != b->stream &&
	        (a->sender == 0 || a->sender != b->sender));
}

struct bundle_verdict bundle_check_functions(const struct bundle_header *bundle)
{
	const struct bundle_function *functions = bundle_functions(bundle);
	for (uint32_t p = 0; p < bundle->partitions.count; p++) {
		const struct bundle_partition *partition = &bundle_partitions(bundle)[p];
		const struct bundle_range range = partition->functions;
		for (uint32_t i = range.first; i < range.first + range.count; i++) {
			if (!bundle_function_good(bundle, partition, &functions[i]))
				return bundle_bad(BUNDLE_BAD_FUNCTION, i);
			for (uint32_t j = 0; j < i; j++)
				if (!bundle_functions_apart(&functions[i], &functions[j]) ||
				    (j >= range.first &&
				     !bundle_neighbours_good(&functions[i], &functions[j])))
					return bundle_bad(BUNDLE_BAD_FUNCTION, i);
		}
	}
	return bundle_good();
}

/* ---- a partition that has functions ---- */

/* A region in the window of PCI memory has to belong to a function: otherwise its DMA would have no
 * owner. */
static bool bundle_is_bar(const struct bundle_header *bundle,
                          const struct bundle_partition *partition,
                          const struct bundle_region *region)
{
	const struct bundle_function *function =
	    bundle_functions(bundle) + partition->functions.first;
	for (uint32_t i = 0; i < partition->functions.count; i++, function++)
		for (uint32_t bar = 0; bar < BUNDLE_BARS; bar++) {
			const struct bundle_span span = bundle_bar_span(function, bar);
			if (function->kind == BUNDLE_FUNCTION_REAL && span.size == region->size &&
			    span.base == region->pa && span.base == region->ipa)
				return true;
		}
	return false;
}

static bool bundle_bars_good(const struct bundle_header *bundle,
                             const struct bundle_partition *partition)
{
	const struct bundle_span window = {bundle->board.pci_window, bundle->board.pci_window_size};
	const struct bundle_region *region = bundle_regions(bundle) + partition->regions.first;
	for (uint32_t i = 0; i < partition->regions.count; i++)
		if (region[i].kind == BUNDLE_DEVICE &&
		    bundle_span_overlaps((struct bundle_span){region[i].pa, region[i].size},
		                         window) &&
		    !bundle_is_bar(bundle, partition, &region[i]))
			return false;
	return true;
}

/* The frame maps a window in a BAR without caches. So the window's other sides have to map it
 * without caches, too. */
static bool bundle_panel_windows_good(const struct bundle_header *bundle,
                                      const struct bundle_partition *partition)
{
	const struct bundle_region *region = bundle_regions(bundle) + partition->regions.first;
	for (uint32_t i = 0; i < partition->regions.count; i++) {
		const struct bundle_window *window = bundle_window_of(bundle, &region[i]);
		if (window != NULL && (window->flags & BUNDLE_WINDOW_UNCACHED) == 0)
			return false;
	}
	return true;
}

bool bundle_bus_good(const struct bundle_header *bundle, const struct bundle_partition *partition)
{
	const bool panel = bundle_panel(bundle, partition) != NULL;
	return panel == ((partition->flags & BUNDLE_PANEL) != 0) &&
	       (partition->functions.count == 0) == (partition->pci_ecam_ipa == 0) &&
	       partition->pci_ecam_ipa % BUNDLE_ECAM_SIZE == 0 &&
	       (partition->blackbox_ipa == 0 || partition->life.manages != 0) &&
	       bundle_bars_good(bundle, partition) &&
	       (!panel || bundle_panel_windows_good(bundle, partition));
}
