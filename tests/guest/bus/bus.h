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
#define BUS_ASKS    (1u << 19) /* in the word at BUS_COMMAND */
#define BUS_DEVICES 256u
#define BUS_LISTENS (~0u) /* in word 2 of the window: see peer.c */

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

/* The address of a panel's registers. */
static inline uintptr_t bus_registers(uint32_t slot)
{
	return board_read32(bus_config(slot, BUS_BAR(PANEL_REGISTERS_BAR))) & ~0xful;
}

/* The interrupt in the first entry of the bridge's map. An entry has three cells of address, the
 * pin, the interrupt controller, two cells of the controller's address, then three for the
 * interrupt. */
static inline uint32_t bus_interrupt(const void *tree)
{
	struct tree_node bridge = tree_compatible(tree, "pci-host-ecam-generic", 0);

	return tree_cell(bridge, "interrupt-map", 8) + 32;
}

#endif
