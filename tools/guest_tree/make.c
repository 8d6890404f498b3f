/*
 * Makes a guest's device tree (host/guest_tree.h): the parts of the board's tree that the guest
 * owns, and the frame's emulated devices: a GIC, a console UART, a clock, a PCI host bridge, PSCI
 * by HVC.
 *
 * Emulated devices are at the root, on whatever bus the board has them: their addresses are the
 * processors' addresses. The interrupt controller keeps its phandle, so copied nodes find it.
 */
#include "parts.h"
#include "writer.h"
#include <host/arena.h>
#include <host/dts.h>
#include <host/guest_tree.h>
#include <inttypes.h>
#include <lib/bundle.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#define MAKE_PAGE 0x1000u
#define MAKE_CLOCK_RATE                                                                            \
	24000000u          /* what an emulated UART is said to run on; nothing measures it         \
	                    */
#define MAKE_SPI        0u /* first cell of an interrupt of the GIC */
#define MAKE_PPI        1u
#define MAKE_LEVEL_HIGH 4u

struct maker {
	const struct model *model;
	const struct model_partition *partition;
	struct selection selection;
	struct writer writer;
	uint32_t intc_phandle, clock_phandle, messages_phandle;
	const struct dts_node *reserved; /* the board's /reserved-memory, if the guest sees it */
};

static void make_properties(struct maker *maker, const struct dts_node *node)
{
	for (const struct dts_property *property = node->properties; property != NULL;
	     property = property->next)
		if (!selection_drops(property->name))
			writer_bytes(&maker->writer, property->name, property->bytes,
			             property->size);
}

static void make_copy(struct maker *maker, const struct dts_node *node, const char *property)
{
	const struct dts_property *found = dts_property(node, property);
	if (found != NULL)
		writer_bytes(&maker->writer, property, found->bytes, found->size);
}

static void make_board_nodes(struct maker *maker, const struct dts_node *parent)
{
	for (const struct dts_node *node = parent->children; node != NULL; node = node->next) {
		if (node->deleted || !selection_has(&maker->selection, node))
			continue;
		writer_node(&maker->writer, node->name);
		make_properties(maker, node);
		if (node->phandle != 0)
			writer_u32(&maker->writer, "phandle", node->phandle);
		if (node == maker->reserved)
			reserved_make_nodes(&maker->writer, maker->partition);
		make_board_nodes(maker, node);
		writer_node_end(&maker->writer);
	}
}

static void make_root_properties(struct maker *maker)
{
	const struct dts_node *root = maker->model->root;
	make_properties(maker, root);
	if (dts_property(root, "interrupt-parent") == NULL)
		writer_u32(&maker->writer, "interrupt-parent", maker->intc_phandle);
}

static const char *make_stdout(const struct maker *maker, struct arena *arena)
{
	const struct model_partition *partition = maker->partition;
	if (partition->console)
		return arena_format(arena, "/pl011@%" PRIx64, partition->uart_ipa);
	for (size_t i = 0; i < partition->device_count; i++)
		if (dts_compatible(partition->devices[i]->node, "arm,pl011"))
			return dts_path(arena, partition->devices[i]->node);
	return NULL;
}

static void make_aliases(struct maker *maker, const char *console)
{
	if (console == NULL)
		return;
	writer_node(&maker->writer, "aliases");
	writer_text(&maker->writer, "serial0", console);
	writer_node_end(&maker->writer);
}

/* Writes /chosen. The seeds only keep room: at each start, the frame puts new random bytes there.
 */
