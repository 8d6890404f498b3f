/*
 * A watcher's ladder (docs/watching.md): lines among its arguments, each with names of rules before
 * a colon. They are the watcher's own rules, or those of the file in its window 'rules'. A name
 * that isn't there may be of a rule that is added while the watcher runs, so it is only warned of.
 * Beside it a watcher's facts and rules are looked at, and arguments that let something
 * (docs/prevention.md). The watcher's own parser says what is no line: with such an argument the
 * watcher would end at each of its starts.
 */
#include "build.h"
#include <kumiki/rule.h>
#include <kumiki/watchfacts.h>
#include <lib/nearest.h>
#include <servers/watcher/ladder.h>
#include <string.h>

#define LADDER_KINDS (sizeof(ladder_kinds) / sizeof(ladder_kinds[0]))

struct ladder_name {
	const char *text;
	size_t length;
};

static bool ladder_is(const struct ladder_name *name, const char *other)
{
	return strlen(other) == name->length && memcmp(other, name->text, name->length) == 0;
}

static bool ladder_is_own(const struct ladder_name *name)
{
	static const char *const own[] = {"all", RULE_BLIND, RULE_OWN_NAMES};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (ladder_is(name, own[i]))
			return true;
	return false;
}

/* Whether there is a whole rule at this place of the file; the head of it. */
static bool ladder_rule_at(const struct rtos_content *file, size_t at, struct rule *rule)
{
	if (file->size - at < sizeof(*rule))
		return false;
	memcpy(rule, (const char *)file->bytes + at, sizeof(*rule));
	rule->name[RULE_NAME - 1] = '\0';
	return rule->magic == RULE_MAGIC && rule->size >= sizeof(*rule) &&
	       rule->size <= file->size - at;
}

/* In a file of rules they stand one behind the other. */
static bool ladder_is_in_file(const struct ladder_name *name, const struct rtos_content *file)
{
	struct rule rule;

	for (size_t at = 0; ladder_rule_at(file, at, &rule); at += rule.size)
		if (ladder_is(name, rule.name))
			return true;
	return false;
}

/* Whether the program reads the window, which has this name. */
static bool ladder_reads(const struct rtos_system *system, uint32_t window, uint32_t number,
                         const char *name)
{
	return (system->windows[window].readers >> number & 1) != 0 &&
	       strcmp(system->windows[window].name, name) == 0;
}

static bool ladder_is_there(const struct rtos_build *build, uint32_t number,
                            const struct ladder_name *name)
{
	const struct rtos_system *system = build->system;

	if (ladder_is_own(name))
		return true;
	for (uint32_t i = 0; i < system->window_count; i++)
		if (ladder_reads(system, i, number, RTOS_LADDER_RULES) &&
		    ladder_is_in_file(name, &system->window_contents[i]))
			return true;
	return false;
}

static bool ladder_is_facts(const struct rtos_content *file)
{
	struct watchfacts facts;

	if (file->size < sizeof(facts))
		return false;
	memcpy(&facts, file->bytes, sizeof(facts));
	return facts.magic == WATCHFACTS_MAGIC && facts.revision == WATCHFACTS_REVISION &&
	       facts.size == file->size;
}

/* Rules stand one behind the other, up to the file's end. */
static bool ladder_is_rules(const struct rtos_content *file)
{
	struct rule rule;

	for (size_t at = 0; at < file->size; at += rule.size)
		if (!ladder_rule_at(file, at, &rule) || rule.revision != RULE_REVISION)
			return false;
	return true;
}

/* What a watcher reads of its windows. A window has zeros behind a file that lacks its end, and the
 * watcher would mend by them. */
static const struct ladder_kind {
	const char *window;
	bool (*good)(const struct rtos_content *file);
	const char *has, *remedy;
} ladder_kinds[] = {
    {"facts", ladder_is_facts, "facts", "make it anew with 'kumiki facts'"},
    {RTOS_LADDER_RULES, ladder_is_rules, "compiled rules",
     "make it anew with 'kumiki rules check -o FILE RULES IMAGE'"},
};

static void ladder_windows(struct rtos_build *build, uint32_t number,
                           const struct ladder_kind *kind)
{
	const struct rtos_system *system = build->system;

	for (uint32_t i = 0; i < system->window_count; i++) {
		const struct rtos_content *file = &system->window_contents[i];
		const struct dts_item *item;

		if (!ladder_reads(system, i, number, kind->window) || file->size == 0 ||
		    kind->good(file))
			continue;
		item = dts_property(build->window_nodes[i], "kumiki,file")->items;
		complain(&build->complaints, item->place,
		         "'%s' has no %s, or not all, or those of another version; %s", item->text,
		         kind->has, kind->remedy);
	}
}

