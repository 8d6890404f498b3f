/*
 * What a guest sees beside its memory and devices: addresses and interrupt numbers of Kumiki's own
 * devices, which are each partition's watchdog, its panel, its ends of channels, the signal to a
 * manager, doorbells. If there is a panel, signal and doorbells have its interrupt, and doorbells
 * are bits of its register. A chosen address is free both on the board and in the partition. A
 * chosen number is none of the partition's interrupts, and if possible none of the board's; the
 * search begins at the controller's highest number.
 */
#include "build.h"
#include <lib/bundle.h>
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
	struct draft_end *end = build_end(channel, draft->appearance);
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

	if (!property || !build_at_gic(build, node))
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
	    intid - p->message_intid < p->message_count || intid == p->watchdog_intid ||
	    intid == p->manager_intid || (p->panel && intid == p->panel->intid))
		return true;
	for (size_t i = 0; i < build->doorbell_count; i++)
		if (build->doorbells[i].to == draft->appearance &&
		    build->doorbells[i].intid == intid)
			return true;
	for (size_t i = 0; i < build->channel_count; i++) {
		const struct draft_end *end = build_end(&build->channels[i], draft->appearance);

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

#define WIRING_MESSAGES 16u /* for each function that sends */

static uint32_t wiring_senders(const struct draft *draft)
{
	uint32_t count = 0;

	for (size_t i = 0; i < draft->partition->device_count; i++)
		count += draft->partition->devices[i]->function &&
		         draft->partition->devices[i]->function->sender;
	return count;
}

/* Finds so many free numbers side by side, the highest ones. 0: there are none. */
static uint32_t wiring_row(const struct build *build, const struct wiring *wiring,
                           const struct draft *draft, uint32_t count)
{
	uint32_t free = 0;

	for (uint32_t intid = wiring->last; intid >= BUNDLE_SPI_FIRST; intid--) {
		free = wiring_owned(draft, intid) || wiring_has(build, draft, intid) ? 0 : free + 1;
		if (free == count)
			return intid;
	}
	return 0;
}

/* Gives the partition's functions numbers for their messages: fewer where no more are free. Without
 * any they use their lines. */
static void wiring_messages(struct build *build, const struct wiring *wiring,
                            const struct draft *draft)
{
	struct model_partition *partition = draft->partition;
	uint32_t count = wiring_senders(draft) * WIRING_MESSAGES, first = 0;

	if (count > BUNDLE_MESSAGES_MAX)
		count = BUNDLE_MESSAGES_MAX;
	while (count && !(first = wiring_row(build, wiring, draft, count)))
		count /= 2;
	for (size_t i = 0; !count && i < partition->device_count; i++)
		if (partition->devices[i]->function)
			partition->devices[i]->function->sender = 0;
	if (!count)
		return;
	partition->message_intid = first;
	partition->message_count = count;
	partition->message_ipa = build->model->board.its_base + BUNDLE_ITS_WRITTEN;
}

/* True if the partition gets a signal: of other partitions' lives, or of cores' holders. */
static bool wiring_hears(const struct draft *draft)
{
	return dts_property(draft->node, "kumiki,manages") || build_moves(draft);
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
		struct draft_end *end = build_end(&build->channels[i], draft->appearance);

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
		wiring_messages(build, wiring, &build->drafts[i]);
	}
}

/* ---- black boxes ---- */

/* Where managers see the black boxes of managed partitions (kumiki/blackbox.h). With a panel the
 * boxes lie in its memory (pci_place()). Without a panel they lie at the first free guest address
 * from the beginning of RAM on, once everything else has its place. */

static void blackbox_place_one(struct build *build, const struct draft *draft,
                               const struct dts_property *manages)
{
	const uint64_t size = build->draft_count * BUNDLE_BLACKBOX_MEMORY;
	struct spans spans = {.arena = build->arena};

	spans_add_view(&spans, build, draft, NULL);
	if (spans_gap(&spans, build->model->board.ram_base, size, MODEL_PAGE,
	              &draft->partition->blackbox_ipa))
		return;
	complain(&build->complaints, manages->place,
	         "no guest address is left where '%s' could see the black boxes of the "
	         "partitions that it manages (%s in one piece); give it less memory behind 'as'",
	         draft->name, build_size(build, size));
}

void blackbox_place(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];
		const struct dts_property *manages = dts_property(draft->node, "kumiki,manages");

		if (manages && !draft->partition->panel)
			blackbox_place_one(build, draft, manages);
	}
}

/* ---- nothing overlaps ---- */

/* A guest's memory, its devices and emulated devices must not overlap. A device that does DMA uses
 * physical addresses, so its owner's memory can't be remapped. */

