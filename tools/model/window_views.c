/*
 * Where each partition sees its windows: at the given address, otherwise at the physical address.
 * If that isn't free, it is the first free address from the beginning of RAM on. Called when
 * everything else has its place. pci_place.c places windows in a panel's memory.
 */
#include "spans.h"

static void windows_check_view(struct build *build, const struct draft *draft,
                               const struct draft_window *window, const struct draft_member *member)
{
	struct spans spans = {.arena = build->arena};
	const struct span *other;

	spans_add_view(&spans, build, draft, member);
	other = spans_find(&spans, member->ipa, window->memory.size);
	if (!build_inside(member->ipa, window->memory.size, 0, BUNDLE_ADDRESS_LIMIT))
		complain(
		    &build->complaints, member->place,
		    "the window '%s' would end above 512 GiB at \"%s\"; choose a lower address "
		    "behind 'as'",
		    window->name, member->text);
	else if (other)
		complain(&build->complaints, member->place,
		         "the window '%s' at \"%s\" covers the guest addresses of %s (0x%llx to "
		         "0x%llx); choose another address behind 'as'",
		         window->name, member->text, other->what, (unsigned long long)other->base,
		         (unsigned long long)(other->base + other->size - 1));
}

static void windows_choose_view(struct build *build, const struct draft *draft,
                                const struct draft_window *window, struct draft_member *member)
{
	const uint64_t align = window->memory.size >= MODEL_BLOCK ? MODEL_BLOCK : MODEL_PAGE;
	struct spans spans = {.arena = build->arena};

	spans_add_view(&spans, build, draft, member);
	member->ipa = window->memory.pa;
	if (spans_find(&spans, member->ipa, window->memory.size) &&
	    !spans_gap(&spans, build->model->board.ram_base, window->memory.size, align,
	               &member->ipa))
		complain(&build->complaints, member->place,
		         "no guest address is left where '%s' could see the window '%s'; make it "
		         "smaller, or choose one: \"%s as 0x40000000\"",
		         draft->name, window->name, draft->name);
	member->viewed = true;
}

static void windows_each(struct build *build, bool viewed)
{
	for (size_t i = 0; i < build->window_count; i++) {
		struct draft_window *window = &build->windows[i];

		for (size_t j = 0; j < window->member_count && window->memory.placed; j++) {
			struct draft_member *member = &window->members[j];
			const struct draft *draft = &build->drafts[member->appearance];

			if (member->panel)
				continue;
			if (viewed && member->viewed)
				windows_check_view(build, draft, window, member);
			else if (!viewed && !member->viewed)
				windows_choose_view(build, draft, window, member);
		}
	}
}

void windows_view(struct build *build)
{
	windows_each(build, true);
	windows_each(build, false);
}
