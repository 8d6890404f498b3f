/*
 * Finds a board's devices, and what each needs of others; see devices.h. A device needs what its
 * node and the parts below it refer to. Fixed clocks and regulators have no registers: what they
 * need, such as a GPIO, is the device's own need.
 */
#include "devices.h"
#include <host/arena.h>
#include <host/gics.h>
#include <host/tame.h>
#include <stdlib.h>
#include <string.h>

#define NEEDS_MAX  256 /* of one device */
#define CHAIN_MAX  8   /* fixed clocks and regulators behind each other */
#define STATES_MAX 8   /* pinctrl-0, … */

/* Properties that refer to others: a row of references, each with as many cells behind it as the
 * target's property `cells` says. */
struct kind {
	const char *property, *cells, *words;
	bool one;
};

static const struct kind kinds[] = {
    {"clocks", "#clock-cells", "clock", true},
    {"resets", "#reset-cells", "reset", true},
    {"power-domains", "#power-domain-cells", "power domain", true},
    {"dmas", "#dma-cells", "DMA channel", true},
    {"mboxes", "#mbox-cells", "mailbox", true},
    {"phys", "#phy-cells", "PHY", true},
    {"gpios", "#gpio-cells", "GPIO", true},
    {"gpio", "#gpio-cells", "GPIO", true},
    {"nvmem-cells", NULL, "fuse", false},
    {"pwms", "#pwm-cells", "PWM", true},
    {"thermal-sensors", "#thermal-sensor-cells", "sensor", false},
};

static bool ends(const char *text, const char *end)
{
	const size_t length = strlen(text), ends = strlen(end);

	return length >= ends && strcmp(text + length - ends, end) == 0;
}

static const struct kind *kind_of(const char *property)
{
	static const struct kind gpios = {NULL, "#gpio-cells", "GPIO", true},
	                         supply = {NULL, NULL, "supply", true},
	                         pins = {NULL, NULL, "pins", false};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(property, kinds[i].property) == 0)
			return &kinds[i];
	if (ends(property, "-gpios") || ends(property, "-gpio"))
		return &gpios;
	if (ends(property, "-supply"))
		return &supply;
	return strncmp(property, "pinctrl-", 8) == 0 && property[8] >= '0' &&
	               property[8] < '0' + STATES_MAX
	           ? &pins
	           : NULL;
}

bool board_is_on(const struct dts_node *node)
{
	for (; node; node = node->parent) {
		const char *status = dts_string(node, "status");

		if (status && strcmp(status, "okay") != 0 && strcmp(status, "ok") != 0)
			return false;
	}
	return true;
}

/* ---- devices ---- */

/* What the frame has, or no partition can have: the GIC, memory and its controllers, cores; a bus
 * whose registers are those of the devices on it. */
static bool is_kept(const struct dts_node *node)
{
	const char *type = dts_string(node, "device_type");

	if (dts_compatible(node, "simple-bus") ||
	    strncmp(node->name, "memory-controller@", 18) == 0)
		return true;
	for (const struct dts_node *n = node; n; n = n->parent)
		if (gics_has(n) || strcmp(n->name, "reserved-memory") == 0)
			return true;
	return type && (strcmp(type, "memory") == 0 || strcmp(type, "cpu") == 0);
}

static bool is_device(const struct dts_node *node)
{
	struct dts_range range;

	return node->parent && dts_property(node, "compatible") && dts_reg(node, 0, &range) &&
	       range.size != 0 && !is_kept(node) && board_is_on(node);
}

/* The node itself or the nearest one above it with registers; otherwise the node. */
static const struct dts_node *block_of(const struct dts_node *node)
{
	struct dts_range range;

	for (const struct dts_node *n = node; n->parent; n = n->parent)
		if (dts_property(n, "compatible") && dts_reg(n, 0, &range) && !is_kept(n))
			return n;
	for (; node->parent && !dts_property(node, "compatible"); node = node->parent)
		;
	return node;
}

/* ---- needs ---- */

struct finder {
	const struct dts_tree *tree;
	struct board_device *device;
	struct board_need needs[NEEDS_MAX];
	size_t count;
};

static void find_in(struct finder *finder, const struct dts_node *node, unsigned chain);

/* It is only passed on: the tree has no registers for it, and no firmware is asked. */
static bool is_fixed(const struct dts_node *node)
{
	return dts_compatible(node, "fixed-clock") || dts_compatible(node, "fixed-factor-clock") ||
	       dts_compatible(node, "regulator-fixed") || dts_compatible(node, "regulator-gpio") ||
	       dts_compatible(node, "gpio-gate-clock");
}

bool board_need_same(const struct board_need *a, const struct board_need *b)
{
	return a->target == b->target && strcmp(a->kind, b->kind) == 0 &&
	       a->cell_count == b->cell_count && memcmp(a->cells, b->cells, sizeof(a->cells)) == 0;
}

static void add(struct finder *finder, const struct board_need *need)
{
	for (size_t i = 0; i < finder->count; i++)
		if (board_need_same(&finder->needs[i], need))
			return;
	if (finder->count < NEEDS_MAX)
		finder->needs[finder->count++] = *need;
}