static void views_meet(struct build *build, const struct draft_memory *memory, uint64_t base,
                       uint64_t size, const char *what)
{
	if (build_overlap(memory->ipa, memory->size, base, size))
		complain(&build->complaints, memory->place,
		         "\"%s\" covers the guest addresses of %s (0x%llx to 0x%llx); choose "
		         "another address behind 'as'",
		         memory->text, what, (unsigned long long)base,
		         (unsigned long long)(base + size - 1));
}

static void views_emulated(struct build *build, const struct draft *draft,
                           const struct draft_memory *memory)
{
	const struct model_partition *p = draft->partition;

	views_meet(build, memory, p->gicd_ipa, bundle_gicd_size(&build->model->board),
	           "the interrupt controller (distributor)");
	views_meet(build, memory, p->gicr_ipa,
	           bundle_gic_own_size(&build->model->board, draft->vcpu_count),
	           build_gic_own(&build->model->board));
	if (p->console)
		views_meet(build, memory, p->uart_ipa, MODEL_PAGE, "the console's UART");
	if (p->rtc)
		views_meet(build, memory, p->rtc_ipa, MODEL_PAGE, "the clock");
	if (p->message_ipa)
		views_meet(build, memory, p->message_ipa, MODEL_PAGE,
		           "the interrupt controller (messages)");
	if (!p->pci_ecam_ipa)
		return;
	views_meet(build, memory, p->pci_ecam_ipa, BUNDLE_ECAM_SIZE,
	           "the PCI host bridge (configuration space)");
	views_meet(build, memory, build->model->board.pci_window,
	           build->model->board.pci_window_size, "the PCI host bridge (BARs)");
}

static void views_devices(struct build *build, const struct draft *draft,
                          const struct draft_memory *memory)
{
	for (size_t i = 0; i < draft->partition->device_count; i++) {
		const struct model_device *device = draft->partition->devices[i];

		for (size_t j = 0; !device->function && j < device->range_count; j++) {
			uint64_t base = device->ranges[j].base / MODEL_PAGE * MODEL_PAGE;
			uint64_t end = build_round_up(
			    device->ranges[j].base + device->ranges[j].size, MODEL_PAGE);

			views_meet(build, memory, base, end - base,
			           arena_format(build->arena, "'&%s'", device->label));
		}
	}
}

static void views_piece(struct build *build, const struct draft *draft, size_t index)
{
	const struct draft_memory *memory = &draft->memory[index];

	if (!build_inside(memory->ipa, memory->size, 0, BUNDLE_ADDRESS_LIMIT))
		complain(&build->complaints, memory->place,
		         "\"%s\" ends above 512 GiB; choose a lower address behind 'as'",
		         memory->text);
	views_emulated(build, draft, memory);
	views_devices(build, draft, memory);
	for (size_t i = 0; i < index; i++)
		if (draft->memory[i].placed &&
		    build_overlap(memory->ipa, memory->size, draft->memory[i].ipa,
		                  draft->memory[i].size) &&
		    (memory->viewed || draft->memory[i].viewed))
			complain(&build->complaints, memory->place,
			         "\"%s\" covers guest addresses of \"%s\"; choose another address "
			         "behind 'as'",
			         memory->text, draft->memory[i].text);
}

/* A piece of memory whose guest address needn't be its physical address, even if it is. NULL:
 * none. */
static const struct draft_memory *views_remapped(const struct draft *draft)
{
	for (size_t i = 0; i < draft->memory_count; i++) {
		const struct draft_memory *memory = &draft->memory[i];

		if (memory->placed && memory->viewed &&
		    !(memory->fixed && memory->ipa == memory->pa))
			return memory;
	}
	return NULL;
}

/* True if the device sees its owner's addresses: it is a function behind the SMMU. */
static bool views_translated(const struct model_device *device)
{
	return device->function && device->function->confined && !device->unconfined_dma;
}

static void views_dma(struct build *build, const struct draft *draft)
{
	const struct draft_memory *remapped = views_remapped(draft);

	for (size_t i = 0; remapped && i < draft->partition->device_count; i++)
		if (draft->partition->devices[i]->dma &&
		    !views_translated(draft->partition->devices[i]))
			complain(
			    &build->complaints, draft->device_places[i],
			    "'&%s' does DMA to physical addresses, and '%s' sees other addresses "
			    "in its memory \"%s\"; take the device out, or 'as' with its address",
			    draft->partition->devices[i]->label, draft->name, remapped->text);
}

void views_check(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];

		for (size_t j = 0; j < draft->memory_count; j++)
			if (draft->memory[j].placed)
				views_piece(build, draft, j);
		if (!build_remote(draft->node)) /* remote_check() asks for more */
			views_dma(build, draft);
	}
}
