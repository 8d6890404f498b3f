/*
 * Tells what partitions can have of a board: which devices go to one partition as a whole, which
 * ones only as the boot loader left their clocks, resets, power domains and pins, and what several
 * devices have in common. board_tell() calls this.
 */
#include "devices.h"
#include <host/arena.h>
#include <inttypes.h>
#include <string.h>

#define COLUMNS 100
#define INDENT  6
#define PAGE    4096u

struct teller {
	struct arena *arena;
	struct board_devices devices;
	FILE *out;
	size_t column;
};

/* ---- lines ---- */

/* A word behind the others, on a new line where the line is full. */
static void put(struct teller *teller, const char *word)
{
	const size_t length = strlen(word);

	if (teller->column + 1 + length > COLUMNS) {
		fprintf(teller->out, "\n%*s", INDENT - 1, "");
		teller->column = INDENT - 1;
	}
	fprintf(teller->out, " %s", word);
	teller->column += 1 + length;
}

static void begin_line(struct teller *teller, const char *word)
{
	fputs(" ", teller->out);
	teller->column = 1;
	put(teller, word);
}

static void end_line(struct teller *teller)
{
	fputs("\n", teller->out);
}

static const char *name_of(const struct teller *teller, const struct dts_node *node)
{
	return node->label ? node->label : dts_path(teller->arena, node);
}

/* `name`, with a comma unless it is the last one. */
static void put_name(struct teller *teller, const char *name, bool last)
{
	put(teller, last ? name : arena_format(teller->arena, "%s,", name));
}

/* Where it is, and what. */
static const char *device_words(const struct teller *teller, const struct board_device *device)
{
	struct dts_range range = {0};

	(void)dts_reg(device->node, 0, &range);
	return arena_format(teller->arena, "%s (0x%" PRIx64 ", \"%s\")",
	                    name_of(teller, device->node), range.base,
	                    board_compatible(teller->arena, device->node));
}

/* ---- whom a device touches ---- */

static bool shares_page(const struct board_device *a, const struct board_device *b, uint64_t *page)
{
	struct dts_range one, other;

	for (size_t i = 0; dts_reg(a->node, i, &one); i++)
		for (size_t j = 0; dts_reg(b->node, j, &other); j++) {
			const uint64_t from = one.base > other.base ? one.base : other.base;

			if (one.size != 0 && other.size != 0 &&
			    from / PAGE <= (one.base + one.size - 1) / PAGE &&
			    from / PAGE <= (other.base + other.size - 1) / PAGE) {
				*page = from / PAGE * PAGE;
				return true;
			}
		}
	return false;
}

static bool has_page_alone(const struct teller *teller, const struct board_device *device)
{
	uint64_t page;

	for (size_t i = 0; i < teller->devices.count; i++)
		if (&teller->devices.list[i] != device &&
		    shares_page(device, &teller->devices.list[i], &page))
			return false;
	return true;
}

/* The block serves this device alone, so both can go together. */
static bool is_own_block(const struct teller *teller, const struct dts_node *block)
{
	const struct board_device *device = board_device_of(&teller->devices, block);

	return device && device->users == 1 && device->need_count == 0;
}

static bool is_whole(const struct teller *teller, const struct board_device *device)
{
	if (!has_page_alone(teller, device))
		return false;
	for (size_t i = 0; i < device->need_count; i++)
		if (!is_own_block(teller, device->needs[i].block))
			return false;
	return true;
}

/* ---- the lists ---- */

static bool was_told(const struct board_device *device, size_t need)
{
	for (size_t i = 0; i < need; i++)
		if (device->needs[i].block == device->needs[need].block &&
		    strcmp(device->needs[i].kind, device->needs[need].kind) == 0)
			return true;
	return false;
}

