/*
 * Whether a description's properties are known, stand where they may stand, and have values of the
 * right form: by the tables of properties.c.
 */
#include "build.h"
#include "properties.h"
#include <lib/nearest.h>
#include <string.h>

bool vocabulary_is_domain(const struct dts_node *node)
{
	return !dts_property(node, "compatible") || dts_compatible(node, MODEL_DOMAIN);
}

/* Nodes of the root whose children are all of one kind. */
static const struct word_list {
	const char *name;
	const struct word *words;
	const char *child; /* for messages, like "a window" */
} word_lists[] = {
    {"windows", words_window, "a window"},
    {"doorbells", words_doorbell, "a doorbell"},
    {"channels", words_channel, "a channel"},
};
#define WORD_LISTS (sizeof(word_lists) / sizeof(word_lists[0]))

bool vocabulary_good(const struct dts_node *node, const char *name)
{
	static const struct word *const all[] = {words_domain, words_chosen, words_root,
	                                         words_device, words_window, words_doorbell,
	                                         words_channel};
	const struct dts_property *property = dts_property(node, name);

	for (size_t i = 0; property && i < sizeof(all) / sizeof(all[0]); i++) {
		const struct word *word = word_find(all[i], name);

		if (word)
			return word_fits(property, word->form);
	}
	return false;
}

/* What to do with a property that another kind of node has; NULL: none has it. */
static const char *word_elsewhere(const struct word *words, const char *name)
{
	static const struct {
		const struct word *words;
		const char *remedy;
	} others[] = {
	    {words_window,
	     "a window has it: write it inside of a node of windows { }; at the root"},
	    {words_doorbell,
	     "a doorbell has it: write it inside of a node of doorbells { }; at the root"},
	    {words_channel,
	     "a channel has it: write it inside of a node of channels { }; at the root"},
	    {words_root, "the root has it: write it there, outside of domains { };"},
	    {words_domain, "a partition has it: write it inside of a node of domains { };"},
	};

	if (words == words_domain && word_find(words_chosen, name))
		return "write it inside of its node chosen { };";
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strncmp(name, "kumiki,", 7) && word_find(others[i].words, name))
			return others[i].remedy;
	return NULL;
}

static void word_unknown(struct build *build, const struct dts_property *property,
                         const struct word *words, const char *where)
{
	const char *answer = words_meant(words, property->name);
	const char *remedy = word_elsewhere(words, property->name);

	if (answer)
		complain(&build->complaints, property->place,
		         "%s has no property '%s'; did you mean '%s'?", where, property->name,
		         answer);
	else
		complain(&build->complaints, property->place, "%s has no property '%s'; %s", where,
		         property->name,
		         remedy ? remedy : "remove it ('kumiki reference' lists them)");
}

/* Checks a node's properties by a table. `open`: other names than "kumiki,…" needn't be in it. */
static void words_check(struct build *build, const struct dts_node *node, const struct word *words,
                        bool open, const char *where)
{
	for (const struct dts_property *p = node->properties; p; p = p->next) {
		const struct word *word = word_find(words, p->name);

		if (word)
			word_check(&build->complaints, p, word);
		else if (!open || !strncmp(p->name, "kumiki,", 7))
			word_unknown(build, p, words, where);
		else
			word_check_negative(&build->complaints, p, NULL);
	}
	words_missing(&build->complaints, node, words);
}

/* Kumiki's own nodes have no nodes inside. */
static void vocabulary_leaf(struct build *build, const struct dts_node *node, const char *what)
{
	if (node->children)
		complain(&build->complaints, node->children->place,
		         "%s has no nodes; take '%s' out", what, node->children->name);
}

static bool vocabulary_near(const char *name, const char *word)
{
	struct nearest nearest = {.word = name};

	nearest_offer(&nearest, word);
	return nearest_answer(&nearest) != NULL;
}