static void make_chosen(struct maker *maker, const char *console)
{
	const struct model_file *initrd = &maker->partition->initrd;
	const uint8_t zeroes[BUNDLE_RNG_SEED_SIZE] = {0};
	writer_node(&maker->writer, "chosen");
	if (maker->partition->bootargs[0] != '\0')
		writer_text(&maker->writer, "bootargs", maker->partition->bootargs);
	if (console != NULL)
		writer_text(&maker->writer, "stdout-path", console);
	if (initrd->path != NULL) {
		writer_u64(&maker->writer, "linux,initrd-start", initrd->ipa);
		writer_u64(&maker->writer, "linux,initrd-end", initrd->ipa + initrd->size);
	}
	bus_make_chosen(&maker->writer, maker->partition);
	writer_bytes(&maker->writer, "kaslr-seed", zeroes, 8);
	writer_bytes(&maker->writer, "rng-seed", zeroes, sizeof(zeroes));
	writer_node_end(&maker->writer);
}

static void make_memory(struct maker *maker)
{
	for (size_t i = 0; i < maker->partition->memory_count; i++) {
		const struct model_memory *memory = &maker->partition->memory[i];
		const uint64_t pair[1][2] = {{memory->ipa, memory->size}};
		writer_node_at(&maker->writer, "memory", memory->ipa);
		writer_text(&maker->writer, "device_type", "memory");
		writer_reg(&maker->writer, pair, 1);
		writer_node_end(&maker->writer);
	}
}

/* Whether several partitions may hold the core, one after another. */
static bool make_moves(const struct model *model, uint32_t core)
{
	for (size_t i = 0; i < model->partition_count; i++)
		if ((model->partitions[i].may_hold >> core & 1) != 0)
			return true;
	return false;
}

/* Addresses have one cell, as most systems expect. An affinity with Aff3 needs two. */
static void make_cpus(struct maker *maker)
{
	const struct model_partition *partition = maker->partition;
	bool wide = false;
	for (size_t i = 0; i < partition->vcpu_count; i++)
		wide |= partition->vcpus[i].affinity > UINT32_MAX;
	writer_node(&maker->writer, "cpus");
	writer_u32(&maker->writer, "#address-cells", wide ? 2 : 1);
	writer_u32(&maker->writer, "#size-cells", 0);
	for (size_t i = 0; i < partition->vcpu_count; i++) {
		const struct model_vcpu *vcpu = &partition->vcpus[i];
		writer_node_at(&maker->writer, "cpu", vcpu->affinity);
		writer_text(&maker->writer, "device_type", "cpu");
		make_copy(maker, maker->model->cores[vcpu->core].node, "compatible");
		if (wide)
			writer_u64(&maker->writer, "reg", vcpu->affinity);
		else
			writer_u32(&maker->writer, "reg", (uint32_t)vcpu->affinity);
		writer_text(&maker->writer, "enable-method", "psci");
		if (make_moves(maker->model, vcpu->core))
			writer_u32(&maker->writer, "kumiki,core", vcpu->core);
		writer_node_end(&maker->writer);
	}
	writer_node_end(&maker->writer);
}

static void make_psci(struct maker *maker)
{
	writer_node(&maker->writer, "psci");
	WRITER_TEXTS(&maker->writer, "compatible", "arm,psci-1.0\0arm,psci-0.2");
	writer_text(&maker->writer, "method", "hvc");
	writer_node_end(&maker->writer);
	writer_node(&maker->writer, "hypervisor");
	writer_text(&maker->writer, "compatible", "kumiki,hypervisor-1.0");
	windows_make_cells(&maker->writer, maker->partition);
	windows_make_manager(&maker->writer, maker->model, maker->partition);
	windows_make_cores(&maker->writer, maker->partition);
	writer_node_end(&maker->writer);
}

/* For the minder of a core of another architecture: which core it is, and where its image begins.
 */
static void make_remote(struct maker *maker)
{
	const struct model_partition *partition = maker->partition;
	if (partition->remote_core == NULL)
		return;
	writer_node(&maker->writer, "remote");
	writer_text(&maker->writer, "compatible", "kumiki,remote-1.0");
	writer_u64(&maker->writer, "kumiki,entry", partition->remote.ipa);
	writer_u32(&maker->writer, "kumiki,core", partition->remote_number);
	writer_node_end(&maker->writer);
}

