/*
 * Where BARs lie in the board's window. Real functions' BARs come first, the largest first; then
 * each panel's. A panel's second BAR shows its partition's windows, in their order, and behind them
 * the black boxes of managed partitions.
 */
#include "spans.h"
#include <kumiki/panel.h>
#include <stdlib.h>
#include <string.h>

#define PLACE_WINDOW_REMEDY "take devices out, or make windows smaller that a panel shows"

/* A BAR that has no place yet. */
struct place_bar {
	struct model_bar *bar;
	size_t order; /* among BARs of the same size */
	struct dts_place place;
	const char *whose; /* for a message, like "'&disk'" */
};

struct place_list {
	struct place_bar *bars;
	size_t count;
};

static void place_add(struct place_list *list, struct model_bar *bar, struct dts_place place,
                      const char *whose)
{
	if (bar->size)
		list->bars[list->count] = (struct place_bar){bar, list->count, place, whose};
	list->count += bar->size != 0;
}

static int place_compare(const void *left, const void *right)
{
	const struct place_bar *a = left, *b = right;

	if (a->bar->size != b->bar->size)
		return a->bar->size > b->bar->size ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static uint64_t place_pages(uint64_t size)
{
	return build_round_up(size, MODEL_PAGE);
}

/* Each BAR goes to a multiple of its size. */
static void place_all(struct build *build, struct place_list *list, struct spans *taken)
{
	const struct bundle_board *board = &build->model->board;

	qsort(list->bars, list->count, sizeof(*list->bars), place_compare);
	for (size_t i = 0; i < list->count; i++) {
		struct model_bar *bar = list->bars[i].bar;
		const uint64_t size = place_pages(bar->size);

		if (spans_gap(taken, board->pci_window, size, size, &bar->base) &&
		    build_inside(bar->base, size, board->pci_window, board->pci_window_size)) {
			spans_add(taken, bar->base, size, "");
			continue;
		}
		complain(&build->complaints, list->bars[i].place,
		         "no room is left for %s of %s: the bridge has %s of memory for all "
		         "BARs; " PLACE_WINDOW_REMEDY,
		         build_size(build, bar->size), list->bars[i].whose,
		         build_size(build, board->pci_window_size));
		bar->base = board->pci_window;
	}
}

/* ---- real functions ---- */

static size_t place_functions(const struct build *build)
{
	size_t count = 0;

	for (size_t i = 0; i < build->draft_count; i++)
		count += build->drafts[i].partition->device_count;
	return count;
}

/* A device's ranges are its function's BARs. */
static void place_ranges(struct model_device *device)
{
	device->range_count = 0;
	for (size_t i = 0; i < BUNDLE_BARS; i++)
		if (device->function->bars[i].size)
			device->ranges[device->range_count++] =
			    (struct model_range){device->function->bars[i].base,
			                         place_pages(device->function->bars[i].size)};
}

/* Places all functions' BARs. If two partitions name a device, its BARs get two places; owners.c
 * complains of it. */
static void place_real(struct build *build, struct spans *taken)
{
	struct place_list list = {.count = 0};

	list.bars =
	    arena_array(build->arena, place_functions(build) * BUNDLE_BARS, sizeof(*list.bars));
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];

		for (size_t j = 0; j < draft->partition->device_count; j++) {
			const struct model_device *device = draft->partition->devices[j];

			for (size_t k = 0; device->function && k < BUNDLE_BARS; k++)
				place_add(&list, &device->function->bars[k],
				          draft->device_places[j],
				          arena_format(build->arena, "'&%s'", device->label));
		}
	}
	place_all(build, &list, taken);
	for (size_t i = 0; i < build->draft_count; i++)
		for (size_t j = 0; j < build->drafts[i].partition->device_count; j++)
			if (build->drafts[i].partition->devices[j]->function)
				place_ranges(build->drafts[i].partition->devices[j]);
}

/* ---- panels ---- */

/* A window's member for that partition; NULL: the partition doesn't see it. */
static struct draft_member *place_member(struct draft_window *window, const struct draft *draft)
{
	for (size_t i = 0; i < window->member_count; i++)
		if (window->members[i].appearance == draft->appearance)
			return &window->members[i];
	return NULL;
}

