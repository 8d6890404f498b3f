/*
 * PCI functions that partitions are given: children of the board's host bridge, with `compatible`
 * and `reg` as in the device tree's PCI binding. devices.c calls pci_fill() for each function;
 * pci_place() decides where the BARs lie.
 */
#include "build.h"
#include <host/pci.h>
#include <lib/bundle.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- known functions: BARs, class, interrupt pin, and how they are silenced ---- */

struct pci_known_bar {
	uint8_t number;
	uint8_t kind; /* enum bundle_bar_kind */
	uint32_t size;
};

struct pci_known {
	uint16_t vendor, device;
	const char *qemu;    /* what QEMU calls it */
	uint32_t class_code; /* base class, subclass, interface */
	enum bundle_silence silence;
	uint8_t control; /* the BAR with the registers that silence it */
	uint8_t pin;
	const struct pci_known_bar *bars;
	size_t bar_count;
};

#define PCI_KNOWN_VIRTIO_MODERN 0x1040u /* lower numbers are legacy devices */
#define PCI_KNOWN_CONSOLE       0x1043u
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
    {0x1af4, 0x1041, "virtio-net-pci", 0x020000, PCI_KNOWN_VIRTIO_REST},
    {0x1af4, 0x1042, "virtio-blk-pci", 0x010000, PCI_KNOWN_VIRTIO_REST},
    {0x1af4, 0x1043, "virtio-serial-pci", 0x078000, PCI_KNOWN_VIRTIO_REST},
    {0x1af4, 0x1044, "virtio-rng-pci", 0x00ff00, PCI_KNOWN_VIRTIO_REST},
    {0x1af4, 0x1048, "virtio-scsi-pci", 0x010000, PCI_KNOWN_VIRTIO_REST},
    /* QEMU's NVMe and xHCI, Intel's e1000e and AHCI (ICH9). */
    {0x1b36, 0x0010, "nvme", 0x010802, BUNDLE_SILENCE_NVME, 0, 1,
     PCI_KNOWN_ARRAY(pci_known_one_wide)},
    {0x1b36, 0x000d, "qemu-xhci", 0x0c0330, BUNDLE_SILENCE_XHCI, 0, 1,
     PCI_KNOWN_ARRAY(pci_known_one_wide)},
    {0x8086, 0x10d3, "e1000e", 0x020000, BUNDLE_SILENCE_E1000E, 0, 1,
     PCI_KNOWN_ARRAY(pci_known_e1000e_bars)},
    {0x8086, 0x2922, "ich9-ahci", 0x010601, BUNDLE_SILENCE_AHCI, 5, 1,
     PCI_KNOWN_ARRAY(pci_known_ahci_bars)},
    /* QEMU's edu: a transfer that has begun goes on for 100 ms and can't be stopped. */
    {0x1234, 0x11e8, "edu", 0x00ff00, BUNDLE_SILENCE_UNKNOWN, 0, 1,
     PCI_KNOWN_ARRAY(pci_known_edu_bars)},
};

static const struct pci_known *pci_known_find(uint32_t vendor, uint32_t device)
{
	for (size_t i = 0; i < sizeof(pci_known_all) / sizeof(pci_known_all[0]); i++)
		if (pci_known_all[i].vendor == vendor && pci_known_all[i].device == device)
			return &pci_known_all[i];
	return NULL;
}

/* Warns if QEMU's device is another one than the function that the partition expects. */
static void pci_check_qemu(struct build *build, const struct model_device *device)
{
	const struct dts_property *compatible = dts_property(device->node, "compatible");
	const char *qemu = device->qemu_device ? device->qemu_device : "";
	const size_t length = strcspn(qemu, ",");

	for (size_t i = 0; i < sizeof(pci_known_all) / sizeof(pci_known_all[0]); i++) {
		const struct pci_known *known = &pci_known_all[i];

		if (strlen(known->qemu) == length && !strncmp(known->qemu, qemu, length) &&
		    known != pci_known_find(device->function->vendor, device->function->device))
			complain_warning(
			    &build->complaints, compatible->items->place,
			    "QEMU's '%s' is another function: \"pci%04x,%04x\"; correct "
			    "this, or 'kumiki,qemu-device'",
			    known->qemu, known->vendor, known->device);
	}
}

