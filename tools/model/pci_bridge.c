/*
 * The board's PCI host bridge and its SMMU. The frame drives both, and a partition with functions
 * gets an emulated bridge. The results go into struct bundle_board. A bridge that the frame can't
 * drive counts as none, and `no_bridge` says why. This file also finds places in the bridge's
 * window.
 */
#include "build.h"
#include <host/pci.h>
#include <kumiki/panel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BRIDGE_SPACE       0x03000000u /* the space in an address's first cell */
#define BRIDGE_MEMORY_32   0x02000000u
#define BRIDGE_FOUR_GIB    (1ull << 32)
#define BRIDGE_SMMU_ALIGN  0x10000ull
#define BRIDGE_CHILD_CELLS 4 /* of interrupt-map: an address and a pin */

/* ---- the bridge ---- */

static bool bridge_ecam(struct build *build, const struct dts_node *node)
{
	const struct dts_property *buses = dts_property(node, "bus-range");
	struct dts_range ecam;

	if (!dts_reg(node, 0, &ecam) || ecam.base % BUNDLE_ECAM_SIZE ||
	    ecam.size < BUNDLE_ECAM_SIZE ||
	    !build_inside(ecam.base, BUNDLE_ECAM_SIZE, 0, BUNDLE_ADDRESS_LIMIT) || !ecam.base)
		return false;
	if (dts_cell(buses, 0, 0) != 0)
		return false;
	build->model->board.pci_ecam = ecam.base;
	return true;
}

/* The memory of an entry of ranges. False: it doesn't suit as a window. */
static bool bridge_entry(const struct dts_property *ranges, size_t at, uint32_t parent,
                         struct dts_range *window)
{
	window->base = dts_number(ranges, at + 1, 2);
	window->size = dts_number(ranges, at + 3 + parent, 2) / MODEL_PAGE * MODEL_PAGE;
	return (dts_cell(ranges, at, 0) & BRIDGE_SPACE) == BRIDGE_MEMORY_32 &&
	       dts_number(ranges, at + 3, parent) == window->base &&
	       window->base % MODEL_PAGE == 0 && window->size &&
	       build_inside(window->base, window->size, 0, BRIDGE_FOUR_GIB);
}

bool pci_window(const struct dts_node *bridge, size_t index, struct dts_range *window)
{
	const struct dts_property *ranges = dts_property(bridge, "ranges");
	const uint32_t parent = dts_u32(bridge->parent, "#address-cells", 2);

	if (parent < 1 || parent > 2 || dts_u32(bridge, "#address-cells", 0) != 3 ||
	    dts_u32(bridge, "#size-cells", 0) != 2)
		return false;
	for (size_t at = 0; at + 5 + parent <= dts_cell_count(ranges); at += 5 + parent)
		if (bridge_entry(ranges, at, parent, window) && index-- == 0)
			return true;
	return false;
}

/* Takes the first suitable memory of the bridge that has no RAM in it. */
static bool bridge_window(struct build *build, const struct dts_node *node)
{
	struct bundle_board *board = &build->model->board;
	struct dts_range window;

	for (size_t i = 0; pci_window(node, i, &window); i++) {
		if (build_overlap(window.base, window.size, board->ram_base, board->ram_size))
			continue;
		board->pci_window = window.base;
		board->pci_window_size = window.size;
		return true;
	}
	return false;
}

static void bridge_host(struct build *build)
{
	const struct dts_node *node = machine_find(build->tree, "pci-host-ecam-generic");
	struct bundle_board *board = &build->model->board;

	if (!node) {
		build->no_bridge = "the board has no PCI host bridge (\"pci-host-ecam-generic\")";
		return;
	}
	if (bridge_ecam(build, node) && bridge_window(build, node)) {
		build->bridge = node;
		return;
	}
	board->pci_ecam = 0;
	build->no_bridge =
	    arena_format(build->arena,
	                 "the frame can't drive '%s', which wants its configuration space in 'reg' "
	                 "below 512 GiB, bus 0 in 'bus-range', and 32-bit memory in 'ranges' that "
	                 "the cores have at the same addresses",
	                 dts_call(build->arena, node));
}

