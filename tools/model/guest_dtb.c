/*
 * A user's own device tree for a guest: does it contain only things that the partition owns? It
 * complains of all memory, registers, interrupts and CPUs that aren't the partition's. It doesn't
 * change the tree. guest_rtos.c asks the same first questions.
 */
#include "build.h"
#include <host/gics.h>
#include <libfdt.h>
#include <string.h>

/* ---- is it the partition's? ---- */

static bool owned_memory(const struct draft *draft, uint64_t base, uint64_t size)
{
	const struct model_partition *p = draft->partition;

	for (size_t i = 0; i < p->memory_count; i++)
		if (build_inside(base, size, p->memory[i].ipa, p->memory[i].size))
			return true;
	return false;
}

static bool owned_window(const struct build *build, const struct draft *draft, uint64_t base,
                         uint64_t size)
{
	for (size_t i = 0; i < build->window_count; i++)
		for (size_t j = 0; j < build->windows[i].member_count; j++) {
			const struct draft_member *member = &build->windows[i].members[j];

			if (member->appearance == draft->appearance &&
			    build_inside(base, size, member->ipa, build->windows[i].memory.size))
				return true;
		}
	return false;
}

static bool owned_end(const struct build *build, const struct draft *draft, uint64_t base,
                      uint64_t size)
{
	for (size_t i = 0; i < build->channel_count; i++) {
		const struct draft_end *end = build_end(&build->channels[i], draft->appearance);

		if (end && build_inside(base, size, end->ipa, BUNDLE_END_SIZE))
			return true;
	}
	return false;
}

static bool owned_device(const struct model_partition *p, uint64_t base, uint64_t size)
{
	for (size_t i = 0; i < p->device_count; i++)
		for (size_t j = 0; j < p->devices[i]->range_count; j++) {
			const struct model_range *range = &p->devices[i]->ranges[j];

			if (build_inside(base, size, range->base, range->size))
				return true;
		}
	return false;
}

bool owned_registers(const struct build *build, const struct draft *draft, uint64_t base,
                     uint64_t size)
{
	const struct model_partition *p = draft->partition;

	if ((p->console && build_inside(base, size, p->uart_ipa, MODEL_PAGE)) ||
	    (p->rtc && build_inside(base, size, p->rtc_ipa, MODEL_PAGE)) ||
	    (p->watchdog && build_inside(base, size, p->watchdog_ipa, MODEL_WATCHDOG_SIZE)) ||
	    (p->message_ipa && build_inside(base, size, p->message_ipa, MODEL_PAGE)) ||
	    (p->pci_ecam_ipa && build_inside(base, size, p->pci_ecam_ipa, BUNDLE_ECAM_SIZE)))
		return true;
	if (p->blackbox_ipa &&
	    build_inside(base, size, p->blackbox_ipa, build->draft_count * BUNDLE_BLACKBOX_MEMORY))
		return true;
	return watch_shows(build, draft, base, size) || owned_window(build, draft, base, size) ||
	       owned_end(build, draft, base, size) || owned_device(p, base, size);
}

bool owned_interrupt(const struct build *build, const struct draft *draft, uint32_t intid)
{
	const struct model_partition *p = draft->partition;

	if (wiring_has(build, draft, intid))
		return true;
	for (size_t i = 0; i < p->device_count; i++)
		for (size_t j = 0; j < p->devices[i]->interrupt_count; j++)
			if (p->devices[i]->interrupts[j].intid == intid)
				return true;
	return false;
}

struct guest_dtb {
	struct build *build;
	const struct draft *draft;
	const char *blob;
	int node; /* the present node */
};

#define GUEST_DTB_PATH_MAX 256

static const char *guest_dtb_path(const struct guest_dtb *dtb)
{
	char path[GUEST_DTB_PATH_MAX];

	if (fdt_get_path(dtb->blob, dtb->node, path, sizeof(path)))
		return "(a very deep node)";
	return arena_copy(dtb->build->arena, path, strlen(path));
}