bool pci_is_known(const struct model_function *function)
{
	return pci_known_find(function->vendor, function->device) != NULL;
}

bool pci_is_console(const struct model_function *function)
{
	return bundle_id_is_virtio(function->vendor, function->device) &&
	       function->device == PCI_KNOWN_CONSOLE;
}

static bool pci_known_virtio(uint32_t vendor, uint32_t device)
{
	return bundle_id_is_virtio(vendor, device) && device >= PCI_KNOWN_VIRTIO_MODERN;
}

/* ---- a function that a partition is given ---- */

#define PCI_ENTRY      5 /* cells of an entry of reg: three of address, two of size */
#define PCI_BUS        0x00ff0000u
#define PCI_REGISTER   0x000000ffu
#define PCI_SPACE      0x03000000u
#define PCI_IO         0x01000000u
#define PCI_MEMORY_64  0x03000000u
#define PCI_PREFETCH   0x40000000u
#define PCI_FIRST_BAR  0x10u
#define PCI_BAR_LEAST  16
#define PCI_SHOWN_FREE 4 /* how many device numbers a message proposes */

bool pci_is_function(const struct build *build, const struct dts_node *node)
{
	return build->bridge && node->parent == build->bridge;
}

static const char *pci_slot(struct build *build, const struct model_function *function)
{
	return arena_format(build->arena, "device %u, function %u", function->slot >> 3,
	                    function->slot & 7);
}

/* Where a property of the function stands; if there is none, where the function stands. */
static struct dts_place pci_property(const struct model_device *device, const char *name)
{
	const struct dts_property *property = dts_property(device->node, name);

	return property ? property->place : device->node->place;
}

/* ---- vendor and device ---- */

/* Reads up to four hexadecimal digits; `at` then points behind them. */
static bool pci_hex(const char **at, uint32_t *value)
{
	size_t length = strspn(*at, "0123456789abcdefABCDEF");

	if (!length || length > 4)
		return false;
	*value = (uint32_t)strtoul(*at, NULL, 16);
	*at += length;
	return true;
}

/* Reads text like "pci1af4,1042". */
static bool pci_numbers(const char *text, struct model_function *function)
{
	if (strncmp(text, "pci", 3) != 0)
		return false;
	text += 3;
	if (!pci_hex(&text, &function->vendor) || *text++ != ',' ||
	    !pci_hex(&text, &function->device) || *text)
		return false;
	return function->vendor != 0 && function->vendor != 0xffff;
}

/* Reads vendor and device, from the first of its compatibles that has them. */
static bool pci_identity(struct build *build, struct model_device *device,
                         const struct pci_known **known)
{
	const struct dts_property *compatible = dts_property(device->node, "compatible");
	size_t at = 0;

	while (compatible && compatible->size && !compatible->bytes[compatible->size - 1] &&
	       at < compatible->size) {
		const char *text = (const char *)compatible->bytes + at;

		if (pci_numbers(text, device->function)) {
			*known = pci_known_find(device->function->vendor, device->function->device);
			pci_check_qemu(build, device);
			return true;
		}
		at += strlen(text) + 1;
	}
	complain(&build->complaints, pci_property(device, "compatible"),
	         "'&%s' is a PCI function and doesn't say which; add its vendor's and its own "
	         "number: compatible = \"pci1af4,1042\";",
	         device->label);
	return false;
}

/* ---- where it is ---- */

