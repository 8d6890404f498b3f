/*
 * What the steps share: arithmetic of ranges, words for messages, look-ups in the description and
 * in the drafts, and free places among the addresses that a guest sees. None of it complains.
 */
#include "build.h"
#include <lib/bundle.h>
#include <stdlib.h>
#include <string.h>

/* ---- ranges ---- */

bool build_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	if (!a_size || !b_size)
		return false;
	return a <= b ? b - a < a_size : a - b < b_size;
}

bool build_inside(uint64_t base, uint64_t size, uint64_t outer, uint64_t outer_size)
{
	return base >= outer && base - outer <= outer_size && size <= outer_size - (base - outer);
}

uint64_t build_round_up(uint64_t value, uint64_t align)
{
	if (value > UINT64_MAX - (align - 1))
		return UINT64_MAX;
	return (value + align - 1) / align * align;
}

uint64_t build_page(uint64_t address)
{
	return address / MODEL_PAGE * MODEL_PAGE;
}

/* The first page that both ranges touch. */
static bool build_ranges_page(const struct model_range *a, const struct model_range *b,
                              uint64_t *page)
{
	uint64_t a_page = build_page(a->base), b_page = build_page(b->base);
	uint64_t a_end = a->base + a->size, b_end = b->base + b->size;

	if (!build_overlap(a_page, build_round_up(a_end, MODEL_PAGE) - a_page, b_page,
	                   build_round_up(b_end, MODEL_PAGE) - b_page))
		return false;
	*page = a_page > b_page ? a_page : b_page;
	return true;
}

bool build_shared_page(const struct model_device *a, const struct model_device *b, uint64_t *page)
{
	for (size_t i = 0; i < a->range_count; i++)
		for (size_t j = 0; j < b->range_count; j++)
			if (build_ranges_page(&a->ranges[i], &b->ranges[j], page))
				return true;
	return false;
}

/* ---- words for messages ---- */

const char *build_size(struct build *build, uint64_t size)
{
	static const struct {
		unsigned shift;
		const char *name;
	} units[] = {{30, "GiB"}, {20, "MiB"}, {10, "KiB"}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (size && size % (1ull << units[i].shift) == 0)
			return arena_format(build->arena, "%llu %s",
			                    (unsigned long long)(size >> units[i].shift),
			                    units[i].name);
	return arena_format(build->arena, "%llu bytes", (unsigned long long)size);
}

bool build_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.';
}

/* ---- the description's nodes ---- */

bool build_is_remote(const struct dts_node *cluster)
{
	return dts_property(cluster, "kumiki,remote-entry") != NULL;
}

const struct dts_node *build_remote(const struct dts_node *domain)
{
	const struct dts_property *cpus = dts_property(domain, "cpus");

	for (const struct dts_item *item = cpus ? cpus->items : NULL; item; item = item->next)
		if (item->target && build_is_remote(item->target))
			return item->target;
	return NULL;
}

/* The interrupt controller of a node with `interrupts`. */
const struct dts_node *build_interrupt_parent(const struct build *build,
                                              const struct dts_node *node)
{
	for (; node; node = node->parent) {
		const struct dts_property *parent = dts_property(node, "interrupt-parent");

		if (parent)
			return dts_by_phandle(build->tree, dts_cell(parent, 0, 0));
	}
	return NULL;
}

bool build_at_gic(const struct build *build, const struct dts_node *node)
{
	return build_interrupt_parent(build, node) == build->gic;
}

/* ---- the drafts ---- */

const struct draft *build_find(const struct build *build, const char *name)
{
	for (size_t i = 0; i < build->draft_count; i++)
		if (!strcmp(build->drafts[i].name, name))
			return &build->drafts[i];
	return NULL;
}

const struct dts_item *build_watches(const struct draft *draft)
{
	const struct dts_property *property = dts_property(draft->node, MODEL_WATCHES);

	return property && vocabulary_good(draft->node, MODEL_WATCHES) ? property->items : NULL;
}

const struct draft *build_watched(const struct build *build, const struct draft *draft)
{
	const struct dts_item *item = build_watches(draft);

	return item ? build_find(build, item->text) : NULL;
}

struct draft_end *build_end(struct draft_channel *channel, size_t appearance)
{
	for (size_t i = 0; i < channel->end_count; i++)
		if (channel->ends[i].appearance == appearance)
			return &channel->ends[i];
	return NULL;
}

