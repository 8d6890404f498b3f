/* See pci_known.h. I/O BARs are nobody's and don't stand here. */
#include "pci_known.h"
#include <stddef.h>
#include <string.h>

#define PCI_KNOWN_VIRTIO       0x1af4u
#define PCI_KNOWN_VIRTIO_FIRST 0x1040u /* modern ones; what is below is legacy's */
#define PCI_KNOWN_VIRTIO_LAST  0x107fu
#define PCI_KNOWN_WIDE         (BUNDLE_BAR_64 | BUNDLE_BAR_PREFETCH)

/* A modern virtio device of QEMU's: MSI-X in BAR 1, everything else in BAR 4. */
#define PCI_KNOWN_MODERN                                                                           \
	BUNDLE_SILENCE_VIRTIO_PCI, 4, 1, 2,                                                        \
	{                                                                                          \
		{1, 0, 0x1000},                                                                    \
		{                                                                                  \
			4, PCI_KNOWN_WIDE, 0x4000                                                  \
		}                                                                                  \
	}

static const struct pci_known pci_known_all[] = {
    {"pci1af4,1041", 0x020000, PCI_KNOWN_MODERN}, /* virtio-net */
    {"pci1af4,1042", 0x010000, PCI_KNOWN_MODERN}, /* virtio-blk */
    {"pci1af4,1043", 0x078000, PCI_KNOWN_MODERN}, /* virtio-serial */
    {"pci1af4,1044", 0x00ff00, PCI_KNOWN_MODERN}, /* virtio-rng */
    {"pci1af4,1048", 0x010000, PCI_KNOWN_MODERN}, /* virtio-scsi */
    {"pci1b36,0010", 0x010802, BUNDLE_SILENCE_NVME, 0, 1, 1, {{0, BUNDLE_BAR_64, 0x4000}}},
    {"pci1b36,000d", 0x0c0330, BUNDLE_SILENCE_XHCI, 0, 1, 1, {{0, BUNDLE_BAR_64, 0x4000}}},
    {"pci8086,10d3", /* e1000e */
     0x020000,
     BUNDLE_SILENCE_E1000E,
     0,
     1,
     3,
     {{0, 0, 0x20000}, {1, 0, 0x20000}, {3, 0, 0x4000}}},
    /* QEMU's edu: a transfer that has begun goes on for 100 ms, whatever it is told. */
    {"pci1234,11e8", 0x00ff00, BUNDLE_SILENCE_UNKNOWN, 0, 1, 1, {{0, 0, 0x100000}}},
};

const struct pci_known *pci_known_find(const char *compatible)
{
	for (size_t i = 0; i < sizeof(pci_known_all) / sizeof(pci_known_all[0]); i++)
		if (!strcmp(pci_known_all[i].compatible, compatible))
			return &pci_known_all[i];
	return NULL;
}

bool pci_known_virtio(uint32_t vendor, uint32_t device)
{
	return vendor == PCI_KNOWN_VIRTIO && device >= PCI_KNOWN_VIRTIO_FIRST &&
	       device <= PCI_KNOWN_VIRTIO_LAST;
}