/* What is wrong with its place on the bus; NULL: nothing. */
static const char *pci_misplaced(struct build *build, const struct model_device *device,
                                 uint32_t address)
{
	if (address & PCI_BUS)
		return arena_format(build->arena,
		                    "is on bus %u, and only functions of bus 0 can be given to "
		                    "partitions; connect it there",
		                    (address & PCI_BUS) >> 16);
	if (address & PCI_REGISTER)
		return "has a register in the first entry of 'reg', which is its place alone: "
		       "write it so: reg = <0x1000 0 0 0 0>; (device 2, function 0)";
	if (!(device->function->slot >> 3))
		return "has device number 0, which is the host bridge's own; use another one: "
		       "reg = <0x800 0 0 0 0>; is device 1";
	return NULL;
}

static bool pci_place_on_bus(struct build *build, struct model_device *device)
{
	const struct dts_property *reg = dts_property(device->node, "reg");
	const struct dts_place place = pci_property(device, "reg");
	const uint32_t address = dts_cell(reg, 0, 0);
	const char *wrong;

	if (!reg || !reg->size || reg->size % (4u * PCI_ENTRY)) {
		complain(
		    &build->complaints, place,
		    "'&%s' has no 'reg' of five cells for each entry, the first one its place: "
		    "reg = <0x1000 0 0 0 0>; is device 2, function 0",
		    device->label);
		return false;
	}
	device->function->slot = address >> 8 & 0xff;
	wrong = pci_misplaced(build, device, address);
	if (!wrong && !pci_is_called(device->node, device->function->slot))
		wrong = arena_format(build->arena,
		                     "is called '%s', and 'reg' says %s; correct one of them",
		                     device->node->name, pci_slot(build, device->function));
	if (wrong)
		complain(&build->complaints, place, "'&%s' %s", device->label, wrong);
	return !wrong;
}

/* ---- BARs ---- */

static bool pci_power_of_two(uint64_t size)
{
	return size && !(size & (size - 1));
}

static bool pci_bar_free(const struct model_bar *bars, uint32_t number, bool wide)
{
	if (bars[number].size ||
	    (number && bars[number - 1].size && bars[number - 1].kind & BUNDLE_BAR_64))
		return false;
	return !wide || (number + 1 < BUNDLE_BARS && !bars[number + 1].size);
}

/* Adds the BAR that entry `index` of reg describes. Returns what is wrong with the entry; NULL:
 * nothing. */
static const char *pci_bar(struct build *build, struct model_device *device, size_t index)
{
	const struct dts_property *reg = dts_property(device->node, "reg");
	const uint32_t address = dts_cell(reg, index * PCI_ENTRY, 0);
	const uint64_t size = dts_number(reg, index * PCI_ENTRY + 3, 2);
	const uint32_t offset = address & PCI_REGISTER, number = (offset - PCI_FIRST_BAR) / 4;
	const bool wide = (address & PCI_SPACE) == PCI_MEMORY_64;
	struct model_bar *bars = device->function->bars;

	if (offset < PCI_FIRST_BAR || offset % 4 || number >= BUNDLE_BARS || !(address & PCI_SPACE))
		return "is no BAR; write BAR 0 so: 0x2001010 0 0 0 0x4000 (32-bit memory of device "
		       "2, 16 KiB)";
	if ((address >> 8 & 0xffff) != device->function->slot)
		return arena_format(build->arena, "is another function's; this one is %s",
		                    pci_slot(build, device->function));
	if (!pci_power_of_two(size) || size < PCI_BAR_LEAST ||
	    size > build->model->board.pci_window_size)
		return arena_format(build->arena,
		                    "has size 0x%llx, and a BAR has a power of two from 16 bytes "
		                    "to what the bridge has (%s)",
		                    (unsigned long long)size,
		                    build_size(build, build->model->board.pci_window_size));
	if (!pci_bar_free(bars, number, wide))
		return "is a BAR that another entry has, or that is half of a 64-bit BAR; take "
		       "one of them out";
	if ((address & PCI_SPACE) != PCI_IO)
		bars[number] = (struct model_bar){
		    .size = size,
		    .kind = (uint8_t)((wide ? BUNDLE_BAR_64 : 0) |
		                      (address & PCI_PREFETCH ? BUNDLE_BAR_PREFETCH : 0))};
	return NULL;
}