/* The step that is meant by the first unknown word where a step begins. NULL: none is near. */
static const char *ladder_step_meant(struct arena *arena, const char *line)
{
	const char *colon = strchr(line, ':');

	for (const char *at = colon ? colon + 1 : line; at; at = strchr(at, ';')) {
		struct nearest nearest = {.word = NULL};

		at += strspn(at, " ;");
		nearest.word = arena_format(arena, "%.*s", (int)strcspn(at, " ;"), at);
		for (size_t i = LADDER_TELL; i < LADDER_ACTS; i++)
			nearest_offer(&nearest, ladder_words[i]);
		if (nearest.distance != 0)
			return nearest_answer(&nearest);
	}
	return NULL;
}

/* Complains of an argument that the watcher wouldn't take. */
static bool ladder_is_good(struct rtos_build *build, uint32_t number, struct ladder *ladder,
                           const struct dts_item *item)
{
	const char *wrong = ladder_add(ladder, item->text);
	const char *meant = wrong ? ladder_step_meant(build->arena, item->text) : NULL;

	if (wrong)
		complain(&build->complaints, item->place, "'%s' doesn't take '%s': %s%s%s%s",
		         build->nodes[number]->name, item->text, wrong,
		         meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
	return !wrong;
}

/* Warns of names of rules that aren't there. */
static void ladder_line(struct rtos_build *build, uint32_t number, const struct dts_item *item)
{
	const char *colon = strchr(item->text, ':');
	struct ladder_name name = {item->text, 0};

	for (; colon != NULL && name.text < colon; name.text += name.length + 1) {
		name.length = strcspn(name.text, " :");
		if (name.length != 0 && !ladder_is_there(build, number, &name))
			complain_warning(&build->complaints, item->place,
			                 "'%s' has no rule '%.*s': neither is it one of the "
			                 "watcher's own, nor in the file of its window '%s'; "
			                 "correct it, unless you add that rule later",
			                 build->nodes[number]->name, (int)name.length, name.text,
			                 RTOS_LADDER_RULES);
	}
}

static bool ladder_is_let(const struct ladder_name *name)
{
	static const char *const words[] = {RTOS_LET_WORDS};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ladder_is(name, words[i]))
			return true;
	return false;
}

/* An argument that begins with RTOS_LET: words behind spaces. */
static void ladder_let(struct rtos_build *build, uint32_t number, const struct dts_item *item)
{
	struct ladder_name name = {item->text + strlen(RTOS_LET), 0};
	unsigned int count = 0;

	for (; *name.text != '\0'; name.text += name.length) {
		name.text += strspn(name.text, " ");
		name.length = strcspn(name.text, " ");
		if (name.length == 0)
			break;
		count++;
		if (!ladder_is_let(&name))
			complain(&build->complaints, item->place,
			         "'%s' can't let '%.*s'; write 'jit' for what BPF's compiler "
			         "makes, 'probes' for kprobes, or both",
			         build->nodes[number]->name, (int)name.length, name.text);
	}
	if (count == 0)
		complain(
		    &build->complaints, item->place,
		    "'%s' lets nothing; write 'jit', 'probes' or both behind 'let', or take it "
		    "away",
		    build->nodes[number]->name);
}

static void ladder_argument(struct rtos_build *build, uint32_t number, struct ladder *ladder,
                            const struct dts_item *item)
{
	const size_t length = strlen(RTOS_LET);

	if (strncmp(item->text, RTOS_LET, length) == 0 &&
	    (item->text[length] == ' ' || item->text[length] == '\0'))
		ladder_let(build, number, item);
	else if (ladder_is_good(build, number, ladder, item))
		ladder_line(build, number, item);
}

void rtos_ladder_check(struct rtos_build *build)
{
	for (uint32_t i = 0; i < build->system->program_count; i++) {
		const struct dts_node *node = build->nodes[i];
		const struct dts_property *arguments = dts_property(node, "kumiki,arguments");
		struct ladder ladder = {.lines = 0};

		for (size_t kind = 0; build->ladder[i] && kind < LADDER_KINDS; kind++)
			ladder_windows(build, i, &ladder_kinds[kind]);
		if (!build->ladder[i] || !rtos_words_good(node, "kumiki,arguments"))
			continue;
		for (const struct dts_item *item = arguments->items; item; item = item->next)
			ladder_argument(build, i, &ladder, item);
	}
}