static void refer(struct finder *finder, const struct kind *kind,
                  const struct dts_property *property, size_t at, size_t cells, unsigned chain)
{
	const struct dts_node *target = dts_by_phandle(finder->tree, dts_cell(property, at, 0));
	struct board_need need = {
	    .kind = kind->words, .block = block_of(target), .target = target, .one = kind->one};

	if (is_fixed(target)) {
		if (chain < CHAIN_MAX)
			find_in(finder, target, chain + 1);
		return;
	}
	if (need.block == finder->device->node)
		return;
	for (size_t i = 0; i < cells; i++)
		need.cells[need.cell_count++] = dts_cell(property, at + 1 + i, 0);
	add(finder, &need);
}

static void find_row(struct finder *finder, const struct kind *kind,
                     const struct dts_property *property, unsigned chain)
{
	for (size_t at = 0; at < dts_cell_count(property);) {
		const struct dts_node *target =
		    dts_by_phandle(finder->tree, dts_cell(property, at, 0));
		const size_t cells = target && kind->cells ? dts_u32(target, kind->cells, 0) : 0;

		if (cells > BOARD_SPECIFIER_MAX || at + cells >= dts_cell_count(property))
			return;
		if (target)
			refer(finder, kind, property, at, cells, chain);
		at += 1 + cells;
	}
}

/* A maker's own property that begins with a reference to a block of mixed registers, as far as its
 * name tells: a number in another one could be anything. */
static void find_syscon(struct finder *finder, const struct dts_property *property)
{
	static const struct kind registers = {NULL, NULL, "registers", false};
	const struct dts_node *target = dts_by_phandle(finder->tree, dts_cell(property, 0, 0));

	if (target && dts_compatible(target, "syscon") &&
	    (strstr(property->name, "grf") || strstr(property->name, "syscon")))
		refer(finder, &registers, property, 0, 0, CHAIN_MAX);
}

/* An interrupt that goes through another controller than the GIC. */
static void find_interrupt(struct finder *finder, const struct dts_node *node)
{
	static const struct kind interrupt = {NULL, NULL, "interrupt", false};
	const struct dts_property *parent = NULL;
	const struct dts_node *target;

	if (!dts_property(node, "interrupts"))
		return;
	for (const struct dts_node *n = node; n && !parent; n = n->parent)
		parent = dts_property(n, "interrupt-parent");
	target = dts_by_phandle(finder->tree, dts_cell(parent, 0, 0));
	if (target && !gics_has(target))
		refer(finder, &interrupt, parent, 0, 0, CHAIN_MAX);
}

static void find_in(struct finder *finder, const struct dts_node *node, unsigned chain)
{
	find_interrupt(finder, node);
	for (const struct dts_property *p = node->properties; p; p = p->next) {
		const struct kind *kind = kind_of(p->name);

		if (kind)
			find_row(finder, kind, p, chain);
		else
			find_syscon(finder, p);
	}
}

/* In the node and in its parts, which aren't devices of their own. */
static void find_below(struct finder *finder, const struct dts_node *node)
{
	find_in(finder, node, 0);
	for (const struct dts_node *n = node->children; n; n = n->next)
		if (!is_device(n) && board_is_on(n))
			find_below(finder, n);
}

static void find_needs(const struct dts_tree *tree, struct board_device *device)
{
	struct finder *finder = arena_alloc(tree->arena, sizeof(*finder));

	finder->tree = tree;
	finder->device = device;
	find_below(finder, device->node);
	device->needs = finder->needs;
	device->need_count = finder->count;
}

/* ---- all of them ---- */

const struct board_device *board_device_of(const struct board_devices *devices,
                                           const struct dts_node *node)
{
	for (size_t i = 0; i < devices->count; i++)
		if (devices->list[i].node == node)
			return &devices->list[i];
	return NULL;
}

static bool needs_of(const struct board_device *device, const struct dts_node *block)
{
	for (size_t i = 0; i < device->need_count; i++)
		if (device->needs[i].block == block)
			return true;
	return false;
}

struct board_devices board_devices_find(const struct dts_tree *tree)
{
	struct board_devices devices = {
	    .list = arena_array(tree->arena, tree->node_count + 1, sizeof(*devices.list))};

	for (const struct dts_node *n = dts_walk(tree->root); n; n = dts_walk(n))
		if (is_device(n))
			devices.list[devices.count++].node = n;
	for (size_t i = 0; i < devices.count; i++)
		find_needs(tree, &devices.list[i]);
	for (size_t i = 0; i < devices.count; i++)
		for (size_t j = 0; j < devices.count; j++)
			devices.list[i].users += needs_of(&devices.list[j], devices.list[i].node);
	return devices;
}

/* ---- texts ---- */

const char *board_tame(struct arena *arena, const char *text)
{
	char *copied = NULL;
	const char *tame;
	size_t size = 0;
	FILE *out = open_memstream(&copied, &size);

	if (!out)
		return "";
	tame_print(text, out);
	tame = fclose(out) == 0 ? arena_copy(arena, copied, size) : "";
	free(copied);
	return tame;
}

const char *board_compatible(struct arena *arena, const struct dts_node *node)
{
	const struct dts_property *property = dts_property(node, "compatible");

	return property && property->size && !property->bytes[property->size - 1]
	           ? board_tame(arena, (const char *)property->bytes)
	           : "no compatible";
}
