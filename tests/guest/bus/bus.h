/* A partition's PCI bus and panel, as the guests of this folder use them. */
#ifndef BUS_H
#define BUS_H

#include <guest/board.h>
#include <guest/tree.h>
#include <kumiki/panel.h>
#include <stdbool.h>

#define BUS_COMMAND 0x04u
#define BUS_BAR(n)  (0x10u + 4 * (n))
#define BUS_NO_INTX (1u << 10)
#define BUS_ASKS    (1u << 19) /* of the word at BUS_COMMAND */
#define BUS_DEVICES 256u
#define BUS_LISTENS (~0u) /* word 2 of the window: see peer.c */

static inline uintptr_t bus_config(uint32_t slot, uint32_t offset)
{
	return BOARD_ECAM + ((uintptr_t)slot << 12) + offset;
}

/* The slot of the first panel; BUS_DEVICES: there is none. */
static inline uint32_t bus_panel(void)
{
	uint32_t slot = 0;

	while (slot < BUS_DEVICES &&
	       board_read32(bus_config(slot, 0)) != (PANEL_DEVICE << 16 | PANEL_VENDOR))
		slot++;
	return slot;
}

/* Where its registers are. */
static inline uintptr_t bus_registers(uint32_t slot)
{
	return board_read32(bus_config(slot, BUS_BAR(PANEL_REGISTERS_BAR))) & ~0xful;
}

/* The interrupt of the first line of the bridge's map: three cells of address, one of the pin, the
 * interrupt controller, two cells of its address, then its three. */
static inline uint32_t bus_interrupt(const void *tree)
{
	struct tree_node bridge = tree_compatible(tree, "pci-host-ecam-generic", 0);

	return tree_cell(bridge, "interrupt-map", 8) + 32;
}

#endif
