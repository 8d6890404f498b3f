/*
 * Where managers see the black boxes of managed partitions (kumiki/blackbox.h). With a panel the
 * boxes lie in its memory (pci_place.c). Without a panel, this file places them at the first free
 * guest address from the beginning of RAM on. It does so when everything else has its place.
 */
#include "spans.h"

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