size_t build_ends(const struct build *build)
{
	size_t count = 0;

	for (size_t i = 0; i < build->channel_count; i++)
		count += build->channels[i].end_count;
	return count;
}

bool build_sees(const struct draft_window *window, size_t appearance)
{
	for (size_t i = 0; i < window->member_count; i++)
		if (window->members[i].appearance == appearance)
			return true;
	return false;
}

size_t build_windows_seen(const struct build *build, size_t appearance)
{
	size_t count = 0;

	for (size_t i = 0; i < build->window_count; i++)
		count += build_sees(&build->windows[i], appearance);
	return count;
}

bool build_moves(const struct draft *draft)
{
	for (size_t i = 0; i < draft->core_count; i++)
		if (draft->cores[i]->moves)
			return true;
	return false;
}

bool build_has_functions(const struct draft *draft)
{
	if (draft->partition->panel)
		return true;
	for (size_t i = 0; i < draft->partition->device_count; i++)
		if (draft->partition->devices[i]->function)
			return true;
	return false;
}

const struct model_keep *build_kept_at(const struct model_partition *partition, uint64_t address)
{
	for (size_t i = 0; i < partition->keep_count; i++)
		if (build_inside(address, 1, partition->keeps[i].ipa, partition->keeps[i].size))
			return &partition->keeps[i];
	return NULL;
}

/* ---- the used stretches of a guest's addresses ---- */

void spans_add(struct spans *spans, uint64_t base, uint64_t size, const char *what)
{
	if (spans->count == spans->room) {
		const size_t room = spans->room ? 2 * spans->room : 64;
		struct span *list = arena_array(spans->arena, room, sizeof(*list));

		if (spans->count)
			memcpy(list, spans->list, spans->count * sizeof(*list));
		spans->list = list;
		spans->room = room;
	}
	if (size)
		spans->list[spans->count++] = (struct span){base, size, what};
}

const char *build_gic_own(const struct bundle_board *board)
{
	return bundle_is_gicv2(board) ? "the interrupt controller (CPU interface)"
	                              : "the interrupt controller (redistributors)";
}

static void spans_add_emulated(struct spans *spans, const struct build *build,
                               const struct draft *draft)
{
	const struct bundle_board *board = &build->model->board;
	const struct model_partition *p = draft->partition;

	spans_add(spans, p->gicd_ipa, bundle_gicd_size(board),
	          "the interrupt controller (distributor)");
	spans_add(spans, p->gicr_ipa, bundle_gic_own_size(board, draft->vcpu_count),
	          build_gic_own(board));
	spans_add(spans, p->uart_ipa, p->uart_ipa ? MODEL_PAGE : 0, "the console's UART");
	spans_add(spans, p->rtc_ipa, p->rtc_ipa ? MODEL_PAGE : 0, "the clock");
	spans_add(spans, p->message_ipa, p->message_ipa ? MODEL_PAGE : 0,
	          "the interrupt controller (messages)");
	spans_add(spans, p->watchdog_ipa, p->watchdog_ipa ? MODEL_WATCHDOG_SIZE : 0,
	          "the watchdog");
	spans_add(spans, p->pci_ecam_ipa, p->pci_ecam_ipa ? BUNDLE_ECAM_SIZE : 0,
	          "the PCI host bridge (configuration space)");
	spans_add(spans, p->blackbox_ipa,
	          p->blackbox_ipa ? build->draft_count * BUNDLE_BLACKBOX_MEMORY : 0,
	          "the black boxes");
	spans_add(spans, board->pci_window, p->pci_ecam_ipa ? board->pci_window_size : 0,
	          "the PCI host bridge (BARs)");
}

/* The page with registers gets its place last. */
static void spans_add_watched(struct spans *spans, const struct build *build,
                              const struct draft *draft)
{
	const struct model_partition *p = draft->partition;
	const struct draft *watched = build_watched(build, draft);

	if (!watched || !p->watch_ipa)
		return;
	spans_add(spans, p->watch_ipa, MODEL_PAGE, "the registers of what it watches");
	for (size_t i = 0; i < watched->memory_count; i++)
		spans_add(spans, p->watched_ipa[i], watched->memory[i].size, "what it watches");
}

static void spans_add_devices(struct spans *spans, struct build *build, const struct draft *draft)
{
	for (size_t i = 0; i < draft->partition->device_count; i++) {
		const struct model_device *device = draft->partition->devices[i];

		for (size_t j = 0; j < device->range_count; j++) {
			const struct model_range *range = &device->ranges[j];
			const uint64_t base = range->base / MODEL_PAGE * MODEL_PAGE;

			spans_add(spans, base,
			          build_round_up(range->base + range->size, MODEL_PAGE) - base,
			          arena_format(build->arena, "'&%s'", device->label));
		}
	}
}

