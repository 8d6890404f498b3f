/*
 * A device's registers by PCI (virtio 1.1, 4.1): see device.h. Capabilities in the configuration
 * space say where the registers are, each as a place in a BAR. The driver needs all of them in one
 * BAR; all known devices have that.
 */
#include <stddef.h>
#include <virtio/device.h>

/* Offsets in configuration space, in bytes. */
enum pci_register {
	PCI_ID = 0x00,
	PCI_COMMAND = 0x04,
	PCI_BAR = 0x10, /* the first of six */
	PCI_CAPABILITIES = 0x34,
};

#define PCI_IS_VIRTIO   0x10401af4u /* device, vendor; a kind's number is added to the device */
#define PCI_COMMAND_ON  0x6u        /* memory, bus master; its pin may assert */
#define PCI_BAR_WIDE    4u
#define PCI_BAR_BITS    0xfu
#define PCI_BARS        6u
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

/* What the search for the registers knows. */
struct pci_search {
	volatile uint32_t *space;
	uint64_t window, size, physical;
	uint64_t bar; /* the BAR's address in the window; 0: not known yet */
	uint32_t number;
};

static uint32_t pci_read(const struct pci_search *search, uint32_t at)
{
	return search->space[at / 4];
}

/* A BAR of 64 bits takes two words. */
static uint64_t pci_read_bar(const struct pci_search *search, uint32_t at)
{
	const uint64_t low = pci_read(search, at);

	return (low & ~(uint64_t)PCI_BAR_BITS) |
	       ((low & PCI_BAR_WIDE) != 0 ? (uint64_t)pci_read(search, at + 4) << 32 : 0);
}

/* Finds the BAR's address. Puts a BAR without a place at the window's beginning. False: the BAR
 * can't be used. */
static bool pci_find_bar(struct pci_search *search, uint32_t number)
{
	const uint32_t at = PCI_BAR + 4 * number;
	uint64_t base;

	if (search->bar != 0)
		return search->number == number;
	if (number >= PCI_BARS)
		return false;
	if (pci_read_bar(search, at) == 0)
		search->space[at / 4] = (uint32_t)search->physical;
	base = pci_read_bar(search, at);
	if (base < search->physical || base - search->physical >= search->size)
		return false;
	search->bar = search->window + (base - search->physical);
	search->number = number;
	return true;
}

/* The address of a capability's range in the window. 0: the range is too small, or isn't all in the
 * window. */
static uint64_t pci_part(struct pci_search *search, uint32_t capability, uint32_t least)
{
	const uint32_t offset = pci_read(search, capability + 8);
	const uint32_t length = pci_read(search, capability + 12);
	uint64_t left;

	if (!pci_find_bar(search, pci_read(search, capability + 4) & 0xff))
		return 0;
	left = search->window + search->size - search->bar;
	return length >= least && offset % 4 == 0 && offset <= left && length <= left - offset
	           ? search->bar + offset
	           : 0;
}

/* Finds the list's first capability of each kind. */
static void pci_list(const struct pci_search *search, uint32_t found[PCI_KINDS])
{
	uint32_t at = pci_read(search, PCI_CAPABILITIES) & 0xfc;

	for (uint32_t i = 0; i < PCI_LIST_MOST && at != 0; i++) {
		const uint32_t head = pci_read(search, at), kind = head >> 24;

		if ((head & 0xff) == PCI_VENDORS_OWN && kind < PCI_KINDS && found[kind] == 0)
			found[kind] = at;
		at = head >> 8 & 0xfc;
	}
}

static bool pci_parts(struct device *device, struct pci_search *search)
{
	/* How many bytes the driver uses. For notify registers the number isn't known yet. */
	static const uint32_t least[PCI_KINDS] = {
	    [PCI_COMMON] = COMMON_USED + 8, [PCI_INTERRUPT] = 1, [PCI_OWN] = PCI_OWN_LEAST};
	uint32_t found[PCI_KINDS] = {0};
	uint64_t at[PCI_KINDS];

	pci_list(search, found);
	for (uint32_t i = PCI_COMMON; i < PCI_KINDS; i++) {
		at[i] = found[i] != 0 ? pci_part(search, found[i], least[i]) : 0;
		if (at[i] == 0)
			return false;
	}
	device->registers = (volatile uint32_t *)at[PCI_COMMON];
	device->notify = (volatile uint16_t *)at[PCI_NOTIFY];
	device->notify_size = pci_read(search, found[PCI_NOTIFY] + 12);
	device->notify_step = pci_read(search, found[PCI_NOTIFY] + 16);
	device->interrupt = (volatile uint8_t *)at[PCI_INTERRUPT];
	device->own = (volatile void *)at[PCI_OWN];
	device->own_size = pci_read(search, found[PCI_OWN] + 12);
	return true;
}

const char *pci_find(struct device *device, enum device_kind kind, uint64_t space, uint64_t window,
                     uint64_t size, uint64_t physical)
{
	static const struct transport transport = {pci_status, pci_set_status, pci_features,
	                                           pci_accept, pci_give_queue, pci_generation,
	                                           pci_tell,   pci_heard};
	struct pci_search search = {.space = (volatile uint32_t *)space,
	                            .window = window,
	                            .size = size,
	                            .physical = physical};

	device->transport = &transport;
	if (pci_read(&search, PCI_ID) != PCI_IS_VIRTIO + ((uint32_t)kind << 16))
		return device_missing(kind);
	if (!pci_parts(device, &search))
		return "its registers aren't where its manifest has them";
	search.space[PCI_COMMAND / 4] = PCI_COMMAND_ON;
	return NULL;
}
