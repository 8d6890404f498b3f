/*
 * board_tell() (host/board.h): says what a board file has, from its tree: cores, interrupt
 * controller, timers, firmware, memory, console, IOMMUs, watchdog. share.c tells of the devices.
 * Then follows what `kumiki check` has to complain of.
 */
#include "devices.h"
#include <host/board.h>
#include <host/gics.h>
#include <host/model.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CORTEX "arm,cortex-" /* a letter follows */

/* The board file's text stands for every file that is read. */
static int words_read(void *context, struct arena *arena, const char *path, size_t limit,
                      char **data, size_t *size)
{
	(void)path;
	(void)limit;
	*data = arena_format(arena, "/dts-v1/; %s", (const char *)context);
	*size = strlen(*data);
	return 0;
}

static int words_peek(void *context, const char *path, void *head, size_t head_size, uint64_t *size)
{
	return file_access_system.peek(context, path, head, head_size, size);
}

static const char *label_of(const struct dts_tree *tree, const struct dts_node *node)
{
	return node->label ? node->label : dts_path(tree->arena, node);
}

/* ---- cores ---- */

static bool is_core(const struct dts_node *node)
{
	const char *type = dts_string(node, "device_type");

	return type && strcmp(type, "cpu") == 0;
}

static bool is_alike(const struct dts_node *a, const struct dts_node *b)
{
	const struct dts_property *one = dts_property(a, "compatible");
	const struct dts_property *other = dts_property(b, "compatible");
	const char *name = "capacity-dmips-mhz";

	if (!one || !other || one->size != other->size)
		return a == b;
	return memcmp(one->bytes, other->bytes, one->size) == 0 &&
	       dts_u32(a, name, 0) == dts_u32(b, name, 0);
}

/* Tells of a core and of all that are alike, unless one before it has told of them. */
static void tell_alike(const struct dts_tree *tree, const struct dts_node *first, FILE *out)
{
	const char *kind = board_compatible(tree->arena, first);
	const uint32_t speed = dts_u32(first, "capacity-dmips-mhz", 0);
	const char *labels = "";
	unsigned count = 0;
	char letter;

	for (const struct dts_node *n = tree->root; n; n = dts_walk(n)) {
		if (!is_core(n) || !is_alike(n, first))
			continue;
		if (count == 0 && n != first)
			return;
		labels = arena_format(tree->arena, "%s%s%s", labels, count ? ", " : "",
		                      label_of(tree, n));
		count++;
	}
	letter = strlen(kind) > strlen(CORTEX) ? kind[strlen(CORTEX)] : '\0';
	if (strncmp(kind, CORTEX, strlen(CORTEX)) == 0 && letter >= 'a' && letter <= 'z')
		fprintf(out, "cores: %u Cortex-%c%s (%s)", count, letter - 'a' + 'A',
		        kind + strlen(CORTEX) + 1, labels);
	else
		fprintf(out, "cores: %u \"%s\" (%s)", count, kind, labels);
	if (speed)
		fprintf(out, ", speed %" PRIu32, speed);
	fputs("\n", out);
}

static void tell_cores(const struct dts_tree *tree, FILE *out)
{
	const struct dts_node *core = NULL;
	const char *method;

	for (const struct dts_node *n = tree->root; n; n = dts_walk(n))
		if (is_core(n)) {
			tell_alike(tree, n, out);
			core = core ? core : n;
		}
	method = core ? dts_string(core, "enable-method") : NULL;
	if (core)
		fprintf(out, "cores start by: %s\n",
		        method ? board_tame(tree->arena, method) : "nothing that the tree tells");
}

static void tell_firmware(const struct dts_tree *tree, FILE *out)
{
	static const char *const known[] = {
	    "arm,psci-1.0",    "arm,psci-0.2",         "arm,psci",
	    "linaro,optee-tz", "arm,scmi-smc",         "arm,scmi",
	    "ti,k2g-sci",      "xlnx,zynqmp-firmware", "raspberrypi,bcm2835-firmware"};

	for (const struct dts_node *n = tree->root; n; n = dts_walk(n))
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (dts_compatible(n, known[i]) && board_is_on(n)) {
				const char *method = dts_string(n, "method");

				fprintf(out, "firmware: \"%s\"%s%s\n", known[i],
				        method ? " by " : "", method ? method : "");
				break;
			}
}

/* ---- interrupts and timers ---- */

