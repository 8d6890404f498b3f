/*
 * Addresses and interrupt numbers of Kumiki's own devices: each partition's watchdog, its panel,
 * its ends of channels, the signal to a manager, doorbells. If there is a panel, signal and
 * doorbells have its interrupt, and doorbells are bits of its register. A chosen address is free
 * both on the board and in the partition. A chosen number is none of the partition's interrupts,
 * and if possible none of the board's; the search begins at the controller's highest number.
 */
#include "spans.h"
#include <string.h>

#define WIRING_ALIGN 0x10000ull /* a guest may have pages of 64 KiB */

/* ---- addresses ---- */

/* Adds all registers of the board, of any owner. */
static void wiring_add_board(struct spans *spans, const struct build *build)
{
	const struct bundle_board *board = &build->model->board;

	spans_add(spans, board->ram_base, board->ram_size, "");
	spans_add(spans, board->pci_window, board->pci_window_size, "");
	for (const struct dts_node *n = build->tree->root; n; n = dts_walk(n))
		for (size_t i = 0; i < dts_reg_count(n) && i < MODEL_RANGES_MAX; i++) {
			struct dts_range range;

			if (!dts_reg(n, i, &range) || range.base >= BUNDLE_ADDRESS_LIMIT)
				continue;
			if (range.size > BUNDLE_ADDRESS_LIMIT - range.base)
				range.size = BUNDLE_ADDRESS_LIMIT - range.base;
			spans_add(spans, range.base, range.size, "");
		}
}

/* Places the watchdog among the board's devices: behind the UART, as a rule. */
static void wiring_watchdog(struct build *build, const struct spans *board,
                            const struct draft *draft)
{
	const struct bundle_board *machine = &build->model->board;
	struct model_partition *partition = draft->partition;
	struct spans spans = {.arena = build->arena};

	if (!partition->watchdog)
		return;
	for (size_t i = 0; i < board->count; i++)
		spans_add(&spans, board->list[i].base, board->list[i].size, "");
	spans_add_view(&spans, build, draft, NULL);
	if (spans_gap(&spans, build->uart ? machine->uart_base : machine->gicd_base,
	              MODEL_WATCHDOG_SIZE, WIRING_ALIGN, &partition->watchdog_ipa))
		return;
	partition->watchdog_ipa = 0;
	complain(&build->complaints, draft->node->place,
	         "no address is left for the watchdog of '%s'; give it less memory behind 'as', or "
	         "none: kumiki,no-watchdog;",
	         draft->name);
}

/* Places the partition's end of a channel, also among the board's devices. */
static void wiring_end(struct build *build, const struct spans *board, const struct draft *draft,
                       struct draft_channel *channel)
{
	struct draft_end *end = channels_end(channel, draft->appearance);
	struct spans spans = {.arena = build->arena};

	if (!end)
		return;
	for (size_t i = 0; i < board->count; i++)
		spans_add(&spans, board->list[i].base, board->list[i].size, "");
	spans_add_view(&spans, build, draft, NULL);
	if (spans_gap(&spans, build->model->board.gicd_base, BUNDLE_END_SIZE, WIRING_ALIGN,
	              &end->ipa))
		return;
	end->ipa = 0;
	complain(&build->complaints, end->place,
	         "no address is left for the end of '%s'; give '%s' less memory behind 'as'",
	         channel->name, draft->name);
}

/* ---- interrupts ---- */

struct wiring {
	bool board[BUNDLE_SPI_LAST + 1]; /* a device of the board has it */
	uint32_t last;                   /* the controller's highest certain number */
};

static void wiring_add_interrupts(const struct build *build, struct wiring *wiring,
                                  const struct dts_node *node)
{
	const struct dts_property *property = dts_property(node, "interrupts");
	const size_t cells = dts_u32(build->gic, "#interrupt-cells", 3);

	if (!property || !device_at_gic(build, node))
		return;
	for (size_t at = 0; at + cells <= dts_cell_count(property); at += cells) {
		const uint32_t number = dts_cell(property, at + 1, 0);

		if (dts_cell(property, at, 1) != 0 || number > BUNDLE_SPI_LAST - BUNDLE_SPI_FIRST)
			continue;
		wiring->board[BUNDLE_SPI_FIRST + number] = true;
		if (BUNDLE_SPI_FIRST + number > wiring->last)
			wiring->last = BUNDLE_SPI_FIRST + number;
	}
}

