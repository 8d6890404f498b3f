/*
 * A device's registers by PCI (virtio 1.1, 4.1): see device.h. Capabilities in the configuration
 * space say where the registers are, each as a place in a BAR. The driver needs all of them in one
 * BAR; all known devices have that.
 */
#include <pci/function.h>
#include <stddef.h>
#include <virtio/device.h>

#define PCI_IS_VIRTIO   0x10401af4u /* device, vendor; a kind's number is added to the device */
#define PCI_VENDORS_OWN 9u
#define PCI_LIST_MOST   48 /* so many capabilities fit into configuration space */
#define PCI_OWN_LEAST   8  /* bytes of a kind's own registers */

/* The kinds of capabilities. */
enum pci_kind { PCI_COMMON = 1, PCI_NOTIFY = 2, PCI_INTERRUPT = 3, PCI_OWN = 4, PCI_KINDS };

/* The registers that all kinds of devices have, as offsets in bytes. Each is accessed by its own
 * width. */
enum pci_common {
	COMMON_FEATURES_SELECT = 0x00,
	COMMON_FEATURES = 0x04,
	COMMON_ACCEPTED_SELECT = 0x08,
	COMMON_ACCEPTED = 0x0c,
	COMMON_STATUS = 0x14,     /* 8 bits */
	COMMON_GENERATION = 0x15, /* 8 bits */
	COMMON_QUEUE = 0x16,      /* 16 bits, as are the next three */
	COMMON_QUEUE_SIZE = 0x18,
	COMMON_QUEUE_ENABLE = 0x1c,
	COMMON_QUEUE_NOTIFY = 0x1e,
	COMMON_DESCRIPTORS = 0x20, /* 64 bits, as two halves, as are the next two */
	COMMON_AVAILABLE = 0x28,
	COMMON_USED = 0x30,
};

static volatile uint8_t *pci_byte(const struct device *device, enum pci_common at)
{
	return (volatile uint8_t *)device->registers + at;
}

static volatile uint16_t *pci_half(const struct device *device, enum pci_common at)
{
	return (volatile uint16_t *)device->registers + at / 2;
}

static uint32_t pci_status(const struct device *device)
{
	return *pci_byte(device, COMMON_STATUS);
}

static void pci_set_status(const struct device *device, uint32_t status)
{
	*pci_byte(device, COMMON_STATUS) = (uint8_t)status;
}

static uint32_t pci_features(const struct device *device, uint32_t half)
{
	device->registers[COMMON_FEATURES_SELECT / 4] = half;
	return device->registers[COMMON_FEATURES / 4];
}

static void pci_accept(const struct device *device, uint32_t half, uint32_t features)
{
	device->registers[COMMON_ACCEPTED_SELECT / 4] = half;
	device->registers[COMMON_ACCEPTED / 4] = features;
}

static void pci_address(const struct device *device, enum pci_common first, uint64_t at)
{
	device->registers[first / 4] = (uint32_t)at;
	device->registers[first / 4 + 1] = (uint32_t)(at >> 32);
}

/* Finds a queue's notify register, which has to be within the capability's range (virtio 1.1,
 * 4.1.4.4). */
static bool pci_place_notify(struct device *device, uint32_t queue, uint64_t number)
{
	const uint64_t at = number * device->notify_step;

	if (queue >= DEVICE_QUEUES || at % 2 != 0 || device->notify_size < 2 ||
	    at > device->notify_size - 2)
		return false;
	device->notify_of[queue] = device->notify + at / 2;
	return true;
}

static bool pci_give_queue(struct device *device, const struct device_queue *queue)
{
	*pci_half(device, COMMON_QUEUE) = queue->number;
	if (*pci_half(device, COMMON_QUEUE_SIZE) < queue->size)
		return false;
	*pci_half(device, COMMON_QUEUE_SIZE) = queue->size;
	pci_address(device, COMMON_DESCRIPTORS, queue->descriptors);
	pci_address(device, COMMON_AVAILABLE, queue->available);
	pci_address(device, COMMON_USED, queue->used);
	if (!pci_place_notify(device, queue->number, *pci_half(device, COMMON_QUEUE_NOTIFY)))
		return false;
	*pci_half(device, COMMON_QUEUE_ENABLE) = 1;
	return true;
}

static uint32_t pci_generation(const struct device *device)
{
	return *pci_byte(device, COMMON_GENERATION);
}

static void pci_tell(const struct device *device, uint32_t queue)
{
	*device->notify_of[queue] = (uint16_t)queue;
}

static uint32_t pci_heard(const struct device *device)
{
	return *device->interrupt; /* reading clears it */
}

/* ---- finding the registers ---- */

/* The address of a capability's range in the window. 0: the range is too small, or isn't all in the
 * window. */
static uint64_t pci_part(struct function *function, uint32_t capability, uint32_t least)
{
	const uint32_t offset = function_read(function, capability + 8);
	const uint32_t length = function_read(function, capability + 12);
	uint64_t left;

	if (!function_place(function, function_read(function, capability + 4) & 0xff))
		return 0;
	left = function_left(function);
	return length >= least && offset % 4 == 0 && offset <= left && length <= left - offset
	           ? function->bar + offset
	           : 0;
}

/* Finds the list's first capability of each kind. */
static void pci_list(const struct function *function, uint32_t found[PCI_KINDS])
{
	uint32_t at = function_read(function, FUNCTION_CAPABILITIES) & 0xfc;

	for (uint32_t i = 0; i < PCI_LIST_MOST && at != 0; i++) {
		const uint32_t head = function_read(function, at), kind = head >> 24;

		if ((head & 0xff) == PCI_VENDORS_OWN && kind < PCI_KINDS && found[kind] == 0)
			found[kind] = at;
		at = head >> 8 & 0xfc;
	}
}

static bool pci_parts(struct device *device, struct function *function)
{
	/* How many bytes the driver uses. For notify registers the number isn't known yet. */
	static const uint32_t least[PCI_KINDS] = {
	    [PCI_COMMON] = COMMON_USED + 8, [PCI_INTERRUPT] = 1, [PCI_OWN] = PCI_OWN_LEAST};
	uint32_t found[PCI_KINDS] = {0};
	uint64_t at[PCI_KINDS];

	pci_list(function, found);
	for (uint32_t i = PCI_COMMON; i < PCI_KINDS; i++) {
		at[i] = found[i] != 0 ? pci_part(function, found[i], least[i]) : 0;
		if (at[i] == 0)
			return false;
	}
	device->registers = (volatile uint32_t *)at[PCI_COMMON];
	device->notify = (volatile uint16_t *)at[PCI_NOTIFY];
	device->notify_size = function_read(function, found[PCI_NOTIFY] + 12);
	device->notify_step = function_read(function, found[PCI_NOTIFY] + 16);
	device->interrupt = (volatile uint8_t *)at[PCI_INTERRUPT];
	device->own = (volatile void *)at[PCI_OWN];
	device->own_size = function_read(function, found[PCI_OWN] + 12);
	return true;
}

const char *pci_find(struct device *device, enum device_kind kind, struct function *function)
{
	static const struct transport transport = {pci_status, pci_set_status, pci_features,
	                                           pci_accept, pci_give_queue, pci_generation,
	                                           pci_tell,   pci_heard};

	device->transport = &transport;
	if (function_read(function, FUNCTION_ID) != PCI_IS_VIRTIO + ((uint32_t)kind << 16))
		return device_missing(kind);
	if (!pci_parts(device, function))
		return "its registers aren't where its manifest has them";
	function_set(function, FUNCTION_SPEAKS);
	return NULL;
}
