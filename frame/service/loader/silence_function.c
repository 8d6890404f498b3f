/*
 * Makes PCI functions silent, in a way for each known class, by the BAR with their control
 * registers. The function's own reset ends its transfers under way. Functions aren't bus masters
 * meanwhile.
 */
#include <service/loader.h>

#define PATIENCE 10000u /* milliseconds, where the standard names no time, or one far too short */
#define REST     1u     /* millisecond in which some functions don't answer after a reset */

#define VIRTIO_PCI_SELECT   0x00u /* of the common configuration */
#define VIRTIO_PCI_FEATURES 0x04u
#define VIRTIO_PCI_STATUS   0x14u     /* a byte */
#define VIRTIO_PCI_PLATFORM (1u << 1) /* bit 33: VIRTIO_F_ACCESS_PLATFORM */

#define NVME_TIMEOUT(cap) ((cap) >> 24) /* TO: how long a change of CC may take, in 500 ms */
#define NVME_CC           0x14u
#define NVME_CSTS         0x1cu

#define XHCI_COMMAND   0x0u /* behind the capabilities, which say their own length */
#define XHCI_STATUS    0x4u
#define XHCI_RUN       (1u << 0)
#define XHCI_RESET     (1u << 1)
#define XHCI_HALTED    (1u << 0)
#define XHCI_NOT_READY (1u << 11)

#define E1000E_CTRL  0x0000u
#define E1000E_ICR   0x00c0u
#define E1000E_IMC   0x00d8u
#define E1000E_RCTL  0x0100u
#define E1000E_TCTL  0x0400u
#define E1000E_RESET (1u << 26)

#define AHCI_CONTROL 0x04u
#define AHCI_RESET   (1u << 0)
#define AHCI_ENABLE  (1u << 31)

static bool becomes(uint64_t address, uint32_t mask, uint32_t value)
{
	return silence_becomes(address, mask, value, PATIENCE);
}

static void rest(void)
{
	uint64_t deadline = machine_deadline(REST);

	while (!machine_is_past(deadline))
		;
}

/* The reset waits for requests under way, so the status reads 0 after a while. */
static bool silence_virtio_pci(uint64_t base)
{
	uint64_t deadline = machine_deadline(PATIENCE);

	machine_device_write_byte(base + VIRTIO_PCI_STATUS, 0);
	while (!machine_is_past(deadline))
		if (machine_device_read_byte(base + VIRTIO_PCI_STATUS) == 0)
			return true;
	return machine_device_read_byte(base + VIRTIO_PCI_STATUS) == 0;
}

static bool silence_nvme(uint64_t base)
{
	uint32_t patience = (NVME_TIMEOUT(machine_device_read(base)) + 1) * 500;

	machine_device_write(base + NVME_CC, 0);
	return silence_becomes(base + NVME_CSTS, 1, 0, patience);
}

static bool silence_xhci(uint64_t base)
{
	uint64_t at = base + (machine_device_read(base) & 0xff);

	machine_device_write(at + XHCI_COMMAND, machine_device_read(at + XHCI_COMMAND) & ~XHCI_RUN);
	if (!becomes(at + XHCI_STATUS, XHCI_HALTED, XHCI_HALTED))
		return false;
	machine_device_write(at + XHCI_COMMAND, XHCI_RESET);
	rest();
	return becomes(at + XHCI_COMMAND, XHCI_RESET, 0) &&
	       becomes(at + XHCI_STATUS, XHCI_NOT_READY, 0);
}

static bool silence_e1000e(uint64_t base)
{
	machine_device_write(base + E1000E_IMC, ~0u);
	machine_device_write(base + E1000E_RCTL, 0);
	machine_device_write(base + E1000E_TCTL, 0);
	machine_device_write(base + E1000E_CTRL, E1000E_RESET);
	rest();
	if (!becomes(base + E1000E_CTRL, E1000E_RESET, 0))
		return false;
	machine_device_write(base + E1000E_IMC, ~0u);
	(void)machine_device_read(base + E1000E_ICR);
	return true;
}

static bool silence_ahci(uint64_t base)
{
	machine_device_write(base + AHCI_CONTROL, AHCI_ENABLE); /* before any other bit */
	machine_device_write(base + AHCI_CONTROL, AHCI_ENABLE | AHCI_RESET);
	return becomes(base + AHCI_CONTROL, AHCI_RESET, 0);
}

/* Whether the device's own accesses go through the SMMU, like its function's. */
bool silence_is_confined(const struct loader_device *device)
{
	if (device->silence != BUNDLE_SILENCE_VIRTIO_PCI)
		return true;
	machine_device_write(device->base + VIRTIO_PCI_SELECT, 1);
	return (machine_device_read(device->base + VIRTIO_PCI_FEATURES) & VIRTIO_PCI_PLATFORM) != 0;
}

bool silence_at_first(uint32_t silence)
{
	return silence >= BUNDLE_SILENCE_VIRTIO_PCI && silence <= BUNDLE_SILENCE_AHCI;
}

bool silence_function(const struct loader_device *device)
{
	switch (device->silence) {
	case BUNDLE_SILENCE_VIRTIO_PCI:
		return silence_virtio_pci(device->base);
	case BUNDLE_SILENCE_NVME:
		return silence_nvme(device->base);
	case BUNDLE_SILENCE_XHCI:
		return silence_xhci(device->base);
	case BUNDLE_SILENCE_E1000E:
		return silence_e1000e(device->base);
	case BUNDLE_SILENCE_AHCI:
		return silence_ahci(device->base);
	default:
		return false;
	}
}
