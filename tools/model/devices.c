/*
 * Devices of partitions, with registers and interrupts; the frame's devices; UART and clock.
 * owners.c checks that nothing has two owners.
 */
#include "build.h"
#include <string.h>

static bool device_inside(const struct dts_node *node, const struct dts_node *outer)
{
	for (; node; node = node->parent)
		if (node == outer)
			return true;
	return false;
}

static const char *device_label(struct build *build, const struct dts_node *node)
{
	return node->label ? node->label
	                   : arena_copy(build->arena, node->name, dts_base_length(node));
}

/* ---- registers and interrupts ---- */

static bool device_ranges(struct build *build, struct model_device *device, struct dts_place place)
{
	const struct dts_node *node = device->node;
	const struct bundle_board *board = &build->model->board;
	const char *name = dts_call(build->arena, node);
	size_t count = dts_reg_count(node);

	if (!count || count > MODEL_RANGES_MAX) {
		complain(
		    &build->complaints, place,
		    "'%s' has no registers of its own that could be given to a partition; take "
		    "it out",
		    name);
		return false;
	}
	device->ranges = arena_array(build->arena, count, sizeof(*device->ranges));
	for (size_t i = 0; i < count; i++) {
		struct dts_range range;

		if (!dts_reg(node, i, &range) || !range.size ||
		    !build_inside(range.base, range.size, 0, BUNDLE_ADDRESS_LIMIT) ||
		    build_overlap(range.base / MODEL_PAGE * MODEL_PAGE, range.size + 2 * MODEL_PAGE,
		                  board->ram_base, board->ram_size)) {
			complain(
			    &build->complaints, place,
			    "'%s': its registers (entry %zu of 'reg') aren't where a core could "
			    "reach them as a device, below 512 GiB and outside of memory; take "
			    "it out",
			    name, i);
			return false;
		}
		device->ranges[i] = (struct model_range){range.base, range.size};
	}
	device->range_count = count;
	return true;
}

/* One interrupt of the GIC, at cell `at` of the property. */
static bool device_interrupt(struct build *build, struct model_device *device,
                             const struct dts_property *property, size_t at, struct dts_place place)
{
	uint32_t type = dts_cell(property, at, 0), number = dts_cell(property, at + 1, 0);
	uint32_t trigger = dts_cell(property, at + 2, 0) & 0xf;

	if (type != 0 || number > BUNDLE_SPI_LAST - BUNDLE_SPI_FIRST ||
	    device->interrupt_count == MODEL_DEVICE_INTERRUPTS_MAX) {
		complain(
		    &build->complaints, place,
		    "'%s' has an interrupt that can't be given to a partition (type %u, number "
		    "%u): only interrupts that all cores share (type 0, up to %u) can, at most "
		    "%d; take it out",
		    dts_call(build->arena, device->node), type, number,
		    BUNDLE_SPI_LAST - BUNDLE_SPI_FIRST, MODEL_DEVICE_INTERRUPTS_MAX);
		return false;
	}
	device->interrupts[device->interrupt_count++] =
	    (struct model_interrupt){BUNDLE_SPI_FIRST + number, trigger == 1 || trigger == 2};
	return true;
}

static bool device_plain_interrupts(struct build *build, struct model_device *device,
                                    struct dts_place place)
{
	const struct dts_property *property = dts_property(device->node, "interrupts");
	uint32_t cells = dts_u32(build->gic, "#interrupt-cells", 3);

	if (!property || !build_at_gic(build, device->node))
		return true;
	for (size_t at = 0; at + cells <= dts_cell_count(property); at += cells)
		if (!device_interrupt(build, device, property, at, place))
			return false;
	return true;
}

/* Reads `interrupts-extended`, in which each interrupt stands behind its controller. Only the GIC's
 * interrupts count. */
static bool device_extended_interrupts(struct build *build, struct model_device *device,
                                       struct dts_place place)
{
	const struct dts_property *property = dts_property(device->node, "interrupts-extended");
	size_t at = 0;

