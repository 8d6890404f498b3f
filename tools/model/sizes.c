/*
 * A partition's memory in the description: `kumiki,memory = "SIZE [at PHYSICAL] [as GUEST]"` and
 * the standard's own `memory = <address size …>`. memory.c decides where it lies.
 */
#include "build.h"
#include <host/phrase.h>

#define SIZES_REMEDY "write it so: \"512M\", \"512M at 0x80000000\" or \"1M as 0x40000000\""

static bool sizes_phrase(struct phrase *phrase, struct draft_memory *memory)
{
	if (!phrase_number(phrase, "size", &memory->size))
		return false;
	if (!memory->size) {
		complain(phrase->complaints, phrase->place,
		         "memory of size 0 is none; " SIZES_REMEDY);
		return false;
	}
	if (phrase_take(phrase, "at")) {
		if (!phrase_number(phrase, "physical address", &memory->pa))
			return false;
		memory->fixed = true;
	}
	if (phrase_take(phrase, "as")) {
		if (!phrase_number(phrase, "guest address", &memory->ipa))
			return false;
		memory->viewed = true;
	}
	return phrase_end(phrase);
}

static struct draft_memory *sizes_add(struct build *build, struct draft *draft,
                                      struct dts_place place)
{
	if (draft->memory_count == MODEL_MEMORY_MAX) {
		complain(&build->complaints, place,
		         "'%s' has more than %d pieces of memory; join some", draft->name,
		         MODEL_MEMORY_MAX);
		draft->memory_broken = true;
		return NULL;
	}
	draft->memory[draft->memory_count].place = place;
	return &draft->memory[draft->memory_count++];
}

static void sizes_strings(struct build *build, struct draft *draft)
{
	const struct dts_property *property = dts_property(draft->node, "kumiki,memory");
	const struct dts_item *item =
	    vocabulary_good(draft->node, "kumiki,memory") ? property->items : NULL;

	draft->memory_broken |= property && !item;
	for (; item; item = item->next) {
		struct draft_memory *memory = sizes_add(build, draft, item->place);
		struct phrase phrase = {&build->complaints, item->place, item->text, item->text,
		                        SIZES_REMEDY};

		if (!memory)
			return;
		memory->text = item->text;
		if (!sizes_phrase(&phrase, memory)) {
			draft->memory_broken = true;
			draft->memory_count--;
		}
	}
}

static void sizes_standard_entry(struct build *build, struct draft *draft,
                                 const struct dts_item *item, uint64_t base, uint64_t size)
{
	struct draft_memory *memory;

	if (base % MODEL_PAGE || size % MODEL_PAGE || !size || base >= BUNDLE_ADDRESS_LIMIT ||
	    size >= BUNDLE_ADDRESS_LIMIT) {
		complain(&build->complaints, item->place,
		         "memory of 0x%llx bytes at 0x%llx isn't possible; address and size are "
		         "multiples of 4 KiB below 512 GiB",
		         (unsigned long long)size, (unsigned long long)base);
		draft->memory_broken = true;
		return;
	}
	memory = sizes_add(build, draft, item->place);
	if (!memory)
		return;
	memory->text = arena_format(build->arena, "0x%llx at 0x%llx", (unsigned long long)size,
	                            (unsigned long long)base);
	memory->size = size;
	memory->pa = base;
	memory->fixed = true;
}

static void sizes_standard(struct build *build, struct draft *draft)
{
	const struct dts_property *property = dts_property(draft->node, "memory");
	uint32_t address = dts_u32(draft->node, "#address-cells", 2);
	uint32_t size = dts_u32(draft->node, "#size-cells", 2);
	const struct dts_item *item;

	if (!property || !vocabulary_good(draft->node, "memory")) {
		draft->memory_broken |= property != NULL;
		return;
	}
	if (address < 1 || address > 2 || size < 1 || size > 2 ||
	    property->item_count % (address + size)) {
		complain(
		    &build->complaints, property->items->place,
		    "'memory' has %zu cells, and an entry is an address of %u and a size of %u "
		    "cells; mend it, or write kumiki,memory = \"512M\";",
		    property->item_count, address, size);
		draft->memory_broken = true;
		return;
	}
	item = property->items;
	for (size_t at = 0; at < property->item_count; at += address + size) {
		sizes_standard_entry(build, draft, item, dts_number(property, at, address),
		                     dts_number(property, at + address, size));
		for (uint32_t i = 0; i < address + size; i++)
			item = item->next;
	}
}

void memory_read(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		struct draft *draft = &build->drafts[i];

		draft->memory = arena_array(build->arena, MODEL_MEMORY_MAX, sizeof(*draft->memory));
		sizes_standard(build, draft);
		sizes_strings(build, draft);
		if (!dts_property(draft->node, "memory") &&
		    !dts_property(draft->node, "kumiki,memory") &&
		    !vocabulary_misspelt(draft->node, "kumiki,memory") &&
		    !vocabulary_misspelt(draft->node, "memory"))
			complain(&build->complaints, draft->node->place,
			         "'%s' has no 'kumiki,memory'; add: kumiki,memory = \"512M\";",
			         draft->name);
	}
}