/* ---- the SMMU ---- */

/* The SMMU's interrupt of this name; 0: there is none, or the frame can't get it. */
static uint32_t bridge_smmu_interrupt(const struct build *build, const struct dts_node *node,
                                      const char *name)
{
	const struct dts_property *names = dts_property(node, "interrupt-names");
	const struct dts_property *interrupts = dts_property(node, "interrupts");
	const size_t cells = dts_u32(build->gic, "#interrupt-cells", 3);
	size_t at = 0;

	if (!names || !names->size || names->bytes[names->size - 1] || !build_at_gic(build, node))
		return 0;
	for (size_t i = 0; i < names->size; at++) {
		const char *text = (const char *)names->bytes + i;
		const uint32_t number = dts_cell(interrupts, at * cells + 1, UINT32_MAX);

		if (!strcmp(text, name))
			return dts_cell(interrupts, at * cells, 1) == 0 &&
			               number <= BUNDLE_SPI_LAST - BUNDLE_SPI_FIRST
			           ? BUNDLE_SPI_FIRST + number
			           : 0;
		i += strlen(text) + 1;
	}
	return 0;
}

static void bridge_smmu(struct build *build)
{
	const struct dts_node *node = machine_find(build->tree, "arm,smmu-v3");
	struct bundle_board *board = &build->model->board;
	struct dts_range range;

	if (!node || !build->gic || !dts_reg(node, 0, &range) || !range.base ||
	    range.base % BRIDGE_SMMU_ALIGN || range.size < BUNDLE_SMMU_SIZE ||
	    !build_inside(range.base, BUNDLE_SMMU_SIZE, 0, BUNDLE_ADDRESS_LIMIT))
		return;
	build->smmu = node;
	board->smmu_base = range.base;
	board->smmu_event_intid = bridge_smmu_interrupt(build, node, "eventq");
	board->smmu_error_intid = bridge_smmu_interrupt(build, node, "gerror");
	if (board->smmu_error_intid == board->smmu_event_intid)
		board->smmu_error_intid = 0;
}

/* ---- the ITS ---- */

static void bridge_its(struct build *build)
{
	const struct dts_node *node = machine_find(build->tree, "arm,gic-v3-its");
	struct dts_range range;

	if (!node || !build->gic || node->parent != build->gic || !dts_reg(node, 0, &range) ||
	    !range.base || range.base % BUNDLE_ITS_WRITTEN || range.size < BUNDLE_ITS_SIZE ||
	    !build_inside(range.base, BUNDLE_ITS_SIZE, 0, BUNDLE_ADDRESS_LIMIT))
		return;
	build->its = node;
	build->model->board.its_base = range.base;
}

void bridge_read(struct build *build)
{
	bridge_host(build);
	bridge_smmu(build);
	bridge_its(build);
}

/* ---- what leads from a function to the rest of the board ---- */

/* The parent of an entry of interrupt-map, and in `cells` how many cells the entry has behind the
 * child's cells and the phandle. */
static const struct dts_node *bridge_line_parent(const struct dts_tree *tree,
                                                 const struct dts_property *map, size_t at,
                                                 size_t *cells)
{
	const struct dts_node *parent =
	    dts_by_phandle(tree, dts_cell(map, at + BRIDGE_CHILD_CELLS, 0));
	uint32_t address, interrupt;

	if (!parent)
		return NULL;
	address = dts_u32(parent, "#address-cells", 0);
	interrupt = dts_u32(parent, "#interrupt-cells", 0);
	if (address > 4 || interrupt < 3 || interrupt > 8)
		return NULL;
	*cells = address + interrupt;
	return parent;
}