	while (at < dts_cell_count(property)) {
		const struct dts_node *parent =
		    dts_by_phandle(build->tree, dts_cell(property, at++, 0));
		uint32_t cells = parent ? dts_u32(parent, "#interrupt-cells", 0) : 0;

		if (!parent || cells > 8)
			return true;
		if (parent == build->gic && !device_interrupt(build, device, property, at, place))
			return false;
		at += cells;
	}
	return true;
}

bool device_fill(struct build *build, struct model_device *device, const struct dts_node *node,
                 struct dts_place place)
{
	device->node = node;
	device->label = device_label(build, node);
	device->interrupts =
	    arena_array(build->arena, MODEL_DEVICE_INTERRUPTS_MAX, sizeof(*device->interrupts));
	device->dma = dma_possible(node);
	device->qemu_device = dts_string(node, "kumiki,qemu-device");
	device->qemu_words = qemu_words(build, node);
	qemu_check_device(build, node);
	if (pci_is_function(build, node))
		return pci_fill(build, device);
	if (!device_ranges(build, device, place))
		return false;
	device->silence = silence_of(device);
	if (dts_property(node, "interrupts-extended"))
		return device_extended_interrupts(build, device, place);
	return device_plain_interrupts(build, device, place);
}

/* ---- what may be given ---- */

static bool device_is_bridge(const struct dts_node *node)
{
	const char *type = dts_string(node, "device_type");

	return dts_compatible(node, "pci-host-ecam-generic") || (type && !strcmp(type, "pci"));
}

/* The same for nodes that have to do with PCI: see device_refusal(). */
static const char *device_refusal_pci(const struct build *build, const struct dts_node *node)
{
	const struct dts_node *bridge = node->parent;

	if (node == build->smmu)
		return "is the SMMU, by which the frame confines the DMA of everybody's functions; "
		       "take it out";
	if (device_is_bridge(node))
		return "is a PCI host bridge: each partition gets one of its own; give it "
		       "functions, "
		       "which are described inside of the board's: &pcie { disk: disk@2,0 { … }; "
		       "};";
	while (bridge && !device_is_bridge(bridge))
		bridge = bridge->parent;
	if (!bridge || pci_is_function(build, node))
		return NULL;
	if (!build->bridge)
		return arena_format(build->arena, "is a PCI function, and %s; use another device",
		                    build->no_bridge);
	return "isn't on bus 0 of the PCI host bridge that the frame drives, and only functions "
	       "there can be given to partitions; use one of them";
}

/* Why this node can't be given to a partition at all, with the remedy; NULL: it can. */
static const char *device_refusal(const struct build *build, const struct dts_node *node)
{
	const char *type = dts_string(node, "device_type");
	const char *status = dts_string(node, "status");

	if (build->gic && device_inside(node, build->gic))
		return "is the frame's own: each partition gets an interrupt controller of its "
		       "own without asking; take it out";
	if (type && !strcmp(type, "memory"))
		return "is memory; ask for some with kumiki,memory = \"512M\";";
	if (device_inside(node, dts_child(build->tree->root, "cpus")))
		return "is a core; give cores with cpus = <&cpus 0x3>;";
	if (!node->parent || device_inside(node, dts_child(build->tree->root, "domains")))
		return "is no device; take it out";
	if (status && strcmp(status, "okay") != 0 && strcmp(status, "ok") != 0)
		return "is disabled in the board's file, so firmware may be using it; if it is "
		       "free, enable it: status = \"okay\";";
	return device_refusal_pci(build, node);
}

/* True if the list names the node, before `end` if `end` is one of its items. */
static bool device_in_list(const struct dts_property *list, const struct dts_node *node,
                           const struct dts_item *end)
{
	for (const struct dts_item *item = list ? list->items : NULL; item && item != end;
	     item = item->next)
		if (item->target == node)
			return true;
	return false;
}

static void device_add(struct build *build, struct draft *draft, const struct dts_item *item)
{
	struct model_partition *partition = draft->partition;
	struct model_device *device;

	if (partition->device_count == MODEL_DEVICES_MAX) {
		complain(&build->complaints, item->place,
		         "'%s' has more than %d devices; take some out", draft->name,
		         MODEL_DEVICES_MAX);
		return;
	}
	device = arena_alloc(build->arena, sizeof(*device));
	if (!device_fill(build, device, item->target, item->place))
		return;
	draft->device_places[partition->device_count] = item->place;
	partition->devices[partition->device_count++] = device;
}

