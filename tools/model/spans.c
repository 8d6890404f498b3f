/* See spans.h. */
#include "spans.h"
#include <stdlib.h>
#include <string.h>

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

static void spans_add_emulated(struct spans *spans, const struct build *build,
                               const struct draft *draft)
{
	const struct bundle_board *board = &build->model->board;
	const struct model_partition *p = draft->partition;

	spans_add(spans, p->gicd_ipa, MODEL_GICD_SIZE, "the interrupt controller (distributor)");
	spans_add(spans, p->gicr_ipa, MODEL_GICR_SIZE * draft->vcpu_count,
	          "the interrupt controller (redistributors)");
	spans_add(spans, p->uart_ipa, p->uart_ipa ? MODEL_PAGE : 0, "the console's UART");
	spans_add(spans, p->rtc_ipa, p->rtc_ipa ? MODEL_PAGE : 0, "the clock");
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
	const struct draft *watched = watch_of(build, draft);

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
		const struct draft_end *end = channels_end(&build->channels[i], draft->appearance);

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
