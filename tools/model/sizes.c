/*
 * What a partition asks for as memory: `kumiki,memory = "SIZE [at PHYSICAL] [as GUEST]"` and the
 * standard's own `memory = <address size …>`. Where it lies is decided in memory.c.
 */
#include "build.h"
#include <string.h>

#define SIZES_REMEDY "write it so: \"512M\", \"512M at 0x80000000\" or \"1M as 0x40000000\""

/* A text of words being read, with its place. */
struct phrase {
	struct build *build;
	struct dts_place place; /* of the string */
	const char *text, *at;
};

/* The place of a character inside the string, which stands behind a quote. */
static struct dts_place phrase_place(const struct phrase *phrase)
{
	struct dts_place place = phrase->place;

	place.column += 1 + (uint32_t)(phrase->at - phrase->text);
	return place;
}

static void phrase_skip(struct phrase *phrase)
{
	while (*phrase->at == ' ')
		phrase->at++;
}

/* Takes the word with what ends it. */
static bool phrase_take(struct phrase *phrase, const char *word)
{
	size_t length = strlen(word);

	phrase_skip(phrase);
	if (strncmp(phrase->at, word, length) != 0 || phrase->at[length] != ' ')
		return false;
	phrase->at += length;
	return true;
}

static int phrase_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static unsigned phrase_unit(char c)
{
	switch (c) {
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	default:
		return 0;
	}
}

/* Digits with a unit; true if the word is a number of 64 bits and nothing else. */
static bool phrase_digits(const char *word, size_t length, uint64_t *value)
{
	bool hex = length > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	int base = hex ? 16 : 10;
	size_t i = hex ? 2 : 0, first = i;

	*value = 0;
	for (; i < length && phrase_digit(word[i]) < base; i++)
		if (__builtin_mul_overflow(*value, (uint64_t)base, value) ||
		    __builtin_add_overflow(*value, (uint64_t)phrase_digit(word[i]), value))
			return false;
	if (i == first)
		return false;
	if (i + 1 == length && phrase_unit(word[i])) {
		unsigned unit = phrase_unit(word[i++]);

		if (*value >> (64 - unit))
			return false;
		*value <<= unit;
	}
	return i == length;
}

/* A multiple of 4 KiB below the limit. */
static bool phrase_number(struct phrase *phrase, const char *what, uint64_t *value)
{
	size_t length;

	phrase_skip(phrase);
	length = strcspn(phrase->at, " ");
	if (!phrase_digits(phrase->at, length, value)) {
		complain(&phrase->build->complaints, phrase_place(phrase),
		         "'%.*s' is no %s in \"%s\"; " SIZES_REMEDY, (int)length, phrase->at, what,
		         phrase->text);
		return false;
	}
	if (*value % MODEL_PAGE) {
		complain(&phrase->build->complaints, phrase_place(phrase),
		         "the %s '%.*s' is no multiple of 4 KiB; the next one is 0x%llx", what,
		         (int)length, phrase->at,
		         (unsigned long long)(*value / MODEL_PAGE + 1) * MODEL_PAGE);
		return false;
	}
	if (*value >= BUNDLE_ADDRESS_LIMIT) {
		complain(&phrase->build->complaints, phrase_place(phrase),
		         "the %s '%.*s' is too large; addresses end at 512 GiB", what, (int)length,
		         phrase->at);
		return false;
	}
	phrase->at += length;
	return true;
}

static bool sizes_phrase(struct phrase *phrase, struct draft_memory *memory)
{
	if (!phrase_number(phrase, "size", &memory->size))
		return false;
	if (!memory->size) {
		complain(&phrase->build->complaints, phrase->place,
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
	phrase_skip(phrase);
	if (!*phrase->at)
		return true;
	complain(&phrase->build->complaints, phrase_place(phrase),
	         "'%s' isn't understood in \"%s\"; " SIZES_REMEDY, phrase->at, phrase->text);
	return false;
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
		struct phrase phrase = {build, item->place, item->text, item->text};

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
		    !vocabulary_misspelt(draft->node, "kumiki,memory"))
			complain(&build->complaints, draft->node->place,
			         "'%s' has no 'kumiki,memory'; add: kumiki,memory = \"512M\";",
			         draft->name);
	}
}
