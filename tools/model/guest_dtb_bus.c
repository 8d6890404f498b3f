/*
 * A PCI host bridge in a user's own device tree: its memory must be the board's window, and its
 * lines must be the partition's. guest_dtb.c checks its configuration space like any register.
 * Called by guest_dtb.c.
 */
#include "guest_dtb.h"
#include <libfdt.h>

#define BUS_CHILD_CELLS 3 /* of an address on the bus */
#define BUS_SIZE_CELLS  2
#define BUS_SPACE       0x03000000u
#define BUS_IO          0x01000000u

static void bus_range(const struct guest_dtb *dtb, const char *ranges, int at, int parent)
{
	const struct bundle_board *board = &dtb->build->model->board;
	const uint64_t child = guest_dtb_number(ranges, at + 1, 2);
	const uint64_t base = guest_dtb_number(ranges, at + BUS_CHILD_CELLS, parent);
	const uint64_t size =
	    guest_dtb_number(ranges, at + BUS_CHILD_CELLS + parent, BUS_SIZE_CELLS);

	if ((guest_dtb_number(ranges, at, 1) & BUS_SPACE) > BUS_IO && child == base &&
	    build_inside(base, size, board->pci_window, board->pci_window_size))
		return;
	complain(&dtb->build->complaints, dtb->draft->dtb.place,
	         "'%s' of the device tree shows 0x%llx to 0x%llx on its bus, and that of '%s' has "
	         "memory at 0x%llx to 0x%llx, at the same addresses on both sides, and nothing "
	         "else; correct 'ranges'",
	         guest_dtb_path(dtb), (unsigned long long)base,
	         (unsigned long long)(base + size - 1), dtb->draft->name,
	         (unsigned long long)board->pci_window,
	         (unsigned long long)(board->pci_window + board->pci_window_size - 1));
}

static void bus_ranges(const struct guest_dtb *dtb)
{
	int length = 0, above = fdt_parent_offset(dtb->blob, dtb->node);
	const char *ranges = fdt_getprop(dtb->blob, dtb->node, "ranges", &length);
	const int parent = above >= 0 ? fdt_address_cells(dtb->blob, above) : 0;
	const int entry = BUS_CHILD_CELLS + parent + BUS_SIZE_CELLS;

	if (!ranges || parent < 1 || parent > 2)
		return;
	for (int at = 0; at + entry <= length / 4; at += entry)
		bus_range(dtb, ranges, at, parent);
}

/* The cells of a property of one cell; 0: it isn't there. */
static int bus_cells(const struct guest_dtb *dtb, int node, const char *name)
{
	int length = 0;
	const char *value = fdt_getprop(dtb->blob, node, name, &length);
	const uint64_t cells = value && length == 4 ? guest_dtb_number(value, 0, 1) : 0;

	return cells <= 8 ? (int)cells : 0;
}

/* Checks the lines. An entry of interrupt-map has an address and a pin, a phandle, then the
 * parent's address and interrupt. */
static void bus_lines(const struct guest_dtb *dtb)
{
	int length = 0, at = BUS_CHILD_CELLS + 1;
	const char *map = fdt_getprop(dtb->blob, dtb->node, "interrupt-map", &length);

	while (map && at < length / 4) {
		const int parent =
		    fdt_node_offset_by_phandle(dtb->blob, (uint32_t)guest_dtb_number(map, at, 1));
		const int address = parent < 0 ? 0 : bus_cells(dtb, parent, "#address-cells");
		const int cells = parent < 0 ? 0 : bus_cells(dtb, parent, "#interrupt-cells");

		if (!cells || at + 1 + address + cells > length / 4)
			return;
		if (cells >= 3 && guest_dtb_compatible(dtb, parent, "arm,gic-v3"))
			guest_dtb_interrupt(dtb, map, at + 1 + address);
		at += 1 + address + cells + BUS_CHILD_CELLS + 1;
	}
}

void guest_dtb_bus(const struct guest_dtb *dtb)
{
	if (!guest_dtb_compatible(dtb, dtb->node, "pci-host-ecam-generic") ||
	    !pci_has_functions(dtb->draft))
		return;
	bus_ranges(dtb);
	bus_lines(dtb);
}
