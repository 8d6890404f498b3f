/* See pci_known.h. No partition gets I/O BARs, so they aren't in the table. */
#include "pci_known.h"
#include <lib/bundle.h>
#include <stddef.h>

#define PCI_KNOWN_VIRTIO_MODERN 0x1040u /* lower numbers are legacy devices */
#define PCI_KNOWN_WIDE          (BUNDLE_BAR_64 | BUNDLE_BAR_PREFETCH)
#define PCI_KNOWN_ARRAY(array)  (array), sizeof(array) / sizeof((array)[0])

/* A modern virtio device of QEMU's: MSI-X in BAR 1, everything else in BAR 4. */
static const struct pci_known_bar pci_known_virtio_bars[] = {{1, 0, 0x1000},
                                                             {4, PCI_KNOWN_WIDE, 0x4000}};
static const struct pci_known_bar pci_known_one_wide[] = {{0, BUNDLE_BAR_64, 0x4000}};
static const struct pci_known_bar pci_known_e1000e_bars[] = {
    {0, 0, 0x20000}, {1, 0, 0x20000}, {3, 0, 0x4000}};
static const struct pci_known_bar pci_known_ahci_bars[] = {{5, 0, 0x1000}};
static const struct pci_known_bar pci_known_edu_bars[] = {{0, 0, 0x100000}};

#define PCI_KNOWN_VIRTIO_REST                                                                      \
	BUNDLE_SILENCE_VIRTIO_PCI, 4, 1, PCI_KNOWN_ARRAY(pci_known_virtio_bars)

static const struct pci_known pci_known_all[] = {
    {0x1af4, 0x1041, 0x020000, PCI_KNOWN_VIRTIO_REST}, /* virtio-net */
    {0x1af4, 0x1042, 0x010000, PCI_KNOWN_VIRTIO_REST}, /* virtio-blk */
    {0x1af4, 0x1043, 0x078000, PCI_KNOWN_VIRTIO_REST}, /* virtio-serial */
    {0x1af4, 0x1044, 0x00ff00, PCI_KNOWN_VIRTIO_REST}, /* virtio-rng */
    {0x1af4, 0x1048, 0x010000, PCI_KNOWN_VIRTIO_REST}, /* virtio-scsi */
    /* QEMU's NVMe and xHCI, Intel's e1000e and AHCI (ICH9). */
    {0x1b36, 0x0010, 0x010802, BUNDLE_SILENCE_NVME, 0, 1, PCI_KNOWN_ARRAY(pci_known_one_wide)},
    {0x1b36, 0x000d, 0x0c0330, BUNDLE_SILENCE_XHCI, 0, 1, PCI_KNOWN_ARRAY(pci_known_one_wide)},
    {0x8086, 0x10d3, 0x020000, BUNDLE_SILENCE_E1000E, 0, 1, PCI_KNOWN_ARRAY(pci_known_e1000e_bars)},
    {0x8086, 0x2922, 0x010601, BUNDLE_SILENCE_AHCI, 5, 1, PCI_KNOWN_ARRAY(pci_known_ahci_bars)},
    /* QEMU's edu: a transfer that has begun goes on for 100 ms and can't be stopped. */
    {0x1234, 0x11e8, 0x00ff00, BUNDLE_SILENCE_UNKNOWN, 0, 1, PCI_KNOWN_ARRAY(pci_known_edu_bars)},
};

const struct pci_known *pci_known_find(uint32_t vendor, uint32_t device)
{
	for (size_t i = 0; i < sizeof(pci_known_all) / sizeof(pci_known_all[0]); i++)
		if (pci_known_all[i].vendor == vendor && pci_known_all[i].device == device)
			return &pci_known_all[i];
	return NULL;
}

bool pci_known_virtio(uint32_t vendor, uint32_t device)
{
	return bundle_id_is_virtio(vendor, device) && device >= PCI_KNOWN_VIRTIO_MODERN;
}