static uint64_t guest_dtb_number(const char *value, int at, int cells)
{
	uint64_t number = 0;

	for (int i = at; i < at + cells; i++) {
		fdt32_t cell;

		memcpy(&cell, value + (size_t)i * 4, sizeof(cell));
		number = number << 32 | fdt32_to_cpu(cell);
	}
	return number;
}

static const char *guest_dtb_string(const struct guest_dtb *dtb, int node, const char *name)
{
	int length = 0;
	const char *value = fdt_getprop(dtb->blob, node, name, &length);

	return value && length > 0 && !value[length - 1] ? value : "";
}

static bool guest_dtb_compatible(const struct guest_dtb *dtb, int node, const char *compatible)
{
	return fdt_node_check_compatible(dtb->blob, node, compatible) == 0;
}

/* ---- addresses ---- */

/* Turns an address on a bus into one on the bus above, by `ranges`. */
static bool guest_dtb_translate(const struct guest_dtb *dtb, int bus, uint64_t *base, uint64_t size)
{
	int length = 0, child = fdt_address_cells(dtb->blob, bus);
	int sizes = fdt_size_cells(dtb->blob, bus);
	int above = fdt_parent_offset(dtb->blob, bus);
	int parent = fdt_address_cells(dtb->blob, above), entry = child + parent + sizes;
	const char *ranges = fdt_getprop(dtb->blob, bus, "ranges", &length);

	if (!ranges)
		return false;
	if (!length)
		return true;
	if (child < 1 || child > 2 || parent < 1 || parent > 2 || sizes < 1 || sizes > 2)
		return false;
	for (int at = 0; at + entry <= length / 4; at += entry) {
		uint64_t from = guest_dtb_number(ranges, at, child);
		uint64_t to = guest_dtb_number(ranges, at + child, parent);
		uint64_t room = guest_dtb_number(ranges, at + child + parent, sizes);

		if (build_inside(*base, size, from, room)) {
			*base = to + (*base - from);
			return true;
		}
	}
	return false;
}

/* Turns an address of the node's bus into one that CPUs use. False: CPUs can't reach it. */
static bool guest_dtb_to_cpu(const struct guest_dtb *dtb, uint64_t *base, uint64_t size)
{
	int bus = fdt_parent_offset(dtb->blob, dtb->node);

	for (int depth = 0; bus > 0 && depth < DTS_DEPTH_MAX; depth++) {
		if (!guest_dtb_translate(dtb, bus, base, size))
			return false;
		bus = fdt_parent_offset(dtb->blob, bus);
	}
	return bus == 0;
}

/* ---- the checks ---- */

static void guest_dtb_range(const struct guest_dtb *dtb, uint64_t base, uint64_t size)
{
	bool memory = !strcmp(guest_dtb_string(dtb, dtb->node, "device_type"), "memory");

	if (!size || owned_memory(dtb->draft, base, size) ||
	    (!memory && owned_registers(dtb->build, dtb->draft, base, size)))
		return;
	complain(&dtb->build->complaints, dtb->draft->dtb.place,
	         "'%s' of the device tree has %s 0x%llx to 0x%llx, which '%s' doesn't own; %s",
	         guest_dtb_path(dtb), memory ? "memory" : "registers", (unsigned long long)base,
	         (unsigned long long)(base + size - 1), dtb->draft->name,
	         memory ? "give it that memory, or correct 'reg'"
	                : "give it that device, or take the node out of the tree");
}

static bool guest_dtb_gic_node(const struct guest_dtb *dtb, int node)
{
	for (size_t i = 0; gics_compatible[i]; i++)
		if (guest_dtb_compatible(dtb, node, gics_compatible[i]))
			return true;
	return false;
}

/* Only the beginning counts: the size may be the board's, as a guest stops at its last
 * redistributor. */