/* A controller has its interrupts in blocks of 32. */
static void wiring_read(const struct build *build, struct wiring *wiring)
{
	wiring->last = 2 * BUNDLE_SPI_FIRST;
	for (const struct dts_node *n = build->tree->root; n; n = dts_walk(n))
		wiring_add_interrupts(build, wiring, n);
	wiring->last |= 31;
	if (wiring->last > BUNDLE_SPI_LAST)
		wiring->last = BUNDLE_SPI_LAST;
}

static bool wiring_owned(const struct draft *draft, uint32_t intid)
{
	for (size_t i = 0; i < draft->partition->device_count; i++) {
		const struct model_device *device = draft->partition->devices[i];

		for (size_t j = 0; j < device->interrupt_count; j++)
			if (device->interrupts[j].intid == intid)
				return true;
	}
	return false;
}

bool wiring_has(const struct build *build, const struct draft *draft, uint32_t intid)
{
	const struct model_partition *p = draft->partition;

	if ((p->console && intid == p->uart_intid) || (p->rtc && intid == p->rtc_intid) ||
	    intid == p->watchdog_intid || intid == p->manager_intid ||
	    (p->panel && intid == p->panel->intid))
		return true;
	for (size_t i = 0; i < build->doorbell_count; i++)
		if (build->doorbells[i].to == draft->appearance &&
		    build->doorbells[i].intid == intid)
			return true;
	for (size_t i = 0; i < build->channel_count; i++) {
		const struct draft_end *end = channels_end(&build->channels[i], draft->appearance);

		if (end && end->intid == intid)
			return true;
	}
	return false;
}

/* Takes a free number. 0, after a complaint: there is none. */
static uint32_t wiring_take(struct build *build, const struct wiring *wiring,
                            const struct draft *draft)
{
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t intid = wiring->last; intid >= BUNDLE_SPI_FIRST; intid--)
			if ((pass || !wiring->board[intid]) && !wiring_owned(draft, intid) &&
			    !wiring_has(build, draft, intid))
				return intid;
	complain(&build->complaints, draft->node->place,
	         "the devices of '%s' leave no interrupt number for Kumiki's own devices; give "
	         "it fewer devices or doorbells",
	         draft->name);
	return 0;
}

/* True if the partition gets a signal: of other partitions' lives, or of cores' holders. */
static bool wiring_hears(const struct draft *draft)
{
	return dts_property(draft->node, "kumiki,manages") || cores_move(draft);
}

static void wiring_panel(struct build *build, const struct wiring *wiring,
                         const struct draft *draft)
{
	struct model_function *panel = draft->partition->panel;
	uint32_t bits = 0;

	panel->intid = wiring_take(build, wiring, draft);
	if (wiring_hears(draft))
		draft->partition->manager_intid = panel->intid;
	for (size_t i = 0; i < build->doorbell_count; i++) {
		struct draft_doorbell *doorbell = &build->doorbells[i];

		if (doorbell->to != draft->appearance)
			continue;
		doorbell->intid = panel->intid;
		doorbell->bit = bits++;
	}
	if (bits > BUNDLE_PANEL_BITS)
		complain(
		    &build->complaints, dts_property(draft->node, "kumiki,panel")->place,
		    "%u doorbells ring at '%s', and its panel can tell %d apart; take some out",
		    bits, draft->name, BUNDLE_PANEL_BITS);
}

static void wiring_partition(struct build *build, const struct wiring *wiring,
                             const struct draft *draft)
{
	struct model_partition *partition = draft->partition;

	if (partition->watchdog)
		partition->watchdog_intid = wiring_take(build, wiring, draft);
	for (size_t i = 0; i < build->channel_count; i++) {
		struct draft_end *end = channels_end(&build->channels[i], draft->appearance);

		if (end)
			end->intid = wiring_take(build, wiring, draft);
	}
	if (partition->panel) {
		wiring_panel(build, wiring, draft);
		return;
	}
	if (wiring_hears(draft))
		partition->manager_intid = wiring_take(build, wiring, draft);
	for (size_t i = 0; i < build->doorbell_count; i++)
		if (build->doorbells[i].to == draft->appearance)
			build->doorbells[i].intid = wiring_take(build, wiring, draft);
}

void wiring_choose(struct build *build)
{
	struct spans board = {.arena = build->arena};
	struct wiring *wiring = arena_alloc(build->arena, sizeof(*wiring));

	wiring_add_board(&board, build);
	wiring_read(build, wiring);
	for (size_t i = 0; i < build->draft_count; i++) {
		wiring_watchdog(build, &board, &build->drafts[i]);
		for (size_t c = 0; c < build->channel_count; c++)
			wiring_end(build, &board, &build->drafts[i], &build->channels[c]);
		wiring_partition(build, wiring, &build->drafts[i]);
	}
}
