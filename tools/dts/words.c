/* See host/words.h. */
#include <host/words.h>
#include <lib/nearest.h>
#include <string.h>

static const char *const word_wants[] = {
    [WORD_FLAG] = "no value",
    [WORD_STRING] = "one string",
    [WORD_STRINGS] = "strings",
    [WORD_TEXT] = "one string",
    [WORD_NUMBER] = "one number of 32 bits",
    [WORD_PAIR] = "two numbers of 32 bits",
    [WORD_SINGLE_OR_PAIR] = "one or two numbers of 32 bits",
    [WORD_ADDRESS] = "one address, in one or two cells",
    [WORD_PAIRS] = "pairs of numbers of 32 bits",
    [WORD_CELLS] = "numbers of 32 bits",
    [WORD_MASKS] = "masks of 32 bits, or \"all\"",
    [WORD_LABELS] = "labels in < >",
    [WORD_CPUS] = "a cluster's label and a mask",
};

const char *word_form_wants(enum word_form form)
{
	return word_wants[form];
}

static bool word_all(const struct dts_property *property, enum dts_item_kind kind)
{
	for (const struct dts_item *item = property->items; item; item = item->next)
		if (item->kind != kind || (kind == DTS_NUMBER && item->bits != 32) ||
		    (kind == DTS_STRING && memchr(item->text, 0, item->length)))
			return false;
	return property->item_count > 0;
}

static bool word_cpus(const struct dts_property *property)
{
	const struct dts_item *item = property->items;

	if (!item || item->kind != DTS_HANDLE)
		return false;
	for (; item; item = item->next)
		if (item->kind != DTS_HANDLE && (item->kind != DTS_NUMBER || item->bits != 32))
			return false;
	return true;
}

static const struct dts_item *word_negative(const struct dts_property *property)
{
	const struct dts_item *item = property->items;

	while (item && !item->negative)
		item = item->next;
	return item;
}

bool word_fits(const struct dts_property *property, enum word_form form)
{
	const size_t count = property->item_count;

	if (word_negative(property))
		return false;
	switch (form) {
	case WORD_FLAG:
		return count == 0;
	case WORD_STRING:
		return count == 1 && word_all(property, DTS_STRING) && property->items->length;
	case WORD_TEXT:
		return count == 1 && word_all(property, DTS_STRING);
	case WORD_STRINGS:
		return word_all(property, DTS_STRING);
	case WORD_NUMBER:
		return count == 1 && word_all(property, DTS_NUMBER);
	case WORD_PAIR:
		return count == 2 && word_all(property, DTS_NUMBER);
	case WORD_SINGLE_OR_PAIR:
		return count <= 2 && word_all(property, DTS_NUMBER);
	case WORD_PAIRS:
		return count % 2 == 0 && word_all(property, DTS_NUMBER);
	case WORD_MASKS:
		return word_all(property, DTS_NUMBER) ||
		       (count == 1 && word_all(property, DTS_STRING));
	case WORD_ADDRESS:
		return count <= 2 && word_all(property, DTS_NUMBER);
	case WORD_CELLS:
		return word_all(property, DTS_NUMBER);
	case WORD_LABELS:
		return word_all(property, DTS_HANDLE);
	case WORD_CPUS:
		return word_cpus(property);
	default:
		return true;
	}
}

const struct word *word_find(const struct word *words, const char *name)
{
	for (; words->name; words++)
		if (!strcmp(words->name, name))
			return words;
	return NULL;
}

/* The name without its vendor. */
static const char *word_bare(const char *name)
{
	const char *comma = strchr(name, ',');

	return comma ? comma + 1 : name;
}

/* The word that has this name after its vendor. */
static const char *words_with(const struct word *words, const char *bare)
{
	for (; bare && words->name; words++)
		if (!strcmp(word_bare(words->name), bare))
			return words->name;
	return NULL;
}

/* First compares names without vendors: so 'image' means 'kumiki,image', and 'kumiki,cpus' doesn't
 * mean 'kumiki,vcpus'. */
const char *words_meant(const struct word *words, const char *name)
{
	const char *exact = words_with(words, word_bare(name));
	struct nearest whole = {.word = name}, bare = {.word = word_bare(name)};

	if (exact)
		return exact;
	for (const struct word *word = words; word->name; word++) {
		nearest_offer(&whole, word->name);
		nearest_offer(&bare, word_bare(word->name));
	}
	return nearest_answer(&whole) ? whole.best : words_with(words, nearest_answer(&bare));
}

bool words_misspelt(const struct dts_node *node, const struct word *words, const char *name)
{
	for (const struct dts_property *p = node->properties; p; p = p->next) {
		const char *meant = word_find(words, p->name) ? NULL : words_meant(words, p->name);

		if (meant && !strcmp(meant, name))
			return true;
	}
	return false;
}

bool word_check_negative(struct complaints *complaints, const struct dts_property *property,
                         const char *meaning)
{
	const struct dts_item *item = word_negative(property);
	const char *end;

	if (!item)
		return false;
	if (!meaning)
		meaning = "A cell holds 0 to 0xffffffff.";
	end = strstr(meaning, ". ");
	complain(complaints, item->place,
	         "-%llu can't be in '%s': no number there is below 0. %.*s",
	         -(unsigned long long)item->value, property->name,
	         (int)(end ? (size_t)(end + 1 - meaning) : strlen(meaning)), meaning);
	return true;
}

void word_check(struct complaints *complaints, const struct dts_property *property,
                const struct word *word)
{
	if (word_check_negative(complaints, property, word->meaning))
		return;
	if (word->form == WORD_REFUSED)
		complain(complaints, property->place, "'%s' isn't supported; %s", property->name,
		         word->example);
	else if (!word_fits(property, word->form))
		complain(complaints, property->items ? property->items->place : property->place,
		         "'%s' wants %s; write it so: %s", property->name, word_wants[word->form],
		         word->example);
}

void words_missing(struct complaints *complaints, const struct dts_node *node,
                   const struct word *words)
{
	for (const struct word *word = words; word->name; word++)
		if (word->required && !dts_property(node, word->name) &&
		    !words_misspelt(node, words, word->name))
			complain(complaints, node->place, "'%s' has no '%s'; add: %s", node->name,
			         word->name, word->example);
}
