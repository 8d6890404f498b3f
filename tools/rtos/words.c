/*
 * Checks by the tables of properties.c whether a manifest's properties are known and have values of
 * the right form; and reads those with plain values.
 */
#include "build.h"
#include "properties.h"
#include <host/phrase.h>
#include <lib/nearest.h>
#include <string.h>

/* Properties that earlier revisions had, and what to do. */
static const struct {
	const char *name, *remedy;
} words_past[] = {
    {"kumiki,own-text", "every program has its own text unless it has 'kumiki,shared-text'"},
    {"kumiki,strict", "every program is strict unless it has 'kumiki,lenient'"},
};

static const char *words_past_remedy(const char *name)
{
	for (size_t i = 0; i < sizeof(words_past) / sizeof(words_past[0]); i++)
		if (strcmp(words_past[i].name, name) == 0)
			return words_past[i].remedy;
	return NULL;
}

static void rtos_words_unknown(struct rtos_build *build, const struct dts_property *property,
                               const struct word *words, const char *where)
{
	const char *meant = words_meant(words, property->name);
	const char *past = words_past_remedy(property->name);

	if (past)
		complain(&build->complaints, property->place, "there is no '%s': %s; take it out",
		         property->name, past);
	else if (meant)
		complain(&build->complaints, property->place,
		         "%s has no property '%s'; did you mean '%s'?", where, property->name,
		         meant);
	else
		complain(&build->complaints, property->place,
		         "%s has no property '%s'; remove it ('kumiki reference' lists them)",
		         where, property->name);
}

static void rtos_words_node(struct rtos_build *build, const struct dts_node *node,
                            const struct word *words, const char *where)
{
	for (const struct dts_property *p = node->properties; p; p = p->next) {
		const struct word *word = word_find(words, p->name);

		if (word)
			word_check(&build->complaints, p, word);
		else
			rtos_words_unknown(build, p, words, where);
	}
	words_missing(&build->complaints, node, words);
}

static void rtos_words_children(struct rtos_build *build, const char *list,
                                const struct word *words, const char *where)
{
	const struct dts_node *node = dts_child(build->tree->root, list);

	if (!node)
		return;
	rtos_words_node(build, node, rtos_words_list, arena_format(build->arena, "'%s'", list));
	for (const struct dts_node *child = node->children; child; child = child->next) {
		rtos_words_node(build, child, words, where);
		if (child->children)
			complain(&build->complaints, child->children->place,
			         "%s has no nodes; take '%s' out", where, child->children->name);
	}
}

static const char *const rtos_words_lists[] = {"programs", "windows", RTOS_PARTITION};
#define RTOS_WORDS_LISTS (sizeof(rtos_words_lists) / sizeof(rtos_words_lists[0]))

const char *rtos_words_list_meant(const struct dts_node *node)
{
	for (size_t i = 0; i < RTOS_WORDS_LISTS; i++) {
		struct nearest nearest = {.word = node->name};

		nearest_offer(&nearest, rtos_words_lists[i]);
		if (nearest_answer(&nearest) && nearest.distance != 0)
			return rtos_words_lists[i];
	}
	return NULL;
}

/* Of misspelt programs rtos_programs_read() complains, if there are no others. */
static void rtos_words_misspelt(struct rtos_build *build)
{
	const struct dts_node *root = build->tree->root;

	for (const struct dts_node *n = root->children; n; n = n->next) {
		const char *meant = rtos_words_list_meant(n);

		if (meant && (strcmp(meant, "programs") != 0 || dts_child(root, meant)))
			complain(&build->complaints, n->place,
			         "the node '%s' isn't known; did you mean '%s'?", n->name, meant);
	}
}

void rtos_words_check(struct rtos_build *build)
{
	rtos_words_misspelt(build);
	rtos_words_children(build, "programs", rtos_words_program, "a program");
	rtos_words_children(build, "windows", rtos_words_window, "a window");
	rtos_words_children(build, RTOS_PARTITION, rtos_words_called, "a name of the system");
}

