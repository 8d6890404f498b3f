/*
 * PCI functions that programs are given, as children of the board's host bridge ("reg" as the PCI
 * binding has it). A program gets the function's page of configuration space, and the beginning of
 * the bridge's memory for the function's BARs, so one program gets all such functions. In a
 * partition a manifest knows them by their names (called.c).
 */
#include "build.h"
#include <host/pci.h>

#define FUNCTION_REG_CELLS 5
#define FUNCTION_BUS       0x00ff0000u
#define FUNCTION_ECAM_BUS  0x100000u   /* bytes of bus 0 */
#define FUNCTION_WINDOW    0x100000ull /* of the bridge's memory, for BARs */

bool rtos_function_is(const struct dts_node *node)
{
	return node->parent && dts_compatible(node->parent, "pci-host-ecam-generic");
}

/* Device and function number on bus 0; 0: the node has no place there. */
static uint32_t function_slot(const struct dts_node *node)
{
	const struct dts_property *reg = dts_property(node, "reg");
	const uint32_t address = dts_cell(reg, 0, 0), slot = address >> 8 & 0xff;

	if (!reg || dts_cell_count(reg) % FUNCTION_REG_CELLS || address & FUNCTION_BUS)
		return 0;
	return slot >> 3 ? slot : 0;
}

const char *rtos_function_ranges(const struct dts_node *node, struct rtos_manifest_device *device)
{
	const uint32_t slot = function_slot(node);
	struct dts_range ecam, window;

	if (!slot || !dts_reg(node->parent, 0, &ecam) || ecam.size < FUNCTION_ECAM_BUS ||
	    ecam.base >= RTOS_ADDRESS_LIMIT - FUNCTION_ECAM_BUS || ecam.base % RTOS_PAGE ||
	    !pci_window(node->parent, 0, &window))
		return "isn't a PCI function that a program could have: one on bus 0 of a bridge "
		       "with 32-bit memory that cores reach at the same addresses, and reg = "
		       "<0x1000 0 0 0 0>; is device 2, function 0";
	if (!pci_is_called(node, slot))
		return "has another place in its name than in 'reg': disk@2 or disk@2,0 has reg = "
		       "<0x1000 0 0 0 0>;";
	device->ranges[0].base = ecam.base + (uint64_t)slot * RTOS_PAGE;
	device->ranges[0].size = RTOS_PAGE;
	device->ranges[1].base = window.base;
	device->ranges[1].size = window.size < FUNCTION_WINDOW ? window.size : FUNCTION_WINDOW;
	device->range_count = 2;
	return NULL;
}

bool rtos_function_interrupt(const struct dts_tree *tree, const struct dts_node *node,
                             const struct dts_node *gic, struct rtos_manifest_device *device)
{
	const uint32_t pin = dts_u32(node, "interrupts", 1);
	uint32_t line;

	if (pin == 0)
		return true;
	line =
	    pin <= 4 && gic ? pci_line(tree, node->parent, gic, function_slot(node) >> 3, pin) : 0;
	device->interrupts[0] = line; /* a level, like every PCI line */
	device->interrupt_count = 1;
	return line != 0;
}
