/*
 * Reads the description's windows and doorbells: names, sizes, writers, readers and ringers.
 * memory.c decides where a window lies, wiring.c the doorbells' interrupts. This file also decides
 * where windows are seen, and puts the results into the model.
 */
#include "build.h"
#include <host/phrase.h>
#include <string.h>

#define WINDOWS_SIZE_REMEDY "write it so: \"64K\" or \"64K at 0x80000000\""
#define WINDOWS_WHO_REMEDY  "write it so: \"left\" or \"left as 0x50000000\""

/* ---- names ---- */

static bool windows_name_good(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!build_name_character(*c) || *c == '.')
			return false;
	return *name && strlen(name) < BUNDLE_NAME_SIZE;
}

static void windows_check_name(struct build *build, const struct dts_node *node, const char *what)
{
	const struct dts_node *windows = dts_child(build->tree->root, "windows");
	const struct dts_node *other = windows ? dts_child(windows, node->name) : NULL;

	if (!windows_name_good(node->name))
		complain(&build->complaints, node->place,
		         "'%s' can't be a %s's name; use 1 to %d letters, digits, '-' and '_'",
		         node->name, what, BUNDLE_NAME_SIZE - 1);
	else if (other && other != node)
		complain(&build->complaints, node->place,
		         "a window (%s) is called '%s', too; choose another name",
		         complaints_where(&build->complaints, node->place, other->place),
		         node->name);
}

/* ---- doorbells ---- */

/* Adds a doorbell. The first one beyond the limit is added, too, so that there is only one
 * complaint. */
static void windows_add_doorbell(struct build *build, struct draft_doorbell doorbell,
                                 struct dts_place place)
{
	if (build->doorbell_count > BUNDLE_DOORBELLS_MAX)
		return;
	if (build->doorbell_count == BUNDLE_DOORBELLS_MAX)
		complain(&build->complaints, place,
		         "'%s' makes more than %d doorbells in all, one for each direction between "
		         "two partitions; take some out",
		         doorbell.name, BUNDLE_DOORBELLS_MAX);
	build->doorbells[build->doorbell_count++] = doorbell;
}

/* Adds the doorbells of a window: each partition of it can ring each other one. */
static void windows_ring(struct build *build, const struct draft_window *window,
                         struct dts_place place)
{
	for (size_t i = 0; i < window->member_count; i++)
		for (size_t j = 0; j < window->member_count; j++)
			if (i != j)
				windows_add_doorbell(
				    build,
				    (struct draft_doorbell){
				        .name = window->name,
				        .from = window->members[i].appearance,
				        .to = window->members[j].appearance,
				        .window = (uint32_t)(window - build->windows)},
				    place);
}

/* The partitions that a property of a doorbell names: a bit for each appearance. */
static uint32_t windows_ringers(struct build *build, const struct dts_node *node, const char *name)
{
	const struct dts_property *property = dts_property(node, name);
	const struct dts_item *item = property ? property->items : NULL;
	uint32_t mask = 0;

	for (; item && vocabulary_good(node, name); item = item->next) {
		const struct draft *draft = build_find(build, item->text);

		if (!draft)
			life_unknown(build, name, item->place, item->text);
		else if (mask >> draft->appearance & 1)
			complain(&build->complaints, item->place,
			         "'%s' stands twice in '%s'; take one out", item->text, name);
		else
			mask |= 1u << draft->appearance;
	}
	return mask;
}

static void windows_doorbell(struct build *build, const struct dts_node *node)
{
	const uint32_t from = windows_ringers(build, node, "kumiki,from");
	const uint32_t to = windows_ringers(build, node, "kumiki,to");

	windows_check_name(build, node, "doorbell");
	if (from & to)
		complain(&build->complaints, dts_property(node, "kumiki,to")->items->place,
		         "'%s' can't ring itself; take it out of 'kumiki,from' or 'kumiki,to'",
		         build->drafts[__builtin_ctz(from & to)].name);
	for (uint32_t i = 0; i < build->draft_count; i++)
		for (uint32_t j = 0; j < build->draft_count; j++)
			if (i != j && from >> i & 1 && to >> j & 1)
				windows_add_doorbell(
				    build,
				    (struct draft_doorbell){.name = node->name,
				                            .from = i,
				                            .to = j,
				                            .window = MODEL_NO_WINDOW},
				    node->place);
}

/* ---- windows ---- */

static bool windows_size(struct build *build, const struct dts_item *item,
                         struct draft_memory *memory)
{
	struct phrase phrase = {&build->complaints, item->place, item->text, item->text,
	                        WINDOWS_SIZE_REMEDY};

	memory->place = item->place;
	memory->text = item->text;
	if (!phrase_number(&phrase, "size", &memory->size))
		return false;
	if (!memory->size) {
		complain(&build->complaints, item->place,
		         "a window of size 0 is none; " WINDOWS_SIZE_REMEDY);
		return false;
	}
	if (phrase_take(&phrase, "at")) {
		if (!phrase_number(&phrase, "physical address", &memory->pa))
			return false;
		memory->fixed = true;
	}
	return phrase_end(&phrase);
}