static bool make_keeps_cells(const struct maker *maker)
{
	const struct dts_node *board = maker->selection.intc;
	return board != NULL && dts_property(board, "ranges") != NULL;
}

static void make_bus(struct maker *maker)
{
	const struct dts_node *board = maker->selection.intc;
	struct bus_parent parent = {maker->intc_phandle, 0, maker->messages_phandle};
	if (make_keeps_cells(maker))
		parent.address_cells = dts_u32(board, "#address-cells", 0);
	bus_make(&maker->writer, maker->model, maker->partition, parent);
}

/* Writes the GIC without its ITS. The board's cells for addresses stay, as maps of interrupts
 * depend on them. */
static void make_gic(struct maker *maker)
{
	const struct model_partition *partition = maker->partition;
	const struct dts_node *board = maker->selection.intc;
	const bool gicv2 = bundle_is_gicv2(&maker->model->board);
	const uint64_t pairs[2][2] = {
	    {partition->gicd_ipa, bundle_gicd_size(&maker->model->board)},
	    {partition->gicr_ipa,
	     bundle_gic_own_size(&maker->model->board, partition->vcpu_count)}};
	writer_node_at(&maker->writer, "intc", partition->gicd_ipa);
	writer_text(&maker->writer, "compatible", gicv2 ? "arm,gic-400" : "arm,gic-v3");
	writer_flag(&maker->writer, "interrupt-controller");
	writer_u32(&maker->writer, "#interrupt-cells", 3);
	if (make_keeps_cells(maker)) {
		make_copy(maker, board, "#address-cells");
		make_copy(maker, board, "#size-cells");
		make_copy(maker, board, "ranges");
	} else {
		writer_u32(&maker->writer, "#address-cells", 0);
	}
	if (!gicv2)
		writer_u32(&maker->writer, "#redistributor-regions", 1);
	writer_reg(&maker->writer, pairs, 2);
	writer_u32(&maker->writer, "phandle", maker->intc_phandle);
	writer_node_end(&maker->writer);
}

/* Writes where functions send messages, as a GICv2m. Linux looks for it behind the interrupt
 * controller. */
static void make_messages(struct maker *maker)
{
	const struct model_partition *partition = maker->partition;
	const uint64_t pair[1][2] = {{partition->message_ipa, MAKE_PAGE}};
	if (partition->message_count == 0)
		return;
	writer_node_at(&maker->writer, "v2m", partition->message_ipa);
	writer_text(&maker->writer, "compatible", "arm,gic-v2m-frame");
	writer_flag(&maker->writer, "msi-controller");
	writer_reg(&maker->writer, pair, 1);
	writer_u32(&maker->writer, "arm,msi-base-spi", partition->message_intid);
	writer_u32(&maker->writer, "arm,msi-num-spis", partition->message_count);
	writer_u32(&maker->writer, "phandle", maker->messages_phandle);
	writer_node_end(&maker->writer);
}

static void make_timer(struct maker *maker)
{
	for (const struct dts_node *node = maker->model->root; node != NULL; node = dts_walk(node))
		if (dts_compatible(node, "arm,armv8-timer")) {
			writer_node(&maker->writer, "timer");
			make_properties(maker, node);
			writer_node_end(&maker->writer);
			return;
		}
}

static void make_pmu(struct maker *maker)
{
	const uint32_t interrupt[3] = {MAKE_PPI, maker->model->board.pmu_intid - 16,
	                               MAKE_LEVEL_HIGH};
	if (maker->model->board.pmu_intid == 0)
		return;
	writer_node(&maker->writer, "pmu");
	writer_text(&maker->writer, "compatible", "arm,armv8-pmuv3");
	writer_cells(&maker->writer, "interrupts", interrupt, 3);
	writer_node_end(&maker->writer);
}