static void guest_dtb_gic(const struct guest_dtb *dtb, bool redistributor, uint64_t base)
{
	const struct model_partition *p = dtb->draft->partition;
	uint64_t right = redistributor ? p->gicr_ipa : p->gicd_ipa;

	if (base != right)
		complain(&dtb->build->complaints, dtb->draft->dtb.place,
		         "'%s' of the device tree has the interrupt controller at 0x%llx, and '%s' "
		         "sees it at 0x%llx; correct 'reg'",
		         guest_dtb_path(dtb), (unsigned long long)base, dtb->draft->name,
		         (unsigned long long)right);
}

static void guest_dtb_reg(const struct guest_dtb *dtb)
{
	int length = 0, bus = fdt_parent_offset(dtb->blob, dtb->node);
	const char *reg = fdt_getprop(dtb->blob, dtb->node, "reg", &length);
	int address = bus >= 0 ? fdt_address_cells(dtb->blob, bus) : 0;
	int sizes = bus >= 0 ? fdt_size_cells(dtb->blob, bus) : 0;
	bool gic = guest_dtb_gic_node(dtb, dtb->node);

	if (!reg || address < 1 || address > 2 || sizes < 1 || sizes > 2)
		return;
	for (int at = 0; at + address + sizes <= length / 4; at += address + sizes) {
		uint64_t base = guest_dtb_number(reg, at, address);
		uint64_t size = guest_dtb_number(reg, at + address, sizes);

		if (!guest_dtb_to_cpu(dtb, &base, size))
			continue;
		if (!gic)
			guest_dtb_range(dtb, base, size);
		else if (at / (address + sizes) < 2)
			guest_dtb_gic(dtb, at > 0, base);
	}
}

/* The controller of this node's `interrupts`; negative: none. */
static int guest_dtb_interrupt_parent(const struct guest_dtb *dtb)
{
	for (int node = dtb->node; node >= 0; node = fdt_parent_offset(dtb->blob, node)) {
		int length = 0;
		const char *parent = fdt_getprop(dtb->blob, node, "interrupt-parent", &length);

		if (parent && length == 4)
			return fdt_node_offset_by_phandle(dtb->blob,
			                                  (uint32_t)guest_dtb_number(parent, 0, 1));
	}
	return -1;
}

/* How many cells an interrupt of a GIC has: 3 or more. */
static uint64_t guest_dtb_cells(const struct guest_dtb *dtb, int gic)
{
	int length = 0;
	const char *value = fdt_getprop(dtb->blob, gic, "#interrupt-cells", &length);
	uint64_t cells = value && length == 4 ? guest_dtb_number(value, 0, 1) : 3;

	return cells >= 3 && cells <= 8 ? cells : 3;
}

static void guest_dtb_interrupt(const struct guest_dtb *dtb, const char *value, int at)
{
	const uint64_t number = guest_dtb_number(value, at + 1, 1);

	if (guest_dtb_number(value, at, 1) != 0 ||
	    (number <= BUNDLE_SPI_LAST &&
	     owned_interrupt(dtb->build, dtb->draft, BUNDLE_SPI_FIRST + (uint32_t)number)))
		return;
	complain(&dtb->build->complaints, dtb->draft->dtb.place,
	         "'%s' of the device tree has interrupt %llu, which '%s' doesn't own; give it that "
	         "device, or take the node out of the tree",
	         guest_dtb_path(dtb), (unsigned long long)(BUNDLE_SPI_FIRST + number),
	         dtb->draft->name);
}

static void guest_dtb_interrupts(const struct guest_dtb *dtb)
{
	int length = 0, parent, cells;
	const char *interrupts = fdt_getprop(dtb->blob, dtb->node, "interrupts", &length);

	if (!interrupts)
		return;
	parent = guest_dtb_interrupt_parent(dtb);
	if (parent < 0 || !guest_dtb_gic_node(dtb, parent))
		return;
	cells = (int)guest_dtb_cells(dtb, parent);
	for (int at = 0; at + cells <= length / 4; at += cells)
		guest_dtb_interrupt(dtb, interrupts, at);
}