static void place_refuse_address(struct build *build, const struct draft *draft,
                                 const struct draft_window *window,
                                 const struct draft_member *member)
{
	complain(&build->complaints, member->place,
	         "'%s' has a panel, and sees the window '%s' in the panel's memory: its address "
	         "can't be chosen; write \"%s\"",
	         draft->name, window->name, draft->name);
}

/* Places windows and black boxes from the beginning of the panel's memory on; returns their
 * size. */
static uint64_t place_contents(struct build *build, const struct draft *draft, uint64_t base)
{
	uint64_t at = base;

	for (size_t i = 0; i < build->window_count; i++) {
		struct draft_window *window = &build->windows[i];
		struct draft_member *member = place_member(window, draft);

		if (!member || !window->memory.size)
			continue;
		if (window->memory.size >= MODEL_BLOCK)
			at = build_round_up(at, MODEL_BLOCK);
		member->ipa = at;
		member->panel = true;
		at += window->memory.size;
	}
	if (dts_property(draft->node, "kumiki,manages")) {
		draft->partition->blackbox_ipa = at;
		at += build->draft_count * BUNDLE_BLACKBOX_MEMORY;
	}
	return at - base;
}

static uint64_t place_power_of_two(uint64_t least)
{
	uint64_t size = MODEL_PAGE;

	while (size < least)
		size *= 2;
	return size;
}

/* The lowest free device number of the partition; 0 is the bridge's. */
static uint32_t place_number(const struct draft *draft)
{
	uint32_t taken = 1;

	for (size_t i = 0; i < draft->partition->device_count; i++)
		if (draft->partition->devices[i]->function)
			taken |= 1u << (draft->partition->devices[i]->function->slot >> 3);
	return taken == UINT32_MAX ? 0 : (uint32_t)__builtin_ctz(~taken);
}

static void place_panel(struct build *build, const struct draft *draft, const struct spans *real)
{
	struct model_function *panel = draft->partition->panel;
	const struct dts_place place = dts_property(draft->node, "kumiki,panel")->place;
	const uint64_t contents = place_contents(build, draft, 0);
	const char *whose = arena_format(build->arena, "the panel of '%s'", draft->name);
	struct place_list list = {.bars =
	                              arena_array(build->arena, BUNDLE_BARS, sizeof(*list.bars))};
	struct spans taken = {.arena = build->arena};

	*panel = (struct model_function){.slot = place_number(draft) << 3,
	                                 .vendor = PANEL_VENDOR,
	                                 .device = PANEL_DEVICE,
	                                 .class_revision = PANEL_CLASS,
	                                 .subsystem = PANEL_SUBSYSTEM,
	                                 .pin = 1};
	panel->bars[PANEL_REGISTERS_BAR].size = PANEL_REGISTERS_SIZE;
	if (contents)
		panel->bars[PANEL_MEMORY_BAR] =
		    (struct model_bar){.size = place_power_of_two(contents),
		                       .kind = BUNDLE_BAR_64 | BUNDLE_BAR_PREFETCH};
	for (size_t i = 0; i < real->count; i++)
		spans_add(&taken, real->list[i].base, real->list[i].size, "");
	for (size_t i = 0; i < BUNDLE_BARS; i++)
		place_add(&list, &panel->bars[i], place, whose);
	place_all(build, &list, &taken);
	if (contents)
		place_contents(build, draft, panel->bars[PANEL_MEMORY_BAR].base);
}

static void place_check_addresses(struct build *build, const struct draft *draft)
{
	for (size_t i = 0; i < build->window_count; i++) {
		const struct draft_member *member = place_member(&build->windows[i], draft);

		if (member && member->viewed)
			place_refuse_address(build, draft, &build->windows[i], member);
	}
}

void pci_place(struct build *build)
{
	struct spans real = {.arena = build->arena};

	place_real(build, &real);
	for (size_t i = 0; i < build->draft_count; i++) {
		struct draft *draft = &build->drafts[i];

		if (draft->partition->panel) {
			place_check_addresses(build, draft);
			place_panel(build, draft, &real);
		}
		if (pci_has_functions(draft))
			draft->partition->pci_ecam_ipa = build->model->board.pci_ecam;
	}
}
