/* How a PCI function is connected with the rest of the board, by the host bridge's node
 * ("pci-host-ecam-generic"). */
#ifndef HOST_PCI_H
#define HOST_PCI_H

#include <host/dts.h>
#include <stdbool.h>

/* Range number `index` of the bridge's 32-bit memory that has the same addresses on both sides, in
 * whole pages. False: there is no such range. */
bool pci_window(const struct dts_node *bridge, size_t index, struct dts_range *window);

/* The interrupt of a device's pin (1 to 4), by interrupt-map. 0: the pin leads nowhere, or not to
 * `gic`. */
uint32_t pci_line(const struct dts_tree *tree, const struct dts_node *bridge,
                  const struct dts_node *gic, uint32_t device, uint32_t pin);

/* Whether the unit address of a function's node fits `slot`: disk@2 or disk@2,0 is device 2,
 * function 0. A node without a unit address fits. */
bool pci_is_called(const struct dts_node *node, uint32_t slot);

#endif
