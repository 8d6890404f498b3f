/*
 * The board's PCI host bridge and its SMMU. The frame drives both, and a partition with functions
 * gets an emulated bridge. The results go into struct bundle_board. A bridge that the frame can't
 * drive counts as none, and `no_bridge` says why.
 */
#include "build.h"
#include <host/pci.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BRIDGE_SPACE       0x03000000u /* the space in an address's first cell */
#define BRIDGE_MEMORY_32   0x02000000u
#define BRIDGE_FOUR_GIB    (1ull << 32)
#define BRIDGE_SMMU_ALIGN  0x10000ull
#define BRIDGE_CHILD_CELLS 4 /* of interrupt-map: an address and a pin */

static const struct dts_node *bridge_find(const struct build *build, const char *compatible)
{
	for (const struct dts_node *n = dts_walk(build->tree->root); n; n = dts_walk(n))
		if (dts_compatible(n, compatible))
			return n;
	return NULL;
}

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
	const struct dts_node *node = bridge_find(build, "pci-host-ecam-generic");
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

	if (!names || !names->size || names->bytes[names->size - 1] || !device_at_gic(build, node))
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
	const struct dts_node *node = bridge_find(build, "arm,smmu-v3");
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

void bridge_read(struct build *build)
{
	bridge_host(build);
	bridge_smmu(build);
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

bool bridge_stream(const struct build *build, uint32_t slot, uint32_t *stream)
{
	const struct dts_property *map = dts_property(build->bridge, "iommu-map");
	const uint32_t id = slot & dts_u32(build->bridge, "iommu-map-mask", UINT32_MAX);

	for (size_t at = 0; at + 4 <= dts_cell_count(map); at += 4) {
		const uint32_t first = dts_cell(map, at, 0), count = dts_cell(map, at + 3, 0);

		if (!build->smmu || id < first || id - first >= count ||
		    dts_by_phandle(build->tree, dts_cell(map, at + 1, 0)) != build->smmu)
			continue;
		*stream = dts_cell(map, at + 2, 0) + (id - first);
		return *stream < BUNDLE_STREAMS;
	}
	return false;
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
