/*
 * A table of known PCI functions, by vendor and device: BARs, class, interrupt pin, and how they
 * are silenced. pci.c uses it.
 */
#ifndef MODEL_PCI_KNOWN_H
#define MODEL_PCI_KNOWN_H

#include <kumiki/bundle.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pci_known_bar {
	uint8_t number;
	uint8_t kind; /* enum bundle_bar_kind */
	uint32_t size;
};

struct pci_known {
	uint16_t vendor, device;
	uint32_t class_code; /* base class, subclass, interface */
	enum bundle_silence silence;
	uint8_t control; /* the BAR with the registers that silence it */
	uint8_t pin;
	const struct pci_known_bar *bars;
	size_t bar_count;
};

/* NULL: not known. */
const struct pci_known *pci_known_find(uint32_t vendor, uint32_t device);
/* True for a modern virtio device. */
bool pci_known_virtio(uint32_t vendor, uint32_t device);

#endif