uint32_t pci_line(const struct dts_tree *tree, const struct dts_node *bridge,
                  const struct dts_node *gic, uint32_t device, uint32_t pin)
{
	const struct dts_property *map = dts_property(bridge, "interrupt-map");
	const struct dts_property *mask = dts_property(bridge, "interrupt-map-mask");
	const uint32_t address = (device << 11) & dts_cell(mask, 0, UINT32_MAX);
	size_t at = 0, cells;

	pin &= dts_cell(mask, 3, UINT32_MAX);
	while (at + BRIDGE_CHILD_CELLS < dts_cell_count(map)) {
		const struct dts_node *parent = bridge_line_parent(tree, map, at, &cells);
		const size_t end = at + BRIDGE_CHILD_CELLS + 1 + (parent ? cells : 0);
		const size_t first = parent ? end - dts_u32(parent, "#interrupt-cells", 3) : end;

		if (!parent)
			return 0;
		if (dts_cell(map, at, 0) == address && dts_cell(map, at + 3, 0) == pin &&
		    parent == gic && dts_cell(map, first, 1) == 0 &&
		    dts_cell(map, first + 1, UINT32_MAX) <= BUNDLE_SPI_LAST - BUNDLE_SPI_FIRST)
			return BUNDLE_SPI_FIRST + dts_cell(map, first + 1, 0);
		at = end;
	}
	return 0;
}

uint32_t bridge_line(const struct build *build, uint32_t device, uint32_t pin)
{
	return pci_line(build->tree, build->bridge, build->gic, device, pin);
}

/* What a map of the bridge makes of a function's place, for this node. False: nothing. */
static bool bridge_map(const struct build *build, const char *name, const struct dts_node *to,
                       uint32_t slot, uint32_t *number)
{
	const struct dts_property *map = dts_property(build->bridge, name);
	const char *mask = arena_format(build->arena, "%s-mask", name);
	const uint32_t id = slot & dts_u32(build->bridge, mask, UINT32_MAX);

	for (size_t at = 0; at + 4 <= dts_cell_count(map); at += 4) {
		const uint32_t first = dts_cell(map, at, 0), count = dts_cell(map, at + 3, 0);

		if (!to || id < first || id - first >= count ||
		    dts_by_phandle(build->tree, dts_cell(map, at + 1, 0)) != to)
			continue;
		*number = dts_cell(map, at + 2, 0) + (id - first);
		return true;
	}
	return false;
}

bool bridge_stream(const struct build *build, uint32_t slot, uint32_t *stream)
{
	return bridge_map(build, "iommu-map", build->smmu, slot, stream) &&
	       *stream < BUNDLE_STREAMS;
}

uint32_t bridge_sender(const struct build *build, uint32_t slot)
{
	uint32_t sender;

	if (!bridge_map(build, "msi-map", build->its, slot, &sender) ||
	    sender >= BUNDLE_MESSAGE_DEVICES)
		return 0;
	return sender;
}

bool pci_is_called(const struct dts_node *node, uint32_t slot)
{
	const char *at = strchr(node->name, '@');
	char whole[16], device[16];

	(void)snprintf(whole, sizeof(whole), "%x,%x", slot >> 3, slot & 7);
	(void)snprintf(device, sizeof(device), "%x", slot >> 3);
	return !at || strcasecmp(at + 1, whole) == 0 ||
	       ((slot & 7) == 0 && strcasecmp(at + 1, device) == 0);
}

/* ---- places in the bridge's window ---- */

/* Real functions' BARs come first, the largest first; then each panel's. A panel's second BAR shows
 * its partition's windows, in their order, and behind them the black boxes of managed partitions.
 */

#define PLACE_WINDOW_REMEDY "take devices out, or make windows smaller that a panel shows"

/* A BAR that has no place yet. */
struct place_bar {
	struct model_bar *bar;
	size_t order; /* among BARs of the same size */
	struct dts_place place;
	const char *whose; /* for a message, like "'&disk'" */
};