/* Reads text like "left" or "left as 0x50000000". */
static void windows_member(struct build *build, struct draft_window *window, const char *property,
                           const struct dts_item *item, bool read_only)
{
	const size_t length = strcspn(item->text, " ");
	const char *name = arena_copy(build->arena, item->text, length);
	const struct draft *draft = build_find(build, name);
	struct phrase phrase = {&build->complaints, item->place, item->text, item->text + length,
	                        WINDOWS_WHO_REMEDY};
	struct draft_member member = {
	    .place = item->place, .text = item->text, .read_only = read_only};

	if (!draft) {
		life_unknown(build, property, item->place, name);
		return;
	}
	if (build_sees(window, draft->appearance)) {
		complain(&build->complaints, item->place,
		         "'%s' is named twice for the window '%s'; take one out", name,
		         window->name);
		return;
	}
	if (phrase_take(&phrase, "as")) {
		if (!phrase_number(&phrase, "guest address", &member.ipa))
			return;
		member.viewed = true;
	}
	member.appearance = (uint32_t)draft->appearance;
	if (phrase_end(&phrase))
		window->members[window->member_count++] = member;
}

/* Reads the partitions that a property names. Returns how many these are, wrong names included. */
static size_t windows_members(struct build *build, const struct dts_node *node,
                              struct draft_window *window, const char *property, bool read_only)
{
	const struct dts_item *item =
	    vocabulary_good(node, property) ? dts_property(node, property)->items : NULL;
	size_t count = 0;

	for (; item; item = item->next, count++)
		windows_member(build, window, property, item, read_only);
	return count;
}

static void windows_window(struct build *build, const struct dts_node *node)
{
	struct draft_window *window = &build->windows[build->window_count++];
	const struct dts_property *doorbells = dts_property(node, "kumiki,doorbells");
	size_t named;

	window->name = node->name;
	windows_check_name(build, node, "window");
	if (vocabulary_good(node, "kumiki,size") &&
	    !windows_size(build, dts_property(node, "kumiki,size")->items, &window->memory))
		window->memory.size = 0;
	named = windows_members(build, node, window, "kumiki,writers", false);
	named += windows_members(build, node, window, "kumiki,readers", true);
	if (named == 1 && window->member_count == 1)
		complain(&build->complaints, node->place,
		         "only '%s' sees the window '%s'; name another partition in "
		         "'kumiki,writers' or 'kumiki,readers'",
		         build->drafts[window->members[0].appearance].name, window->name);
	if (doorbells)
		windows_ring(build, window, doorbells->place);
}

void windows_read(struct build *build)
{
	const struct dts_node *windows = dts_child(build->tree->root, "windows");
	const struct dts_node *doorbells = dts_child(build->tree->root, "doorbells");

	build->windows = arena_array(build->arena, BUNDLE_WINDOWS_MAX, sizeof(*build->windows));
	build->doorbells =
	    arena_array(build->arena, BUNDLE_DOORBELLS_MAX + 1, sizeof(*build->doorbells));
	for (const struct dts_node *n = windows ? windows->children : NULL; n; n = n->next) {
		if (build->window_count < BUNDLE_WINDOWS_MAX) {
			windows_window(build, n);
			continue;
		}
		complain(&build->complaints, n->place,
		         "'%s' is one window too many; %d are possible", n->name,
		         BUNDLE_WINDOWS_MAX);
		break;
	}
	for (const struct dts_node *n = doorbells ? doorbells->children : NULL; n; n = n->next)
		windows_doorbell(build, n);
}

/* ---- the model's ---- */

static uint32_t windows_partition(const struct build *build, uint32_t appearance)
{
	uint32_t index = 0;

	while (build->drafts[index].appearance != appearance)
		index++;
	return index;
}

static void windows_number_one(struct build *build, const struct draft_window *draft,
                               struct model_window *window)
{
	*window = (struct model_window){.name = draft->name,
	                                .pa = draft->memory.pa,
	                                .size = draft->memory.size,
	                                .member_count = draft->member_count};
	window->members = arena_array(build->arena, draft->member_count, sizeof(*window->members));
	for (size_t i = 0; i < draft->member_count; i++)
		window->members[i] = (struct model_member){
		    .partition = windows_partition(build, draft->members[i].appearance),
		    .read_only = draft->members[i].read_only,
		    .ipa = draft->members[i].ipa};
	for (size_t i = 0; i < draft->member_count; i++)
		window->uncached |=
		    draft->members[i].panel ||
		    build->model->partitions[window->members[i].partition].remote_core != NULL;
}

void windows_number(struct build *build)
{
	struct model *model = build->model;

	model->windows = arena_array(build->arena, build->window_count, sizeof(*model->windows));
	model->window_count = build->window_count;
	for (size_t i = 0; i < build->window_count; i++)
		windows_number_one(build, &build->windows[i], &model->windows[i]);
	model->doorbells =
	    arena_array(build->arena, build->doorbell_count, sizeof(*model->doorbells));
	model->doorbell_count = build->doorbell_count;
	for (size_t i = 0; i < build->doorbell_count; i++) {
		const struct draft_doorbell *draft = &build->doorbells[i];

		model->doorbells[i] =
		    (struct model_doorbell){.name = draft->name,
		                            .from = windows_partition(build, draft->from),
		                            .to = windows_partition(build, draft->to),
		                            .intid = draft->intid,
		                            .bit = draft->bit,
		                            .window = draft->window};
	}
}

/* ---- where partitions see windows ---- */

/* Each partition sees its windows at the given address, otherwise at the physical address. If that
 * isn't free, it is the first free address from the beginning of RAM on. Called when everything
 * else has its place. pci_place() places windows in a panel's memory. */

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