/* All kinds of things that the block gives it, at the first of them. */
static void tell_kinds(struct teller *teller, const struct board_device *device, size_t first)
{
	const struct dts_node *block = device->needs[first].block;
	const char *words = device->needs[first].kind;

	for (size_t i = first + 1; i < device->need_count; i++)
		if (device->needs[i].block == block && !was_told(device, i))
			words = arena_format(teller->arena, "%s, %s", words, device->needs[i].kind);
	put(teller, words);
	put(teller, arena_format(teller->arena, "of %s", name_of(teller, block)));
}

static bool block_was_told(const struct board_device *device, size_t need)
{
	for (size_t i = 0; i < need; i++)
		if (device->needs[i].block == device->needs[need].block)
			return true;
	return false;
}

static void tell_needs(struct teller *teller, const struct board_device *device,
                       const char *between)
{
	for (size_t i = 0; i < device->need_count; i++) {
		if (block_was_told(device, i))
			continue;
		put(teller, between);
		tell_kinds(teller, device, i);
		between = "and";
	}
}

static void tell_device(struct teller *teller, const struct board_device *device,
                        const char *between)
{
	begin_line(teller, device_words(teller, device));
	tell_needs(teller, device, between);
	end_line(teller);
}

static void tell_list(struct teller *teller, bool whole, const char *title, const char *between)
{
	size_t told = 0;

	for (size_t i = 0; i < teller->devices.count; i++) {
		const struct board_device *device = &teller->devices.list[i];

		if (device->users != 0 || !has_page_alone(teller, device) ||
		    is_whole(teller, device) != whole)
			continue;
		if (told++ == 0)
			fputs(title, teller->out);
		tell_device(teller, device, between);
	}
}

static bool has_need(const struct board_device *device, const struct dts_node *block,
                     const char *kind)
{
	for (size_t i = 0; i < device->need_count; i++)
		if (device->needs[i].block == block && strcmp(device->needs[i].kind, kind) == 0)
			return true;
	return false;
}

/* The first device that has this need, or the same kind of need, is the one that tells of it. */
static const struct board_device *first_with(const struct teller *teller,
                                             const struct dts_node *block, const char *kind)
{
	const struct board_device *device = teller->devices.list;

	while (!has_need(device, block, kind))
		device++;
	return device;
}

static void tell_users(struct teller *teller, const struct board_need *need)
{
	size_t count = 0, told = 0;

	for (size_t i = 0; i < teller->devices.count; i++)
		count += has_need(&teller->devices.list[i], need->block, need->kind);
	begin_line(teller, name_of(teller, need->block));
	put(teller, "-");
	put(teller, need->kind);
	put(teller, "of:");
	for (size_t i = 0; i < teller->devices.count; i++)
		if (has_need(&teller->devices.list[i], need->block, need->kind))
			put_name(teller, name_of(teller, teller->devices.list[i].node),
			         ++told == count);
	end_line(teller);
}

static void tell_blocks(struct teller *teller)
{
	size_t told = 0;

	for (size_t i = 0; i < teller->devices.count; i++) {
		const struct board_device *device = &teller->devices.list[i];

		for (size_t j = 0; j < device->need_count; j++) {
			const struct board_need *need = &device->needs[j];

			if (was_told(device, j) || is_own_block(teller, need->block) ||
			    first_with(teller, need->block, need->kind) != device)
				continue;
			if (told++ == 0)
				fputs("Blocks that serve others; whoever has such a block can take "
				      "from them what it gives:\n",
				      teller->out);
			tell_users(teller, need);
		}
	}
}

static bool needs_same(const struct board_device *device, const struct board_need *need)
{
	for (size_t i = 0; i < device->need_count; i++)
		if (board_need_same(&device->needs[i], need))
			return true;
	return false;
}

/* ---- what several have in common ---- */

/* Whether two devices have it in common; `what` says which need of the first device, or which of
 * its interrupts, or is not used. */
typedef bool (*common_fn)(const struct board_device *a, const struct board_device *b, size_t what);