struct place_list {
	struct place_bar *bars;
	size_t count;
};

static void place_add(struct place_list *list, struct model_bar *bar, struct dts_place place,
                      const char *whose)
{
	if (bar->size)
		list->bars[list->count] = (struct place_bar){bar, list->count, place, whose};
	list->count += bar->size != 0;
}

static int place_compare(const void *left, const void *right)
{
	const struct place_bar *a = left, *b = right;

	if (a->bar->size != b->bar->size)
		return a->bar->size > b->bar->size ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static uint64_t place_pages(uint64_t size)
{
	return build_round_up(size, MODEL_PAGE);
}

/* Each BAR goes to a multiple of its size. */
static void place_all(struct build *build, struct place_list *list, struct spans *taken)
{
	const struct bundle_board *board = &build->model->board;

	qsort(list->bars, list->count, sizeof(*list->bars), place_compare);
	for (size_t i = 0; i < list->count; i++) {
		struct model_bar *bar = list->bars[i].bar;
		const uint64_t size = place_pages(bar->size);

		if (spans_gap(taken, board->pci_window, size, size, &bar->base) &&
		    build_inside(bar->base, size, board->pci_window, board->pci_window_size)) {
			spans_add(taken, bar->base, size, "");
			continue;
		}
		complain(&build->complaints, list->bars[i].place,
		         "no room is left for %s of %s: the bridge has %s of memory for all "
		         "BARs; " PLACE_WINDOW_REMEDY,
		         build_size(build, bar->size), list->bars[i].whose,
		         build_size(build, board->pci_window_size));
		bar->base = board->pci_window;
	}
}

/* ---- real functions ---- */

static size_t place_functions(const struct build *build)
{
	size_t count = 0;

	for (size_t i = 0; i < build->draft_count; i++)
		count += build->drafts[i].partition->device_count;
	return count;
}

/* A device's ranges are its function's BARs. */
static void place_ranges(struct model_device *device)
{
	device->range_count = 0;
	for (size_t i = 0; i < BUNDLE_BARS; i++)
		if (device->function->bars[i].size)
			device->ranges[device->range_count++] =
			    (struct model_range){device->function->bars[i].base,
			                         place_pages(device->function->bars[i].size)};
}

/* Places all functions' BARs. If two partitions name a device, its BARs get two places; owners.c
 * complains of it. */
static void place_real(struct build *build, struct spans *taken)
{
	struct place_list list = {.count = 0};

	list.bars =
	    arena_array(build->arena, place_functions(build) * BUNDLE_BARS, sizeof(*list.bars));
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];

		for (size_t j = 0; j < draft->partition->device_count; j++) {
			const struct model_device *device = draft->partition->devices[j];

			for (size_t k = 0; device->function && k < BUNDLE_BARS; k++)
				place_add(&list, &device->function->bars[k],
				          draft->device_places[j],
				          arena_format(build->arena, "'&%s'", device->label));
		}
	}
	place_all(build, &list, taken);
	for (size_t i = 0; i < build->draft_count; i++)
		for (size_t j = 0; j < build->drafts[i].partition->device_count; j++)
			if (build->drafts[i].partition->devices[j]->function)
				place_ranges(build->drafts[i].partition->devices[j]);
}

/* ---- panels ---- */

/* A window's member for that partition; NULL: the partition doesn't see it. */
static struct draft_member *place_member(struct draft_window *window, const struct draft *draft)
{
	for (size_t i = 0; i < window->member_count; i++)
		if (window->members[i].appearance == draft->appearance)
			return &window->members[i];
	return NULL;
}

static void place_refuse_address(struct build *build, const struct draft *draft,
                                 const struct draft_window *window,
                                 const struct draft_member *member)
{
	complain(&build->complaints, member->place,
	         "'%s' has a panel, and sees the window '%s' in the panel's memory: its address "
	         "can't be chosen; write \"%s\"",
	         draft->name, window->name, draft->name);
}