/* Writes what all emulated PrimeCells have in common. The caller ends the node. */
static void make_primecell(struct maker *maker, const char *name, uint64_t ipa, uint32_t intid)
{
	const uint64_t pair[1][2] = {{ipa, MAKE_PAGE}};
	const uint32_t interrupt[3] = {MAKE_SPI, intid - BUNDLE_SPI_FIRST, MAKE_LEVEL_HIGH};
	writer_node_at(&maker->writer, name, ipa);
	writer_reg(&maker->writer, pair, 1);
	writer_cells(&maker->writer, "interrupts", interrupt, 3);
}

static void make_emulated(struct maker *maker)
{
	const struct model_partition *partition = maker->partition;
	const uint32_t clocks[2] = {maker->clock_phandle, maker->clock_phandle};
	struct writer *writer = &maker->writer;
	if (!partition->console && partition->rtc_ipa == 0)
		return;
	writer_node(writer, "emulated-clock");
	writer_text(writer, "compatible", "fixed-clock");
	writer_u32(writer, "#clock-cells", 0);
	writer_u32(writer, "clock-frequency", MAKE_CLOCK_RATE);
	writer_u32(writer, "phandle", maker->clock_phandle);
	writer_node_end(writer);
	if (partition->console) {
		make_primecell(maker, "pl011", partition->uart_ipa, partition->uart_intid);
		WRITER_TEXTS(writer, "compatible", "arm,pl011\0arm,primecell");
		writer_cells(writer, "clocks", clocks, 2);
		WRITER_TEXTS(writer, "clock-names", "uartclk\0apb_pclk");
		writer_node_end(writer);
	}
	if (partition->rtc_ipa != 0) {
		make_primecell(maker, "pl031", partition->rtc_ipa, partition->rtc_intid);
		WRITER_TEXTS(writer, "compatible", "arm,pl031\0arm,primecell");
		writer_cells(writer, "clocks", clocks, 1);
		writer_text(writer, "clock-names", "apb_pclk");
		writer_node_end(writer);
	}
}

/* Writes the control frame and the refresh frame, as in Linux's arm,sbsa-gwdt.yaml. */
static void make_watchdog(struct maker *maker)
{
	const struct model_partition *partition = maker->partition;
	const uint64_t frames[2][2] = {{partition->watchdog_ipa, MAKE_PAGE},
	                               {partition->watchdog_ipa + MAKE_PAGE, MAKE_PAGE}};
	const uint32_t interrupt[3] = {MAKE_SPI, partition->watchdog_intid - BUNDLE_SPI_FIRST,
	                               MAKE_LEVEL_HIGH};
	if (partition->watchdog_ipa == 0)
		return;
	writer_node_at(&maker->writer, "watchdog", partition->watchdog_ipa);
	writer_text(&maker->writer, "compatible", "arm,sbsa-gwdt");
	writer_reg(&maker->writer, frames, 2);
	writer_cells(&maker->writer, "interrupts", interrupt, 3);
	writer_node_end(&maker->writer);
}

/* Writes an end as virtio-mmio's binding says. The broker sees a guest's memory through the caches,
 * so the end is coherent. */
static void make_end(struct maker *maker, const struct model_end *end)
{
	const uint64_t pair[1][2] = {{end->ipa, BUNDLE_END_SIZE}};
	const uint32_t interrupt[3] = {MAKE_SPI, end->intid - BUNDLE_SPI_FIRST, MAKE_LEVEL_HIGH};
	struct writer *writer = &maker->writer;
	writer_node_at(writer, "virtio_mmio", end->ipa);
	writer_text(writer, "compatible", "virtio,mmio");
	writer_reg(writer, pair, 1);
	writer_cells(writer, "interrupts", interrupt, 3);
	writer_flag(writer, "dma-coherent");
	writer_node_end(writer);
}

static void make_ends(struct maker *maker)
{
	const struct model *model = maker->model;
	for (size_t i = 0; i < model->channel_count; i++)
		for (size_t j = 0; j < model->channels[i].end_count; j++) {
			const struct model_end *end = &model->channels[i].ends[j];
			if (&model->partitions[end->partition] == maker->partition)
				make_end(maker, end);
		}
}