/* Adds the device of one entry of `list`. An entry that is also in `before` was handled there. */
static void device_entry(struct build *build, struct draft *draft, const struct dts_property *list,
                         const struct dts_property *before, const struct dts_item *item)
{
	const char *refusal;

	if (!item->target)
		return;
	if (device_in_list(list, item->target, item)) {
		complain(&build->complaints, item->place,
		         "'&%s' stands twice in this list; take one out", item->text);
		return;
	}
	if (device_in_list(before, item->target, NULL))
		return;
	refusal = device_refusal(build, item->target);
	if (refusal)
		complain(&build->complaints, item->place, "'&%s' %s", item->text, refusal);
	else
		device_add(build, draft, item);
}

/* Devices are named in `access`, or in `kumiki,unconfined-dma` (see dma.c), or in both. */
static void device_list(struct build *build, struct draft *draft)
{
	static const char *const names[] = {"access", "kumiki,unconfined-dma"};
	const struct dts_property *before = NULL;

	draft->partition->devices =
	    arena_array(build->arena, MODEL_DEVICES_MAX, sizeof(struct model_device *));
	draft->device_places =
	    arena_array(build->arena, MODEL_DEVICES_MAX, sizeof(*draft->device_places));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct dts_property *list = dts_property(draft->node, names[i]);
		const struct dts_item *item = list ? list->items : NULL;

		for (; item && vocabulary_good(draft->node, names[i]); item = item->next)
			device_entry(build, draft, list, before, item);
		before = list;
	}
}

static bool device_has(const struct draft *draft, const struct dts_node *node)
{
	for (size_t i = 0; i < draft->partition->device_count; i++)
		if (draft->partition->devices[i]->node == node)
			return true;
	return false;
}

/* The name of the device's partition; NULL: none. */
static const char *device_owner(const struct build *build, const struct dts_node *node)
{
	for (size_t i = 0; i < build->draft_count; i++)
		if (device_has(&build->drafts[i], node))
			return build->drafts[i].name;
	return NULL;
}

/* ---- interrupts of other controllers ---- */

/* Complains of an interrupt whose controller the partition doesn't own. In a generated tree load.c
 * finds that; without such a tree, only this check does. */
static void device_controller(struct build *build, const struct draft *draft, size_t index,
                              const struct dts_node *controller)
{
	const struct dts_node *node = draft->partition->devices[index]->node;
	const char *name = dts_call(build->arena, node);

	if (!controller)
		complain(&build->complaints, draft->device_places[index],
		         "'%s' has an interrupt, but no node is the controller that it says it "
		         "has; give "
		         "it one that is: interrupt-parent = <&intc>;",
		         name);
	else if (controller != build->gic && !device_has(draft, controller) &&
	         (dts_property(draft->node, "kumiki,no-dtb") ||
	          dts_property(draft->node, "kumiki,dtb")))
		complain(&build->complaints, draft->device_places[index],
		         "'%s' has an interrupt of '%s', which '%s' doesn't own, so it would never "
		         "come; add that to 'access'",
		         name, dts_call(build->arena, controller), draft->name);
}

static void device_extended_controllers(struct build *build, const struct draft *draft,
                                        size_t index, const struct dts_property *property)
{
	size_t at = 0;

	while (at < dts_cell_count(property)) {
		const struct dts_node *controller =
		    dts_by_phandle(build->tree, dts_cell(property, at++, 0));

		const uint32_t cells = controller ? dts_u32(controller, "#interrupt-cells", 0) : 0;

		device_controller(build, draft, index, controller);
		if (!cells)
			return; /* where the next interrupt begins isn't known */
		at += cells;
	}
}