static void guest_dtb_cpu(const struct guest_dtb *dtb)
{
	int length = 0;
	const char *reg = fdt_getprop(dtb->blob, dtb->node, "reg", &length);
	uint64_t affinity =
	    reg && (length == 4 || length == 8) ? guest_dtb_number(reg, 0, length / 4) : UINT64_MAX;

	if (affinity >= dtb->draft->vcpu_count)
		complain(
		    &dtb->build->complaints, dtb->draft->dtb.place,
		    "'%s' of the device tree is a CPU that '%s' doesn't have: it has %zu, with "
		    "'reg' from 0; give it more cores, or take the node out of the tree",
		    guest_dtb_path(dtb), dtb->draft->name, dtb->draft->vcpu_count);
}

/* ---- a PCI host bridge ---- */

/* A bridge's memory must be the board's window, and its lines must be the partition's. Its
 * configuration space is checked like any register. */

#define BUS_CHILD_CELLS 3 /* of an address on the bus */
#define BUS_SIZE_CELLS  2
#define BUS_SPACE       0x03000000u
#define BUS_IO          0x01000000u

static void bus_range(const struct guest_dtb *dtb, const char *ranges, int at, int parent)
{
	const struct bundle_board *board = &dtb->build->model->board;
	const uint64_t child = guest_dtb_number(ranges, at + 1, 2);
	const uint64_t base = guest_dtb_number(ranges, at + BUS_CHILD_CELLS, parent);
	const uint64_t size =
	    guest_dtb_number(ranges, at + BUS_CHILD_CELLS + parent, BUS_SIZE_CELLS);

	if ((guest_dtb_number(ranges, at, 1) & BUS_SPACE) > BUS_IO && child == base &&
	    build_inside(base, size, board->pci_window, board->pci_window_size))
		return;
	complain(&dtb->build->complaints, dtb->draft->dtb.place,
	         "'%s' of the device tree shows 0x%llx to 0x%llx on its bus, and that of '%s' has "
	         "memory at 0x%llx to 0x%llx, at the same addresses on both sides, and nothing "
	         "else; correct 'ranges'",
	         guest_dtb_path(dtb), (unsigned long long)base,
	         (unsigned long long)(base + size - 1), dtb->draft->name,
	         (unsigned long long)board->pci_window,
	         (unsigned long long)(board->pci_window + board->pci_window_size - 1));
}

static void bus_ranges(const struct guest_dtb *dtb)
{
	int length = 0, above = fdt_parent_offset(dtb->blob, dtb->node);
	const char *ranges = fdt_getprop(dtb->blob, dtb->node, "ranges", &length);
	const int parent = above >= 0 ? fdt_address_cells(dtb->blob, above) : 0;
	const int entry = BUS_CHILD_CELLS + parent + BUS_SIZE_CELLS;

	if (!ranges || parent < 1 || parent > 2)
		return;
	for (int at = 0; at + entry <= length / 4; at += entry)
		bus_range(dtb, ranges, at, parent);
}

/* The cells of a property of one cell; 0: it isn't there. */
static int bus_cells(const struct guest_dtb *dtb, int node, const char *name)
{
	int length = 0;
	const char *value = fdt_getprop(dtb->blob, node, name, &length);
	const uint64_t cells = value && length == 4 ? guest_dtb_number(value, 0, 1) : 0;

	return cells <= 8 ? (int)cells : 0;
}

/* Checks the lines. An entry of interrupt-map has an address and a pin, a phandle, then the
 * parent's address and interrupt. */