/* Where entry `index` of reg stands. */
static struct dts_place pci_entry(const struct model_device *device, size_t index)
{
	const struct dts_property *reg = dts_property(device->node, "reg");

	for (const struct dts_item *item = reg->items; item; item = item->next)
		if (item->offset == index * PCI_ENTRY * 4)
			return item->place;
	return reg->place;
}

/* Reads the BARs from the entries of reg; if there are none, from the table of known functions. */
static bool pci_bars(struct build *build, struct model_device *device,
                     const struct pci_known *known)
{
	const size_t entries = dts_property(device->node, "reg")->size / (4u * PCI_ENTRY);
	const struct dts_place place = pci_property(device, "reg");
	bool good = true;

	if (entries == 1 && !known) {
		complain(&build->complaints, place,
		         "which BARs '&%s' has isn't known (\"pci%04x,%04x\"); add them to 'reg', "
		         "as 0x%x 0 0 0 0x4000 for BAR 0, 32-bit memory, 16 KiB",
		         device->label, device->function->vendor, device->function->device,
		         0x02000010u | device->function->slot << 8);
		return false;
	}
	for (size_t i = 0; entries == 1 && i < known->bar_count; i++)
		device->function->bars[known->bars[i].number] =
		    (struct model_bar){.size = known->bars[i].size, .kind = known->bars[i].kind};
	for (size_t i = 1; i < entries; i++) {
		const char *wrong = pci_bar(build, device, i);

		if (wrong)
			complain(&build->complaints, pci_entry(device, i),
			         "'&%s': entry %zu of 'reg' %s", device->label, i, wrong);
		good &= !wrong;
	}
	return good;
}

/* ---- its interrupt, its DMA ---- */

static bool pci_interrupt(struct build *build, struct model_device *device,
                          const struct pci_known *known)
{
	const struct dts_property *interrupts = dts_property(device->node, "interrupts");
	struct model_function *function = device->function;

	function->pin = interrupts ? dts_u32(device->node, "interrupts", UINT32_MAX)
	                : known    ? known->pin
	                           : 0;
	if (!function->pin)
		return true;
	if (function->pin > 4) {
		complain(&build->complaints, pci_property(device, "interrupts"),
		         "'&%s': 'interrupts' of a PCI function is its pin, 1 to 4 (INTA to INTD), "
		         "or 0 if it has none",
		         device->label);
		return false;
	}
	function->intid = bridge_line(build, function->slot >> 3, function->pin);
	if (!function->intid) {
		complain(
		    &build->complaints, pci_property(device, "reg"),
		    "'&%s': no interrupt line of the board is connected to pin %c of device %u "
		    "('interrupt-map' of '%s'); use another device number, or say that it has "
		    "none: interrupts = <0>;",
		    device->label, "ABCD"[function->pin - 1], function -> slot >> 3,
		    dts_call(build->arena, build->bridge));
		return false;
	}
	device->interrupts[device->interrupt_count++] =
	    (struct model_interrupt){.intid = function->intid};
	return true;
}

static enum bundle_silence pci_silence(const struct model_function *function,
                                       const struct pci_known *known)
{
	return known && function->bars[known->control].size ? known->silence
	                                                    : BUNDLE_SILENCE_UNKNOWN;
}

/* A virtio function goes around the SMMU unless it is told not to. The loader can check that only
 * for known kinds of functions. */
bool pci_goes_around(const struct model_device *device)
{
	return device->function && device->silence != BUNDLE_SILENCE_VIRTIO_PCI &&
	       bundle_id_is_virtio(device->function->vendor, device->function->device);
}