static void device_controllers(struct build *build, const struct draft *draft)
{
	for (size_t i = 0; i < draft->partition->device_count; i++) {
		const struct dts_node *node = draft->partition->devices[i]->node;
		const struct dts_property *extended = dts_property(node, "interrupts-extended");

		if (pci_is_function(build, node))
			continue;
		if (extended)
			device_extended_controllers(build, draft, i, extended);
		else if (dts_property(node, "interrupts"))
			device_controller(build, draft, i, build_interrupt_parent(build, node));
	}
}

/* ---- the frame's ---- */

/* The UART is the frame's. If a partition has it in its list, there is no console. */
static void device_uart(struct build *build)
{
	const char *owner = build->uart ? device_owner(build, build->uart) : NULL;
	const char *why = build->uart ? NULL : "the board has no UART that a frame drives";

	if (owner) {
		why = arena_format(build->arena, "the board's UART, '%s', is given to '%s'",
		                   dts_call(build->arena, build->uart), owner);
		build->uart = NULL;
	}
	if (!build->uart) {
		build->model->board.uart_base = 0;
		build->model->board.uart_intid = 0;
	}
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct dts_property *console =
		    dts_property(build->drafts[i].node, "kumiki,console");

		if (console && why)
			complain(&build->complaints, console->place,
			         "'%s' can't have 'kumiki,console': %s, and a console needs it; "
			         "remove this line%s",
			         build->drafts[i].name, why,
			         owner ? " or take the UART out of 'access'" : "");
	}
}

/* The clock is the frame's. If a partition has it in its list, the other partitions have no clock.
 */
static void device_rtc(struct build *build)
{
	if (build->rtc && device_owner(build, build->rtc)) {
		build->rtc = NULL;
		build->model->board.rtc_base = 0;
	}
	for (size_t i = 0; !build->rtc && i < build->draft_count; i++)
		build->drafts[i].partition->rtc = false;
}

/* The same of the watchdog: its owner feeds it. */
static void device_watchdog(struct build *build)
{
	if (build->watchdog && device_owner(build, build->watchdog)) {
		build->watchdog = NULL;
		build->model->board.watchdog_base = 0;
	}
}

/* A guest sees the devices that the frame emulates where the board has the real ones. */
static void device_emulated(struct build *build)
{
	const struct bundle_board *board = &build->model->board;

	for (size_t i = 0; i < build->draft_count; i++) {
		struct model_partition *p = build->drafts[i].partition;

		p->gicd_ipa = board->gicd_base;
		p->gicr_ipa = board->gicr_base;
		p->uart_ipa = p->console ? board->uart_base : 0;
		p->uart_intid = p->console ? board->uart_intid : 0;
		p->rtc_ipa = p->rtc ? board->rtc_base : 0;
		p->rtc_intid = p->rtc ? build->rtc_intid : 0;
	}
}

static void device_frame(struct build *build, const struct dts_node *node)
{
	struct model *model = build->model;

	if (node &&
	    device_fill(build, &model->frame_devices[model->frame_device_count], node, node->place))
		model->frame_device_count++;
}

static void device_frame_all(struct build *build)
{
	const struct dts_node *msis = build->gic->children;

	build->model->frame_devices =
	    arena_array(build->arena, 7, sizeof(*build->model->frame_devices));
	/* The GIC's own interrupt is a PPI: its registers alone count. */
	build->model->frame_devices[0] =
	    (struct model_device){.node = build->gic, .label = device_label(build, build->gic)};
	if (device_ranges(build, &build->model->frame_devices[0], build->gic->place))
		build->model->frame_device_count = 1;
	while (msis && !dts_compatible(msis, "arm,gic-v3-its") &&
	       !dts_compatible(msis, "arm,gic-v2m-frame"))
		msis = msis->next;
	device_frame(build, msis);
	device_frame(build, build->uart);
	device_frame(build, build->rtc);
	device_frame(build, build->watchdog);
	device_frame(build, build->bridge);
	device_frame(build, build->smmu);
}

void devices_read(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++)
		device_list(build, &build->drafts[i]);
	for (size_t i = 0; i < build->draft_count; i++)
		device_controllers(build, &build->drafts[i]);
	device_uart(build);
	device_rtc(build);
	device_watchdog(build);
	pci_read(build);
	device_emulated(build);
	device_frame_all(build);
}