static void tell_range(const struct dts_node *node, size_t index, const char *name, FILE *out)
{
	struct dts_range range;

	if (dts_reg(node, index, &range))
		fprintf(out, ", %s 0x%" PRIx64 " (0x%" PRIx64 ")", name, range.base, range.size);
}

static void tell_gic_parts(const struct dts_tree *tree, const struct dts_node *gic, FILE *out)
{
	for (const struct dts_node *n = gic->children; n; n = n->next) {
		struct dts_range range;

		if (!board_is_on(n) || !dts_reg(n, 0, &range))
			continue;
		fprintf(out, "message interrupts: %s (\"%s\") at 0x%" PRIx64 "\n",
		        label_of(tree, n), board_compatible(tree->arena, n), range.base);
	}
}

static void tell_gic(const struct dts_tree *tree, const struct dts_node *gic, FILE *out)
{
	const bool v2 = gics_is_v2(gic);
	const uint32_t regions = v2 ? 1 : dts_u32(gic, "#redistributor-regions", 1);

	fprintf(out, "interrupts: GICv%d (%s)", v2 ? 2 : 3, label_of(tree, gic));
	tell_range(gic, 0, "GICD", out);
	for (uint32_t i = 0; i < regions && i < dts_reg_count(gic); i++)
		tell_range(gic, 1 + i, v2 ? "GICC" : "redistributors", out);
	if (v2) {
		tell_range(gic, 2, "GICH", out);
		tell_range(gic, 3, "GICV", out);
	}
	fputs("\n", out);
	tell_gic_parts(tree, gic, out);
}

static void tell_gics(const struct dts_tree *tree, FILE *out)
{
	size_t count = 0;

	for (const struct dts_node *n = tree->root; n; n = dts_walk(n))
		if (gics_has(n) && board_is_on(n)) {
			tell_gic(tree, n, out);
			count++;
		}
	if (!count)
		fputs("interrupts: no GIC that Kumiki knows\n", out);
}

/* Cells of an interrupt of the GIC's. */
static size_t gic_cells(const struct dts_tree *tree)
{
	for (const struct dts_node *n = tree->root; n; n = dts_walk(n))
		if (gics_has(n) && dts_u32(n, "#interrupt-cells", 0) > 1)
			return dts_u32(n, "#interrupt-cells", 0);
	return 3;
}

static void tell_timer(const struct dts_tree *tree, FILE *out)
{
	for (const struct dts_node *n = tree->root; n; n = dts_walk(n)) {
		const struct dts_property *interrupts = dts_property(n, "interrupts");
		const uint32_t hz = dts_u32(n, "clock-frequency", 0);

		if (!dts_compatible(n, "arm,armv8-timer") || !board_is_on(n))
			continue;
		fprintf(out, "timers: the cores' own, PPIs");
		for (size_t at = 1; at < dts_cell_count(interrupts); at += gic_cells(tree))
			fprintf(out, " %" PRIu32, dts_cell(interrupts, at, 0) + 16);
		if (hz)
			fprintf(out, ", %" PRIu32 " Hz", hz);
		fputs("\n", out);
	}
}

/* ---- memory ---- */

static const char *size_words(const struct dts_tree *tree, uint64_t size)
{
	if (size >> 20)
		return arena_format(tree->arena, "%" PRIu64 " MiB", size >> 20);
	if (size >> 10)
		return arena_format(tree->arena, "%" PRIu64 " KiB", size >> 10);
	return arena_format(tree->arena, "%" PRIu64 " bytes", size);
}

static size_t tell_banks(const struct dts_tree *tree, const struct dts_node *node, const char *what,
                         FILE *out)
{
	size_t count = 0;

	for (size_t i = 0; i < dts_reg_count(node); i++) {
		struct dts_range range;

		if (!dts_reg(node, i, &range) || range.size == 0)
			continue;
		fprintf(out, "%s: 0x%" PRIx64 " to 0x%" PRIx64 " (%s, %s)\n", what, range.base,
		        range.base + range.size - 1, size_words(tree, range.size),
		        label_of(tree, node));
		count++;
	}
	return count;
}

static void tell_memory(const struct dts_tree *tree, FILE *out)
{
	const struct dts_node *reserved = dts_child(tree->root, "reserved-memory");
	size_t banks = 0;

	for (const struct dts_node *n = tree->root->children; n; n = n->next) {
		const char *type = dts_string(n, "device_type");

		if (type && strcmp(type, "memory") == 0)
			banks += tell_banks(tree, n, "memory", out);
	}
	if (!banks)
		fputs("memory: none, as the boot loader fills it in; give it by --memory\n", out);
	for (const struct dts_node *n = reserved ? reserved->children : NULL; n; n = n->next)
		if (!tell_banks(tree, n, "reserved", out))
			fprintf(out, "reserved: %s, wherever the system puts it\n",
			        label_of(tree, n));
}