static void spans_add_windows(struct spans *spans, struct build *build, const struct draft *draft,
                              const struct draft_member *but)
{
	for (size_t i = 0; i < build->window_count; i++)
		for (size_t j = 0; j < build->windows[i].member_count; j++) {
			const struct draft_member *member = &build->windows[i].members[j];

			if (member != but && member->viewed &&
			    member->appearance == draft->appearance)
				spans_add(spans, member->ipa, build->windows[i].memory.size,
				          arena_format(build->arena, "the window '%s'",
				                       build->windows[i].name));
		}
}

static void spans_add_ends(struct spans *spans, struct build *build, const struct draft *draft)
{
	for (size_t i = 0; i < build->channel_count; i++) {
		const struct draft_end *end = build_end(&build->channels[i], draft->appearance);

		if (end && end->ipa)
			spans_add(spans, end->ipa, BUNDLE_END_SIZE,
			          arena_format(build->arena, "its end of the channel '%s'",
			                       build->channels[i].name));
	}
}

void spans_add_view(struct spans *spans, struct build *build, const struct draft *draft,
                    const struct draft_member *but)
{
	spans_add_emulated(spans, build, draft);
	spans_add_watched(spans, build, draft);
	for (size_t i = 0; i < draft->memory_count; i++)
		spans_add(spans, draft->memory[i].ipa, draft->memory[i].size,
		          arena_format(build->arena, "its memory \"%s\"", draft->memory[i].text));
	spans_add_devices(spans, build, draft);
	spans_add_ends(spans, build, draft);
	spans_add_windows(spans, build, draft, but);
}

const struct span *spans_find(const struct spans *spans, uint64_t base, uint64_t size)
{
	for (size_t i = 0; i < spans->count; i++)
		if (build_overlap(base, size, spans->list[i].base, spans->list[i].size))
			return &spans->list[i];
	return NULL;
}

static int spans_compare(const void *left, const void *right)
{
	const struct span *a = left, *b = right;

	return a->base < b->base ? -1 : a->base > b->base;
}

bool spans_gap(struct spans *spans, uint64_t at, uint64_t size, uint64_t align, uint64_t *base)
{
	at = build_round_up(at != 0 ? at : 1, align);
	if (spans->count)
		qsort(spans->list, spans->count, sizeof(*spans->list), spans_compare);
	for (size_t i = 0; i < spans->count; i++)
		if (build_overlap(at, size, spans->list[i].base, spans->list[i].size))
			at = build_round_up(spans->list[i].base + spans->list[i].size, align);
	*base = at;
	return build_inside(at, size, 0, BUNDLE_ADDRESS_LIMIT);
}

/* ---- free stretches of a partition's first piece of memory ---- */

/* The rest of the free stretch, above and below the place, stays free. */
void layout_use(struct layout *layout, uint64_t address, uint64_t size)
{
	struct model_range *lower = layout->free, *end = lower + layout->free_count, upper;

	while (lower < end && !build_inside(address, size, lower->base, lower->size))
		lower++;
	if (lower == end)
		return;
	upper = (struct model_range){address + size, lower->base + lower->size - (address + size)};
	lower->size = address - lower->base;
	memmove(lower + 1, lower, (size_t)(end - lower) * sizeof(*lower));
	*lower = upper;
	layout->free_count++;
}

bool layout_high(struct layout *layout, uint64_t size, uint64_t *address)
{
	for (size_t i = 0; i < layout->free_count; i++) {
		const struct model_range *range = &layout->free[i];
		uint64_t at = (range->base + range->size - size) / MODEL_PAGE * MODEL_PAGE;

		if (range->size < size || at < range->base)
			continue;
		layout_use(layout, at, size);
		*address = at;
		return true;
	}
	return false;
}

const char *layout_pieces(const struct layout *layout)
{
	const struct model_partition *partition = layout->partition;
	const char *pieces = "";

	for (size_t i = 0; i < partition->memory_count; i++) {
		const struct model_memory *memory = &partition->memory[i];

		pieces = arena_format(layout->build->arena, "%s%s0x%llx to 0x%llx", pieces,
		                      i ? ", " : "", (unsigned long long)memory->ipa,
		                      (unsigned long long)(memory->ipa + memory->size - 1));
	}
	return pieces;
}
