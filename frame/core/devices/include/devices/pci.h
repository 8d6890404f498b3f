/*
 * The configuration space of a partition's own PCI bus: bus 0 alone, with the functions that the
 * bundle gives it; elsewhere nothing answers. The BARs stay where the bundle placed them: they can
 * be sized, and never move. The callers have taken the devices (devices_take()).
 */
#ifndef DEVICES_PCI_H
#define DEVICES_PCI_H

#include <pure/pci.h>

struct partition;

/* Configuration space, by offset from pci_ecam_ipa. Size is 1, 2, 4 or 8. */
uint64_t pci_read(struct partition *partition, uint32_t offset, uint32_t size);
void pci_write(struct partition *partition, uint32_t offset, uint32_t size, uint64_t value);

/* Resets the bus, as the partition starts. */
void pci_reset(struct partition *partition);

#endif