/* ---- devices that the frame may drive ---- */

static void tell_found(const struct dts_tree *tree, const struct dts_node *node, const char *what,
                       FILE *out)
{
	struct dts_range range = {0};

	(void)dts_reg(node, 0, &range);
	fprintf(out, "%s: %s (\"%s\") at 0x%" PRIx64, what, label_of(tree, node),
	        board_compatible(tree->arena, node), range.base);
}

/* Of all nodes whose name begins so. */
static void tell_named(const struct dts_tree *tree, const char *const *names, const char *what,
                       FILE *out)
{
	for (const struct dts_node *n = tree->root; n; n = dts_walk(n))
		for (const char *const *name = names; *name; name++) {
			struct dts_range range;

			if (strncmp(n->name, *name, strlen(*name)) != 0 || !board_is_on(n) ||
			    !dts_reg(n, 0, &range))
				continue;
			tell_found(tree, n, what, out);
			fputs("\n", out);
		}
}

static void tell_console(const struct dts_tree *tree, FILE *out)
{
	const struct dts_node *chosen = dts_child(tree->root, "chosen");
	const char *path = chosen ? dts_string(chosen, "stdout-path") : NULL;
	const struct dts_node *node = dts_console(tree);

	if (!node || !path) {
		fputs("console: the tree names none\n", out);
		return;
	}
	tell_found(tree, node, "console", out);
	fprintf(out, "%s%s\n", strchr(path, ':') ? ", " : "",
	        strchr(path, ':') ? board_tame(tree->arena, strchr(path, ':') + 1) : "");
}

static void tell_iommus(const struct dts_tree *tree, FILE *out)
{
	static const char *const names[] = {"iommu@", "smmu@", NULL};
	size_t behind = 0;

	tell_named(tree, names, "IOMMU", out);
	for (const struct dts_node *n = tree->root; n; n = dts_walk(n))
		behind +=
		    board_is_on(n) && (dts_property(n, "iommus") || dts_property(n, "iommu-map"));
	fprintf(out, "behind an IOMMU: %zu devices; Kumiki drives an SMMUv3, and that for PCI\n",
	        behind);
}

static void tell_lacks(const char *path, const struct file_access *access, FILE *out)
{
	const struct model_options options = {.access = access};
	struct model *model;

	fputs("What Kumiki says of it:\n", out);
	model = model_load_board(path, &options, out);
	if (model && !model->uart_driver)
		fputs("no UART that a frame drives, so no console and no word at a crash\n", out);
	else if (model)
		fprintf(out, "the frame speaks by a UART (%s) at 0x%" PRIx64 "\n",
		        model->uart_driver, model->board.uart_base);
	if (model && model->board.watchdog_base)
		fprintf(out, "the frame feeds the watchdog at 0x%" PRIx64 "\n",
		        model->board.watchdog_base);
	else if (model)
		fputs("no watchdog that a frame feeds\n", out);
	model_free(model);
}

static void tell_tree(const struct dts_tree *tree, FILE *out)
{
	static const char *const watchdogs[] = {"watchdog@", NULL};
	const char *name = dts_string(tree->root, "model");

	fprintf(out, "board: %s (\"%s\")\n",
	        name ? board_tame(tree->arena, name) : "without a name",
	        board_compatible(tree->arena, tree->root));
	tell_cores(tree, out);
	tell_firmware(tree, out);
	tell_gics(tree, out);
	tell_timer(tree, out);
	tell_memory(tree, out);
	tell_console(tree, out);
	tell_iommus(tree, out);
	tell_named(tree, watchdogs, "watchdog", out);
	board_tell_sharing(tree, out);
}

void board_tell(const char *path, const char *text, FILE *out)
{
	char *own = strdup(text);
	const struct file_access access = {own, words_read, words_peek};
	struct arena arena = {0};
	struct complaints complaints = {.arena = &arena};
	const struct file_search search = file_search_make(&arena, &access, NULL, 0);
	struct dts_tree *tree = dts_parse(path, &search, &arena, &complaints);

	if (tree->understood)
		tell_tree(tree, out);
	tell_lacks(path, &access, out);
	arena_free(&arena);
	free(own);
}