/* Chooses new phandles for nodes without references in the board's tree. */
static void make_phandles(struct maker *maker)
{
	uint32_t highest = 0;
	for (const struct dts_node *node = maker->model->root; node != NULL; node = dts_walk(node))
		if (node->phandle > highest)
			highest = node->phandle;
	maker->clock_phandle = highest + 1;
	maker->intc_phandle = highest + 2;
	maker->messages_phandle = highest + 3;
	if (maker->selection.intc != NULL && maker->selection.intc->phandle != 0)
		maker->intc_phandle = maker->selection.intc->phandle;
}

static void make_find_reserved(struct maker *maker)
{
	const struct dts_node *node = dts_child(maker->model->root, "reserved-memory");
	if (node != NULL && !node->deleted && selection_has(&maker->selection, node))
		maker->reserved = node;
}

static void make_tree(struct maker *maker, struct arena *arena)
{
	const char *console = make_stdout(maker, arena);
	writer_node(&maker->writer, "");
	make_root_properties(maker);
	make_aliases(maker, console);
	make_chosen(maker, console);
	make_memory(maker);
	if (maker->reserved == NULL)
		reserved_make(&maker->writer, maker->partition);
	make_cpus(maker);
	make_psci(maker);
	make_remote(maker);
	make_timer(maker);
	make_pmu(maker);
	make_gic(maker);
	make_messages(maker);
	make_emulated(maker);
	make_watchdog(maker);
	make_ends(maker);
	make_bus(maker);
	windows_make(&maker->writer, maker->model, maker->partition);
	make_board_nodes(maker, maker->model->root);
	writer_node_end(&maker->writer);
}

static bool make_has_address(const struct model_partition *partition)
{
	return partition->node != NULL &&
	       dts_property(partition->node, "kumiki,dtb-address") != NULL;
}

static void make_complain(const struct maker *maker, struct arena *arena,
                          struct complaints *complaints)
{
	const char *name = maker->partition->name, *text;

	if (maker->writer.error == -FDT_ERR_NOSPACE)
		text = arena_format(
		    arena, "the device tree of '%s' needs more than the %zu bytes %s", name,
		    maker->writer.space,
		    make_has_address(maker->partition)
		        ? "at its address; choose another, farther from the image and the end of "
		          "memory"
		        : "kept for it; give the partition more memory or fewer devices");
	else
		text = arena_format(arena, "the device tree of '%s' can't be written: %s", name,
		                    fdt_strerror(maker->writer.error));
	selection_complain(complaints, maker->partition, NULL, text);
}

static bool make_in(struct maker *maker, struct guest_tree *tree, struct arena *arena,
                    struct complaints *complaints)
{
	const struct dts_node *root = maker->model->root;
	if (!selection_make(&maker->selection, maker->model, maker->partition, arena, complaints))
		return false;
	make_phandles(maker);
	make_find_reserved(maker);
	writer_begin(&maker->writer, tree->blob, maker->partition->dtb.space);
	maker->writer.address_cells = dts_u32(root, "#address-cells", 2);
	maker->writer.size_cells = dts_u32(root, "#size-cells", 1);
	make_tree(maker, arena);
	tree->size = writer_finish(&maker->writer);
	if (tree->size == 0)
		make_complain(maker, arena, complaints);
	return tree->size != 0;
}

bool guest_tree_make(const struct model *model, const struct model_partition *partition,
                     struct guest_tree *tree, struct complaints *complaints)
{
	struct maker maker = {.model = model, .partition = partition};
	struct arena arena = {0};
	*tree = (struct guest_tree){.blob = malloc(partition->dtb.space)};
	if (tree->blob == NULL)
		return complain_about(complaints, partition->name, "no memory for its device tree");
	bool good = make_in(&maker, tree, &arena, complaints);
	arena_free(&arena);
	if (!good) {
		free(tree->blob);
		*tree = (struct guest_tree){0};
	}
	return good;
}