static bool have_need(const struct board_device *a, const struct board_device *b, size_t what)
{
	return needs_same(b, &a->needs[what]);
}

static bool have_page(const struct board_device *a, const struct board_device *b, size_t what)
{
	uint64_t page;

	(void)what;
	return shares_page(a, b, &page);
}

/* By `interrupts` alone: type and number of the GIC's. */
static bool have_interrupt(const struct board_device *a, const struct board_device *b, size_t what)
{
	const struct dts_property *one = dts_property(a->node, "interrupts");
	const struct dts_property *other = dts_property(b->node, "interrupts");

	(void)what;
	return dts_cell_count(one) >= 2 && dts_cell_count(other) >= 2 &&
	       !dts_property(a->node, "interrupt-parent") &&
	       !dts_property(b->node, "interrupt-parent") &&
	       dts_cell(one, 0, 0) == dts_cell(other, 0, 1) &&
	       dts_cell(one, 1, 0) == dts_cell(other, 1, 1);
}

/* If other devices behind this one have it, too, and none before it, names all of them. */
static void tell_common(struct teller *teller, const char *title, size_t device, size_t what,
                        common_fn have, size_t *told, const char *words)
{
	const struct board_device *list = teller->devices.list;
	size_t last = device;

	for (size_t i = 0; i < teller->devices.count; i++)
		if (i != device && have(&list[device], &list[i], what)) {
			if (i < device)
				return;
			last = i;
		}
	if (last == device)
		return;
	if ((*told)++ == 0)
		fputs(title, teller->out);
	begin_line(teller, words);
	for (size_t i = device; i <= last; i++)
		if (i == device || have(&list[device], &list[i], what))
			put_name(teller, name_of(teller, list[i].node), i == last);
	end_line(teller);
}

/* "clock 7 of cru:", or "supply vcc of i2c0:". */
static const char *need_words(const struct teller *teller, const struct board_need *need)
{
	const char *words = need->kind;

	if (need->target != need->block)
		words = arena_format(teller->arena, "%s %s", words, name_of(teller, need->target));
	for (size_t i = 0; i < need->cell_count; i++)
		words = arena_format(teller->arena, "%s %" PRIu32, words, need->cells[i]);
	return arena_format(teller->arena, "%s of %s:", words, name_of(teller, need->block));
}

static void tell_needs_in_common(struct teller *teller)
{
	size_t told = 0;

	for (size_t i = 0; i < teller->devices.count; i++)
		for (size_t j = 0; j < teller->devices.list[i].need_count; j++) {
			const struct board_need *need = &teller->devices.list[i].needs[j];

			if (need->one)
				tell_common(
				    teller,
				    "What several devices need; whoever switches it for one "
				    "switches it for all:\n",
				    i, j, have_need, &told, need_words(teller, need));
		}
}

static void tell_places_in_common(struct teller *teller)
{
	size_t pages = 0, lines = 0;

	for (size_t i = 0; i < teller->devices.count; i++)
		tell_common(teller,
		            "Devices with registers in the same page; whoever gets one gets all:\n",
		            i, 0, have_page, &pages, "same page:");
	for (size_t i = 0; i < teller->devices.count; i++)
		tell_common(teller, "Devices with the same interrupt; it goes to one owner:\n", i,
		            0, have_interrupt, &lines, "same interrupt:");
}

void board_tell_sharing(const struct dts_tree *tree, FILE *out)
{
	struct teller teller = {
	    .arena = tree->arena, .devices = board_devices_find(tree), .out = out};

	tell_list(&teller, true,
	          "A partition can have these as a whole: nothing else sets their clocks, resets, "
	          "power domains and pins:\n",
	          "with");
	tell_list(&teller, false,
	          "A partition can have these as the boot loader left them, as what they need is "
	          "set in blocks that serve others, too:\n",
	          "-");
	tell_places_in_common(&teller);
	tell_blocks(&teller);
	tell_needs_in_common(&teller);
}
