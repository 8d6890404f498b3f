/*
 * Stretches of a partition's memory that its restarts leave as they are: `kumiki,keep = "SIZE [at
 * ADDRESS]"` and `kumiki,ramoops = "SIZE [at ADDRESS]"`. This file reads and places them. Stretches
 * with an address come first, once the image has its place. The others lie at the end of the first
 * piece of memory.
 */
#include "build.h"
#include <host/phrase.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_RAMOOPS_LEAST 0x4000ull /* the least useful size: four records and a console */

/* ---- what the description says ---- */

static bool keep_phrase(struct phrase *phrase, struct draft_keep *keep)
{
	if (!phrase_number(phrase, "size", &keep->size))
		return false;
	if (!keep->size) {
		complain(phrase->complaints, phrase->place,
		         "nothing is kept in memory of size 0; %s", phrase->remedy);
		return false;
	}
	if (phrase_take(phrase, "at")) {
		if (!phrase_number(phrase, "guest address", &keep->ipa))
			return false;
		keep->fixed = true;
	}
	return phrase_end(phrase);
}

static void keep_one(struct build *build, struct draft *draft, const struct dts_item *item,
                     const char *remedy, bool ramoops)
{
	struct draft_keep *keep = &draft->keeps[draft->keep_count];
	struct phrase phrase = {&build->complaints, item->place, item->text, item->text, remedy};

	if (draft->keep_count == MODEL_KEEPS_MAX) {
		complain(&build->complaints, item->place,
		         "'%s' keeps more than %d stretches of memory; join some", draft->name,
		         MODEL_KEEPS_MAX);
		return;
	}
	*keep = (struct draft_keep){.place = item->place, .text = item->text, .ramoops = ramoops};
	draft->keep_count += keep_phrase(&phrase, keep);
}

/* Reads kumiki,ramoops. Linux finds that memory only by a generated tree. */
static void keep_ramoops(struct build *build, struct draft *draft)
{
	const struct dts_item *item = dts_property(draft->node, "kumiki,ramoops")->items;
	const struct draft_keep *keep = &draft->keeps[draft->keep_count];
	const size_t count = draft->keep_count;

	keep_one(build, draft, item, "write it so: \"256K\" or \"256K at 0x80000000\"", true);
	if (draft->keep_count > count && keep->size < KEEP_RAMOOPS_LEAST)
		complain(&build->complaints, item->place,
		         "ramoops needs %s at least, and \"%s\" is less; write it so: \"256K\"",
		         build_size(build, KEEP_RAMOOPS_LEAST), item->text);
	if (dts_property(draft->node, "kumiki,dtb") || dts_property(draft->node, "kumiki,no-dtb"))
		complain(&build->complaints, item->place,
		         "'kumiki,ramoops' goes into a generated device tree, and '%s' has none; "
		         "write kumiki,keep = \"%s\"; and a node for it into your own tree",
		         draft->name, item->text);
}

void keep_read(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		struct draft *draft = &build->drafts[i];
		const struct dts_property *keep = dts_property(draft->node, "kumiki,keep");
		const struct dts_item *item = keep ? keep->items : NULL;

		draft->keeps =
		    arena_array(build->arena, MODEL_KEEPS_MAX + 1, sizeof(*draft->keeps));
		for (; item && vocabulary_good(draft->node, "kumiki,keep"); item = item->next)
			keep_one(build, draft, item,
			         "write it so: \"64K\" or \"64K at 0x80000000\"", false);
		if (vocabulary_good(draft->node, "kumiki,ramoops"))
			keep_ramoops(build, draft);
	}
}

/* ---- where they lie ---- */

static const struct model_keep *keep_overlapping(const struct model_partition *partition,
                                                 const struct draft_keep *keep)
{
	for (size_t i = 0; i < partition->keep_count; i++)
		if (build_overlap(keep->ipa, keep->size, partition->keeps[i].ipa,
		                  partition->keeps[i].size))
			return &partition->keeps[i];
	return NULL;
}

static bool keep_in_memory(const struct model_partition *partition, const struct draft_keep *keep)
{
	for (size_t i = 0; i < partition->memory_count; i++)
		if (build_inside(keep->ipa, keep->size, partition->memory[i].ipa,
		                 partition->memory[i].size))
			return true;
	return false;
}

/* What is wrong with a given address; NULL: nothing. */
static const char *keep_misplaced(const struct layout *layout, const struct draft_keep *keep)
{
	struct arena *arena = layout->build->arena;
	const struct model_file *image = &layout->partition->image;
	const struct model_keep *other = keep_overlapping(layout->partition, keep);

	if (!keep_in_memory(layout->partition, keep))
		return arena_format(arena,
		                    "isn't inside one piece of the memory of '%s', which is %s",
		                    layout->draft->name, layout_pieces(layout));
	if (build_overlap(keep->ipa, keep->size, image->ipa, image->space))
		return arena_format(arena, "overlaps the image, which has 0x%llx to 0x%llx",
		                    (unsigned long long)image->ipa,
		                    (unsigned long long)(image->ipa + image->space - 1));
	if (other)
		return arena_format(arena,
		                    "overlaps the memory that is kept from 0x%llx to "
		                    "0x%llx",
		                    (unsigned long long)other->ipa,
		                    (unsigned long long)(other->ipa + other->size - 1));
	return NULL;
}

static void keep_add(struct layout *layout, const struct draft_keep *keep, uint64_t ipa)
{
	struct model_partition *partition = layout->partition;

	partition->keeps[partition->keep_count++] =
	    (struct model_keep){ipa, keep->size, keep->ramoops};
}

bool keep_place_fixed(struct layout *layout)
{
	const struct draft *draft = layout->draft;
	bool good = true;

	layout->partition->keeps =
	    arena_array(layout->build->arena, MODEL_KEEPS_MAX, sizeof(*layout->partition->keeps));
	for (size_t i = 0; i < draft->keep_count; i++) {
		const struct draft_keep *keep = &draft->keeps[i];
		const char *wrong = keep->fixed ? keep_misplaced(layout, keep) : NULL;

		good &= !wrong;
		if (wrong) {
			complain(&layout->build->complaints, keep->place,
			         "\"%s\" %s; choose another address, or none", keep->text, wrong);
		} else if (keep->fixed) {
			layout_use(layout, keep->ipa, keep->size);
			keep_add(layout, keep, keep->ipa);
		}
	}
	return good;
}

static int keep_compare(const void *left, const void *right)
{
	const struct model_keep *a = left, *b = right;

	return a->ipa < b->ipa ? -1 : a->ipa > b->ipa;
}

bool keep_place_others(struct layout *layout)
{
	const struct draft *draft = layout->draft;
	bool good = true;

	for (size_t i = 0; i < draft->keep_count; i++) {
		const struct draft_keep *keep = &draft->keeps[i];
		uint64_t ipa;

		if (keep->fixed)
			continue;
		if (layout_high(layout, keep->size, &ipa)) {
			keep_add(layout, keep, ipa);
			continue;
		}
		good = false;
		complain(&layout->build->complaints, keep->place,
		         "no %s are left to keep beside the image in the first piece of memory of "
		         "'%s' (\"%s\"); give it more memory",
		         build_size(layout->build, keep->size), draft->name, draft->memory[0].text);
	}
	qsort(layout->partition->keeps, layout->partition->keep_count,
	      sizeof(layout->partition->keeps[0]), keep_compare);
	return good;
}