bool pci_fill(struct build *build, struct model_device *device)
{
	struct model_function *function = arena_alloc(build->arena, sizeof(*function));
	const struct pci_known *known = NULL;

	device->function = function;
	device->dma = true;
	if (!pci_identity(build, device, &known) || !pci_place_on_bus(build, device) ||
	    !pci_bars(build, device, known) || !pci_interrupt(build, device, known))
		return false;
	function->class_revision = known ? known->class_code << 8 : 0;
	function->control = known ? known->control : 0;
	function->virtio = pci_known_virtio(function->vendor, function->device);
	function->stream = function->slot;
	function->sender = bridge_sender(build, function->slot);
	device->silence = pci_silence(function, known);
	function->confined =
	    bridge_stream(build, function->slot, &function->stream) && !pci_goes_around(device);
	device->ranges = arena_array(build->arena, BUNDLE_BARS, sizeof(*device->ranges));
	return true;
}

/* ---- when all partitions' functions are known ---- */

static const struct model_device *pci_at(const struct draft *draft, uint32_t slot)
{
	for (size_t i = 0; i < draft->partition->device_count; i++) {
		const struct model_device *device = draft->partition->devices[i];

		if (device->function && device->function->slot == slot)
			return device;
	}
	return NULL;
}

/* Complains of an earlier function at the same place. */
static void pci_check_slot(struct build *build, const struct draft *draft, size_t index)
{
	const struct model_device *device = draft->partition->devices[index];

	for (const struct draft *d = build->drafts; d <= draft; d++) {
		const struct model_device *other = pci_at(d, device->function->slot);

		if (!other || other == device || other->node == device->node)
			continue;
		complain(&build->complaints, draft->device_places[index],
		         "'&%s' of '%s' and '&%s' of '%s' are both at %s; change the 'reg' of one "
		         "of them",
		         device->label, draft->name, other->label, d->name,
		         pci_slot(build, device->function));
		return;
	}
}

/* The SMMU knows a function by its stream, so two functions can't share a stream. */
static void pci_check_stream(struct build *build, const struct draft *draft, size_t index)
{
	const struct model_device *device = draft->partition->devices[index];

	for (const struct draft *d = build->drafts; d <= draft; d++)
		for (size_t i = 0; i < d->partition->device_count; i++) {
			const struct model_device *other = d->partition->devices[i];

			if ((d == draft && i >= index) || !other->function ||
			    other->function->stream != device->function->stream ||
			    other->function->slot == device->function->slot)
				continue;
			complain(&build->complaints, draft->device_places[index],
			         "'&%s' of '%s' and '&%s' of '%s' have the same stream (%u) at the "
			         "SMMU, which couldn't tell them apart; correct 'iommu-map' of "
			         "'%s', or take one of them out",
			         device->label, draft->name, other->label, d->name,
			         device->function->stream, dts_call(build->arena, build->bridge));
			return;
		}
}

/* A system looks for a device's other functions only if it finds function 0. */
static void pci_check_first(struct build *build, const struct draft *draft, size_t index)
{
	const struct model_device *device = draft->partition->devices[index];
	const uint32_t slot = device->function->slot;

	if (slot & 7 && !pci_at(draft, slot & ~7u))
		complain(&build->complaints, draft->device_places[index],
		         "'&%s' is function %u of device %u, and '%s' doesn't have function 0, "
		         "without which no system looks for others; give it that, too",
		         device->label, slot & 7, slot >> 3, draft->name);
}

static void pci_check_count(struct build *build, const struct draft *draft, size_t index,
                            size_t own, size_t all)
{
	if (own == BUNDLE_PARTITION_FUNCTIONS_MAX + 1)
		complain(&build->complaints, draft->device_places[index],
		         "'%s' has more than %d PCI functions, its panel included; take some out",
		         draft->name, BUNDLE_PARTITION_FUNCTIONS_MAX);
	else if (all == BUNDLE_FUNCTIONS_MAX + 1)
		complain(&build->complaints, draft->device_places[index],
		         "more than %d PCI functions in all, panels included; take some out",
		         BUNDLE_FUNCTIONS_MAX);
}