/* Places windows and black boxes from the beginning of the panel's memory on; returns their
 * size. */
static uint64_t place_contents(struct build *build, const struct draft *draft, uint64_t base)
{
	uint64_t at = base;

	for (size_t i = 0; i < build->window_count; i++) {
		struct draft_window *window = &build->windows[i];
		struct draft_member *member = place_member(window, draft);

		if (!member || !window->memory.size)
			continue;
		if (window->memory.size >= MODEL_BLOCK)
			at = build_round_up(at, MODEL_BLOCK);
		member->ipa = at;
		member->panel = true;
		at += window->memory.size;
	}
	if (dts_property(draft->node, "kumiki,manages")) {
		draft->partition->blackbox_ipa = at;
		at += build->draft_count * BUNDLE_BLACKBOX_MEMORY;
	}
	return at - base;
}

static uint64_t place_power_of_two(uint64_t least)
{
	uint64_t size = MODEL_PAGE;

	while (size < least)
		size *= 2;
	return size;
}

/* The lowest free device number of the partition; 0 is the bridge's. */
static uint32_t place_number(const struct draft *draft)
{
	uint32_t taken = 1;

	for (size_t i = 0; i < draft->partition->device_count; i++)
		if (draft->partition->devices[i]->function)
			taken |= 1u << (draft->partition->devices[i]->function->slot >> 3);
	return taken == UINT32_MAX ? 0 : (uint32_t)__builtin_ctz(~taken);
}

static void place_panel(struct build *build, const struct draft *draft, const struct spans *real)
{
	struct model_function *panel = draft->partition->panel;
	const struct dts_place place = dts_property(draft->node, "kumiki,panel")->place;
	const uint64_t contents = place_contents(build, draft, 0);
	const char *whose = arena_format(build->arena, "the panel of '%s'", draft->name);
	struct place_list list = {.bars =
	                              arena_array(build->arena, BUNDLE_BARS, sizeof(*list.bars))};
	struct spans taken = {.arena = build->arena};

	*panel = (struct model_function){.slot = place_number(draft) << 3,
	                                 .vendor = PANEL_VENDOR,
	                                 .device = PANEL_DEVICE,
	                                 .class_revision = PANEL_CLASS,
	                                 .subsystem = PANEL_SUBSYSTEM,
	                                 .pin = 1};
	panel->bars[PANEL_REGISTERS_BAR].size = PANEL_REGISTERS_SIZE;
	if (contents)
		panel->bars[PANEL_MEMORY_BAR] =
		    (struct model_bar){.size = place_power_of_two(contents),
		                       .kind = BUNDLE_BAR_64 | BUNDLE_BAR_PREFETCH};
	for (size_t i = 0; i < real->count; i++)
		spans_add(&taken, real->list[i].base, real->list[i].size, "");
	for (size_t i = 0; i < BUNDLE_BARS; i++)
		place_add(&list, &panel->bars[i], place, whose);
	place_all(build, &list, &taken);
	if (contents)
		place_contents(build, draft, panel->bars[PANEL_MEMORY_BAR].base);
}

static void place_check_addresses(struct build *build, const struct draft *draft)
{
	for (size_t i = 0; i < build->window_count; i++) {
		const struct draft_member *member = place_member(&build->windows[i], draft);

		if (member && member->viewed)
			place_refuse_address(build, draft, &build->windows[i], member);
	}
}

void pci_place(struct build *build)
{
	struct spans real = {.arena = build->arena};

	place_real(build, &real);
	for (size_t i = 0; i < build->draft_count; i++) {
		struct draft *draft = &build->drafts[i];

		if (draft->partition->panel) {
			place_check_addresses(build, draft);
			place_panel(build, draft, &real);
		}
		if (build_has_functions(draft))
			draft->partition->pci_ecam_ipa = build->model->board.pci_ecam;
	}
}
