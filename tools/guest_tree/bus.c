/* See bus.h. The node follows Linux's host-generic-pci.yaml. */
#include "parts.h"
#include <host/dts.h>

#define BUS_MEMORY_32       0x02000000u
#define BUS_DEVICE_SHIFT    11u
#define BUS_DEVICE_MASK     0xf800u
#define BUS_PIN_MASK        7u
#define BUS_SPI             0u
#define BUS_LEVEL_HIGH      4u
#define BUS_PARENT_CELLS    4u /* the most cells that a unit address of the controller has */
#define BUS_ENTRY           (8u + BUS_PARENT_CELLS)
#define BUS_ENTRIES         BUNDLE_PARTITION_FUNCTIONS_MAX
#define BUS_DEVICES_OF_PINS 5 /* no pin, and four pins */

/* The interrupt-map that is being made. */
struct bus_map {
	struct bus_parent parent;
	uint32_t cells[BUS_ENTRIES * BUS_ENTRY];
	size_t count;
	uint32_t seen[BUS_DEVICES_OF_PINS]; /* for each pin: a bit for each device */
};

/* Adds a function's pin. Functions of one device with the same pin have the same line, so only the
 * first one counts. */
static void bus_map_add(struct bus_map *map, const struct model_function *function)
{
	const uint32_t device = function->slot >> 3;
	if (function->pin == 0 || (map->seen[function->pin] >> device & 1) != 0)
		return;
	map->seen[function->pin] |= 1u << device;
	uint32_t *cells = &map->cells[map->count];
	*cells++ = device << BUS_DEVICE_SHIFT;
	*cells++ = 0;
	*cells++ = 0;
	*cells++ = function->pin;
	*cells++ = map->parent.phandle;
	for (uint32_t i = 0; i < map->parent.address_cells; i++)
		*cells++ = 0;
	*cells++ = BUS_SPI;
	*cells++ = function->intid - BUNDLE_SPI_FIRST;
	*cells++ = BUS_LEVEL_HIGH;
	map->count = (size_t)(cells - map->cells);
}

static void bus_interrupts(struct writer *writer, const struct model_partition *partition,
                           struct bus_parent parent)
{
	const uint32_t mask[4] = {BUS_DEVICE_MASK, 0, 0, BUS_PIN_MASK};
	struct bus_map map = {.parent = parent};
	if (map.parent.address_cells > BUS_PARENT_CELLS)
		map.parent.address_cells = BUS_PARENT_CELLS;
	if (partition->panel != NULL)
		bus_map_add(&map, partition->panel);
	for (size_t i = 0; i < partition->device_count; i++)
		if (partition->devices[i]->function != NULL)
			bus_map_add(&map, partition->devices[i]->function);
	writer_u32(writer, "#interrupt-cells", 1);
	writer_cells(writer, "interrupt-map-mask", mask, 4);
	writer_cells(writer, "interrupt-map", map.cells, map.count);
}

/* Writes the board's window, which has the same addresses on the bus. */
static void bus_window(struct writer *writer, const struct bundle_board *board)
{
	uint32_t cells[7], count = 0;
	cells[count++] = BUS_MEMORY_32;
	cells[count++] = 0;
	cells[count++] = (uint32_t)board->pci_window;
	if (writer->address_cells > 1)
		cells[count++] = 0;
	cells[count++] = (uint32_t)board->pci_window;
	cells[count++] = 0;
	cells[count++] = (uint32_t)board->pci_window_size;
	writer_cells(writer, "ranges", cells, count);
}

static bool bus_coherent(const struct model *model)
{
	for (const struct dts_node *node = model->root; node != NULL; node = dts_walk(node))
		if (dts_compatible(node, "pci-host-ecam-generic"))
			return dts_property(node, "dma-coherent") != NULL;
	return false;
}

void bus_make(struct writer *writer, const struct model *model,
              const struct model_partition *partition, struct bus_parent parent)
{
	const uint64_t pair[1][2] = {{partition->pci_ecam_ipa, BUNDLE_ECAM_SIZE}};
	const uint32_t buses[2] = {0, 0};
	if (partition->pci_ecam_ipa == 0)
		return;
	writer_node_at(writer, "pcie", partition->pci_ecam_ipa);
	writer_text(writer, "compatible", "pci-host-ecam-generic");
	writer_text(writer, "device_type", "pci");
	writer_reg(writer, pair, 1);
	writer_cells(writer, "bus-range", buses, 2);
	writer_u32(writer, "#address-cells", 3);
	writer_u32(writer, "#size-cells", 2);
	bus_window(writer, &model->board);
	bus_interrupts(writer, partition, parent);
	if (partition->message_count != 0)
		writer_u32(writer, "msi-parent", parent.messages);
	if (bus_coherent(model))
		writer_flag(writer, "dma-coherent");
	writer_node_end(writer);
}

void bus_make_chosen(struct writer *writer, const struct model_partition *partition)
{
	if (partition->pci_ecam_ipa != 0)
		writer_u32(writer, "linux,pci-probe-only", 1);
}