bool rtos_words_good(const struct dts_node *node, const char *name)
{
	const struct dts_property *property = dts_property(node, name);
	const struct word *word = word_find(rtos_words_program, name);

	if (!word)
		word = word_find(rtos_words_window, name);
	if (!word)
		word = word_find(rtos_words_called, name);
	return property && word && word_fits(property, word->form);
}

bool rtos_words_missing(const struct dts_node *node, const char *name)
{
	return !dts_property(node, name) && !words_misspelt(node, rtos_words_program, name);
}

void rtos_words_window_wants(struct rtos_build *build, const struct dts_node *node,
                             const char *name)
{
	if (!dts_property(node, name) && !words_misspelt(node, rtos_words_window, name))
		complain(&build->complaints, node->place, "'%s' has no '%s'; add: %s", node->name,
		         name, word_find(rtos_words_window, name)->example);
}

uint32_t rtos_words_number(struct rtos_build *build, const struct dts_node *node, const char *name,
                           uint32_t least, uint32_t most, uint32_t otherwise)
{
	uint32_t number;

	if (!rtos_words_good(node, name))
		return otherwise;
	number = dts_u32(node, name, otherwise);
	if (number >= least && number <= most)
		return number;
	complain(&build->complaints, dts_property(node, name)->items->place,
	         "%u isn't possible for '%s'; %u to %u are", number, name, least, most);
	return otherwise;
}

uint32_t rtos_words_pages(struct rtos_build *build, const struct dts_node *node, const char *name,
                          uint32_t most, uint32_t otherwise)
{
	const struct dts_item *item;
	struct phrase phrase;
	uint64_t size;

	if (!rtos_words_good(node, name))
		return otherwise;
	item = dts_property(node, name)->items;
	phrase = (struct phrase){&build->complaints, item->place, item->text, item->text,
	                         "write it so: \"64K\""};
	if (!phrase_number(&phrase, "size", &size) || !phrase_end(&phrase))
		return otherwise;
	if (size && size / RTOS_PAGE <= most)
		return (uint32_t)(size / RTOS_PAGE);
	complain(&build->complaints, item->place,
	         "\"%s\" isn't possible for '%s'; 4 KiB to %u KiB are", item->text, name,
	         most * (RTOS_PAGE / 1024));
	return otherwise;
}

/* The words as a list, like '"a", "b" or "c"'. */
static const char *rtos_words_all(struct arena *arena, const char *const *words, size_t count)
{
	const char *list = "";

	for (size_t i = 0; i < count; i++)
		list = arena_format(arena, "%s%s\"%s\"", list,
		                    i == 0           ? ""
		                    : i + 1 == count ? " or "
		                                     : ", ",
		                    words[i]);
	return list;
}

bool rtos_words_item(struct rtos_build *build, const struct dts_item *item, const char *name,
                     const char *const *words, size_t count, uint8_t *number)
{
	struct nearest nearest = {.word = item->text};

	for (size_t i = 0; i < count; i++) {
		nearest_offer(&nearest, words[i]);
		if (!strcmp(words[i], item->text)) {
			*number = (uint8_t)i;
			return true;
		}
	}
	complain(&build->complaints, item->place, "\"%s\" can't be '%s'; %s", item->text, name,
	         nearest_answer(&nearest)
	             ? arena_format(build->arena, "did you mean \"%s\"?", nearest_answer(&nearest))
	             : arena_format(build->arena, "write %s",
	                            rtos_words_all(build->arena, words, count)));
	return false;
}

uint8_t rtos_words_choose(struct rtos_build *build, const struct dts_node *node, const char *name,
                          const char *const *words, size_t count, uint8_t otherwise)
{
	uint8_t number = otherwise;

	if (rtos_words_good(node, name))
		(void)rtos_words_item(build, dts_property(node, name)->items, name, words, count,
		                      &number);
	return number;
}

bool rtos_words_name(const char *name, size_t size)
{
	const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                                   "0123456789-_");

	return length > 0 && length < size && !name[length];
}