static void bus_lines(const struct guest_dtb *dtb)
{
	int length = 0, at = BUS_CHILD_CELLS + 1;
	const char *map = fdt_getprop(dtb->blob, dtb->node, "interrupt-map", &length);

	while (map && at < length / 4) {
		const int parent =
		    fdt_node_offset_by_phandle(dtb->blob, (uint32_t)guest_dtb_number(map, at, 1));
		const int address = parent < 0 ? 0 : bus_cells(dtb, parent, "#address-cells");
		const int cells = parent < 0 ? 0 : bus_cells(dtb, parent, "#interrupt-cells");

		if (!cells || at + 1 + address + cells > length / 4)
			return;
		if (cells >= 3 && guest_dtb_gic_node(dtb, parent))
			guest_dtb_interrupt(dtb, map, at + 1 + address);
		at += 1 + address + cells + BUS_CHILD_CELLS + 1;
	}
}

static void guest_dtb_bus(const struct guest_dtb *dtb)
{
	if (!guest_dtb_compatible(dtb, dtb->node, "pci-host-ecam-generic") ||
	    !build_has_functions(dtb->draft))
		return;
	bus_ranges(dtb);
	bus_lines(dtb);
}

/* ---- nodes ---- */

static void guest_dtb_node(const struct guest_dtb *dtb)
{
	if (!strcmp(guest_dtb_string(dtb, dtb->node, "status"), "disabled"))
		return;
	if (!strcmp(guest_dtb_string(dtb, dtb->node, "device_type"), "cpu")) {
		guest_dtb_cpu(dtb);
		return;
	}
	guest_dtb_reg(dtb);
	guest_dtb_interrupts(dtb);
	guest_dtb_bus(dtb);
}

/* Linux learns the initrd's place from the tree, so the tree must have the real place. */
static void guest_dtb_initrd(const struct guest_dtb *dtb)
{
	const struct model_file *initrd = &dtb->draft->partition->initrd;
	int length = 0, chosen = fdt_path_offset(dtb->blob, "/chosen");
	const char *start =
	    chosen < 0 ? NULL : fdt_getprop(dtb->blob, chosen, "linux,initrd-start", &length);

	if (!initrd->path || (start && (length == 4 || length == 8) &&
	                      guest_dtb_number(start, 0, length / 4) == initrd->ipa))
		return;
	complain(
	    &dtb->build->complaints, dtb->draft->initrd.place,
	    "the initrd lies at 0x%llx, and the device tree doesn't say so; write into its "
	    "/chosen: linux,initrd-start = <0x%llx 0x%llx>; linux,initrd-end = <0x%llx 0x%llx>;",
	    (unsigned long long)initrd->ipa, (unsigned long long)(initrd->ipa >> 32),
	    (unsigned long long)(initrd->ipa & 0xffffffff),
	    (unsigned long long)((initrd->ipa + initrd->size) >> 32),
	    (unsigned long long)((initrd->ipa + initrd->size) & 0xffffffff));
}

static void guest_dtb_check_one(struct build *build, const struct draft *draft)
{
	struct guest_dtb dtb = {build, draft, NULL, 0};
	const struct file_access *access = build->search.access;
	char *data = NULL;
	size_t size = 0;
	int error =
	    access->read(access->context, build->arena, draft->dtb.path, MODEL_BLOCK, &data, &size);

	if (error || size < sizeof(struct fdt_header) || fdt_check_full(data, size)) {
		complain(&build->complaints, draft->dtb.place,
		         "'%s' is a damaged device tree%s%s; make it again with: dtc -O dtb",
		         draft->dtb.path, error ? ": " : "", error ? strerror(error) : "");
		return;
	}
	dtb.blob = data;
	while (dtb.node >= 0) {
		guest_dtb_node(&dtb);
		dtb.node = fdt_next_node(dtb.blob, dtb.node, NULL);
	}
	guest_dtb_initrd(&dtb);
}

void guest_dtb_check(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++)
		if (build->drafts[i].dtb.path && !build->drafts[i].memory_broken)
			guest_dtb_check_one(build, &build->drafts[i]);
}