static void vocabulary_domain(struct build *build, const struct dts_node *domain)
{
	words_check(build, domain, words_domain, false, "a partition");
	if (!dts_property(domain, "kumiki,image") && !vocabulary_misspelt(domain, "kumiki,image"))
		build->aside++; /* time can be planned before there is an image */
	for (const struct dts_node *child = domain->children; child; child = child->next) {
		if (!strcmp(child->name, "chosen")) {
			words_check(build, child, words_chosen, false, "a partition's 'chosen'");
			vocabulary_leaf(build, child, "a partition's 'chosen'");
			continue;
		}
		complain(&build->complaints, child->place, "a partition has no node '%s'; %s",
		         child->name,
		         vocabulary_near(child->name, "chosen")
		             ? "did you mean 'chosen'?"
		             : "only 'chosen' may stand inside it");
	}
}

/* A channel's words: of a kind that one partition uses, the example of the ends has one. */
static const struct word *vocabulary_channel(struct build *build, const struct dts_node *channel)
{
	size_t count = 0;
	struct word *words;

	if (!dts_compatible(channel, "kumiki,disk") && !dts_compatible(channel, "kumiki,entropy"))
		return words_channel;
	while (words_channel[count++].name)
		;
	words = arena_array(build->arena, count, sizeof(*words));
	memcpy(words, words_channel, count * sizeof(*words));
	for (struct word *word = words; word->name; word++)
		if (!strcmp(word->name, "kumiki,ends"))
			word->example = "kumiki,ends = \"linux\";";
	return words;
}

static void vocabulary_list(struct build *build, const struct word_list *list)
{
	const struct dts_node *node = dts_child(build->tree->root, list->name);

	if (!node)
		return;
	words_check(build, node, words_domains, false,
	            arena_format(build->arena, "'%s'", list->name));
	for (const struct dts_node *child = node->children; child; child = child->next) {
		words_check(build, child,
		            list->words == words_channel ? vocabulary_channel(build, child)
		                                         : list->words,
		            false, list->child);
		vocabulary_leaf(build, child, list->child);
	}
}

/* The list that a node of the root is, or is meant to be if it is misspelt; NULL: it is the board's
 * node. */
static const char *vocabulary_list_near(const struct dts_node *top)
{
	for (size_t i = 0; i < WORD_LISTS; i++)
		if (vocabulary_near(top->name, word_lists[i].name))
			return word_lists[i].name;
	return vocabulary_near(top->name, "domains") ? "domains" : NULL;
}

/* Complains of a misspelt list. If there is no partition at all, domains_missing() complains. */
static void vocabulary_lists(struct build *build)
{
	const struct dts_node *root = build->tree->root;

	for (const struct dts_node *n = root->children; n; n = n->next) {
		const char *list = vocabulary_list_near(n);

		if (list && strcmp(n->name, list) != 0 &&
		    (strcmp(list, "domains") != 0 || dts_child(root, list)))
			complain(&build->complaints, n->place,
			         "the node '%s' isn't known; did you mean '%s'?", n->name, list);
	}
}

static void vocabulary_devices(struct build *build)
{
	const struct dts_node *node = dts_walk(build->tree->root);

	while (node) {
		const struct dts_node *next = dts_walk(node);
		const struct dts_node *top = node;

		while (top->parent->parent)
			top = top->parent;
		if (!vocabulary_list_near(top))
			words_check(build, node, words_device, true, "a device");
		node = next;
	}
}

bool vocabulary_misspelt(const struct dts_node *node, const char *name)
{
	return words_misspelt(node, words_domain, name);
}

void vocabulary_check(struct build *build)
{
	const struct dts_node *domains = dts_child(build->tree->root, "domains");
	size_t before;

	words_check(build, build->tree->root, words_root, true, "the root");
	vocabulary_devices(build);
	before = build->complaints.errors;
	vocabulary_lists(build);
	for (size_t i = 0; i < WORD_LISTS; i++)
		vocabulary_list(build, &word_lists[i]);
	build->aside += build->complaints.errors - before;
	if (!domains)
		return;
	words_check(build, domains, words_domains, false, "'domains'");
	for (const struct dts_node *d = domains->children; d; d = d->next)
		if (vocabulary_is_domain(d))
			vocabulary_domain(build, d);
}