/* ---- panels ---- */

static void pci_panel(struct build *build, struct draft *draft)
{
	const struct dts_property *property = dts_property(draft->node, "kumiki,panel");

	if (!property)
		return;
	if (!build->bridge) {
		complain(&build->complaints, property->place,
		         "'%s' can't have 'kumiki,panel', which is a PCI function: %s; remove this "
		         "line",
		         draft->name, build->no_bridge);
		return;
	}
	draft->partition->panel = arena_alloc(build->arena, sizeof(*draft->partition->panel));
}

void pci_read(struct build *build)
{
	size_t all = 0;

	for (size_t i = 0; i < build->draft_count; i++)
		pci_panel(build, &build->drafts[i]);
	for (size_t i = 0; i < build->draft_count; i++)
		all += build->drafts[i].partition->panel != NULL;
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];
		size_t own = draft->partition->panel != NULL;

		for (size_t j = 0; j < draft->partition->device_count; j++) {
			if (!draft->partition->devices[j]->function)
				continue;
			pci_check_slot(build, draft, j);
			pci_check_stream(build, draft, j);
			pci_check_first(build, draft, j);
			pci_check_count(build, draft, j, ++own, ++all);
		}
	}
	pci_place(build);
}

/* ---- lines ---- */

/* True if another partition than `owner` has the interrupt. */
static bool pci_line_of_another(const struct build *build, const struct draft *owner,
                                uint32_t intid)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct model_partition *p = build->drafts[i].partition;

		for (size_t j = 0; j < p->device_count && &build->drafts[i] != owner; j++)
			for (size_t k = 0; k < p->devices[j]->interrupt_count; k++)
				if (p->devices[j]->interrupts[k].intid == intid)
					return true;
	}
	return false;
}

static bool pci_device_free(const struct build *build, uint32_t number)
{
	for (size_t i = 0; i < build->draft_count; i++)
		for (uint32_t function = 0; function < 8; function++)
			if (pci_at(&build->drafts[i], number << 3 | function))
				return false;
	return true;
}

/* Device numbers like "3, 4, 7" whose line no other partition has; "" if there are none. */
static const char *pci_free_numbers(struct build *build, const struct draft *owner, uint32_t pin)
{
	const char *list = "";
	size_t count = 0;

	for (uint32_t number = 1; number < 32 && count < PCI_SHOWN_FREE; number++) {
		const uint32_t intid = bridge_line(build, number, pin);

		if (!intid || !pci_device_free(build, number) ||
		    pci_line_of_another(build, owner, intid))
			continue;
		list = arena_format(build->arena, "%s%s%u", list, count++ ? ", " : "", number);
	}
	return list;
}

void pci_line_shared(struct build *build, const struct draft *owner,
                     const struct model_device *device, struct dts_place place,
                     const struct draft *other_owner, const struct model_device *other)
{
	const struct model_function *function = device->function;
	const char *numbers = pci_free_numbers(build, owner, function->pin);

	/* Two functions at the same place have the same line, too: that place was complained of. */
	if (function->slot == other->function->slot)
		return;
	complain(&build->complaints, place,
	         "'&%s' of '%s' (device %u, pin %c) has the same interrupt line (%u) as '&%s' of "
	         "'%s' (device %u, pin %c), and a line has one owner; %s%s%s",
	         device->label, owner->name, function->slot >> 3, "ABCD"[function->pin - 1],
	         function -> intid, other -> label, other_owner -> name,
	         other -> function -> slot >> 3, "ABCD"[other->function->pin - 1],
	         *numbers ? "give it another device number in 'reg', as one of " : "",
	         *numbers ? numbers : "no device number has a line that is free: ",
	         *numbers ? ", or give both to one of them" : "give both to one of them");
}
