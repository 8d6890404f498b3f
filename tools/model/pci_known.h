/*
 * What is known of PCI functions without asking them, by their `compatible`: BARs, class, the pin
 * of their interrupt, how they are silenced. Asked by pci.c; `kumiki run` asks whether one is a
 * virtio device.
 */
#ifndef MODEL_PCI_KNOWN_H
#define MODEL_PCI_KNOWN_H

#include <kumiki/bundle.h>
#include <stdbool.h>
#include <stdint.h>

#define PCI_KNOWN_BARS 3

struct pci_known_bar {
	uint8_t number;
	uint8_t kind; /* enum bundle_bar_kind */
	uint32_t size;
};

struct pci_known {
	const char *compatible; /* "pciVVVV,DDDD" */
	uint32_t class_code;    /* base class, subclass, interface */
	enum bundle_silence silence;
	uint8_t control; /* the BAR with the registers that silence it */
	uint8_t pin;
	uint8_t bar_count;
	struct pci_known_bar bars[PCI_KNOWN_BARS];
};

/* NULL: not known. */
const struct pci_known *pci_known_find(const char *compatible);
/* A modern virtio device. */
bool pci_known_virtio(uint32_t vendor, uint32_t device);

#endif
