/*
 * The partitions: their names, the properties that are a plain number, flag or text, and their
 * lives (docs/lifecycle.md): what follows a crash, the number and delay of restarts, the partitions
 * that each waits for and may command. And the key that signs updates of the frame
 * (docs/update.md).
 */
#include "build.h"
#include <host/update.h>
#include <kumiki/hold.h>
#include <lib/nearest.h>
#include <string.h>

#define DOMAIN_PRIORITY     100
#define DOMAIN_BOOTARGS_MAX 2047
#define DOMAIN_OF_FRAME     "kumiki"

static bool domain_name_good(const char *name)
{
	size_t length = strlen(name);

	for (const char *c = name; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		      (*c >= '0' && *c <= '9') || *c == '-' || *c == '_'))
			return false;
	return length > 0 && length < BUNDLE_NAME_SIZE;
}

static void domain_check_name(struct build *build, const struct dts_node *node)
{
	if (!domain_name_good(node->name))
		complain(&build->complaints, node->place,
		         "'%s' can't be a partition's name; use 1 to %d letters, digits, '-' and "
		         "'_'",
		         node->name, BUNDLE_NAME_SIZE - 1);
	else if (!strcmp(node->name, DOMAIN_OF_FRAME))
		complain(&build->complaints, node->place,
		         "'%s' is how the console calls the frame itself; choose another name",
		         node->name);
	else if (!strcmp(node->name, HOLD_NOBODYS_NAME))
		complain(&build->complaints, node->place,
		         "'%s' has the cores that no partition has; choose another name",
		         node->name);
}

/* The property's number; `otherwise`, if it isn't there or has the wrong form. */
static uint32_t domain_number(const struct dts_node *node, const char *name, uint32_t otherwise)
{
	return vocabulary_good(node, name) ? dts_u32(node, name, otherwise) : otherwise;
}

static void domain_priority(struct build *build, struct draft *draft)
{
	uint32_t priority = domain_number(draft->node, "kumiki,priority", DOMAIN_PRIORITY);

	if (priority > 255)
		complain(
		    &build->complaints, dts_property(draft->node, "kumiki,priority")->items->place,
		    "priority %u is too high; 0 to 255 are possible, higher runs first", priority);
	draft->partition->priority = priority;
}

static void domain_bootargs(struct build *build, struct draft *draft)
{
	const struct dts_node *chosen = dts_child(draft->node, "chosen");
	const struct dts_property *bootargs = chosen ? dts_property(chosen, "bootargs") : NULL;

	draft->partition->bootargs = "";
	if (!bootargs || !vocabulary_good(chosen, "bootargs"))
		return;
	draft->partition->bootargs = bootargs->items->text;
	if (bootargs->items->length > DOMAIN_BOOTARGS_MAX)
		complain(&build->complaints, bootargs->items->place,
		         "'bootargs' has %zu characters, and Linux reads %d; shorten it",
		         bootargs->items->length, DOMAIN_BOOTARGS_MAX);
	if (dts_property(draft->node, "kumiki,dtb") || dts_property(draft->node, "kumiki,no-dtb"))
		complain(&build->complaints, bootargs->place,
		         "'bootargs' go into a generated device tree, and '%s' has none; write "
		         "them into your own tree",
		         draft->name);
}

static void domain_read(struct build *build, struct draft *draft)
{
	struct model_partition *partition = draft->partition;
	const struct dts_node *node = draft->node;

	domain_check_name(build, node);
	partition->name = node->name;
	partition->node = node;
	partition->start_order =
	    domain_number(node, "kumiki,start-order", (uint32_t)draft->appearance);
	domain_priority(build, draft);
	domain_bootargs(build, draft);
	partition->console = dts_property(node, "kumiki,console") != NULL;
	partition->rtc = !dts_property(node, "kumiki,no-rtc");
	partition->watchdog = !dts_property(node, "kumiki,no-watchdog");
}

/* Refuses a domain that isn't of version 1, or that holds other domains. */
static void domain_refuse(struct build *build, const struct dts_node *node)
{
	const struct dts_property *compatible = dts_property(node, "compatible");
	const char *said = dts_string(node, "compatible");
	struct nearest nearest = {.word = said ? said : ""};

	nearest_offer(&nearest, MODEL_DOMAIN);
	if (nearest_answer(&nearest) ||
	    !strncmp(nearest.word, MODEL_ANY_DOMAIN, strlen(MODEL_ANY_DOMAIN))) {
		complain(&build->complaints, compatible->items->place,
		         "\"%s\" isn't known; write compatible = \"" MODEL_DOMAIN "\";", said);
		return;
	}
	complain(&build->complaints,
	         compatible->items ? compatible->items->place : compatible->place,
	         "'%s' isn't a partition of the form \"" MODEL_DOMAIN "\"; groups of domains "
	         "aren't supported: put its partitions into 'domains' itself",
	         node->name);
}

static void domains_count(struct build *build, const struct dts_node *domains)
{
	size_t count = 0;

	for (const struct dts_node *n = domains->children; n; n = n->next) {
		if (!vocabulary_is_domain(n))
			domain_refuse(build, n);
		else if (++count == BUNDLE_PARTITIONS_MAX + 1)
			complain(&build->complaints, n->place,
			         "'%s' is one partition too many; %d are possible", n->name,
			         BUNDLE_PARTITIONS_MAX);
	}
	build->draft_count = count > BUNDLE_PARTITIONS_MAX ? BUNDLE_PARTITIONS_MAX : count;
	if (!domains->children)
		complain(&build->complaints, domains->place,
		         "'domains' is empty; describe a partition in it");
}

/* Complains that the node is missing, or probably misspelt. */
static void domains_missing(struct build *build)
{
	for (const struct dts_node *n = build->tree->root->children; n; n = n->next) {
		struct nearest nearest = {.word = n->name};

		nearest_offer(&nearest, "domains");
		if (!nearest_answer(&nearest))
			continue;
		complain(&build->complaints, n->place,
		         "no partition is described, and '%s' isn't known; did you mean 'domains'?",
		         n->name);
		return;
	}
	complain(&build->complaints, build->tree->root->place,
	         "no partition is described; add: domains { NAME { compatible = "
	         "\"openamp,domain-v1\"; }; };");
}

void domains_read(struct build *build)
{
	const struct dts_node *domains = dts_child(build->tree->root, "domains");
	size_t index = 0;

	if (!domains) {
		domains_missing(build);
		return;
	}
	domains_count(build, domains);
	build->drafts = arena_array(build->arena, build->draft_count, sizeof(*build->drafts));
	for (const struct dts_node *n = domains->children; n && index < build->draft_count;
	     n = n->next) {
		struct draft *draft = &build->drafts[index];

		if (!vocabulary_is_domain(n))
			continue;
		draft->partition = arena_alloc(build->arena, sizeof(*draft->partition));
		draft->node = n;
		draft->name = n->name;
		draft->appearance = index++;
		domain_read(build, draft);
	}
}

/* ---- life ---- */

#define LIFE_LIMIT       5u
#define LIFE_WINDOW      60000u /* milliseconds */
#define LIFE_DELAY       100u
#define LIFE_SECONDS_MAX (UINT32_MAX / 1000)

/* A property whose value is one of a few words. These mean 0, 1, 2, …; NULL: no word means this
 * number. */
struct life_choice {
	const char *name;
	const char *words[4];
};

static const struct life_choice life_on_crash = {
    "kumiki,on-crash",
    {[LIFE_DO_RESTART] = "restart", [LIFE_DO_STOP] = "stop", [LIFE_DO_HOLD] = "hold"}};
static const struct life_choice life_at_limit = {
    "kumiki,at-limit", {[LIFE_DO_STOP] = "stop", [LIFE_DO_HOLD] = "hold", [LIFE_DO_OFF] = "off"}};
static const struct life_choice life_suspended_time = {"kumiki,suspended-time", {"seen", "hidden"}};

#define LIFE_WORDS (sizeof(life_on_crash.words) / sizeof(life_on_crash.words[0]))

/* The list of the words, like '"restart", "stop" or "hold"'. */
static const char *life_words(struct build *build, const struct life_choice *choice)
{
	const char *list = "", *last = NULL;

	for (size_t i = 0; i < LIFE_WORDS; i++) {
		if (!choice->words[i])
			continue;
		if (last)
			list =
			    arena_format(build->arena, "%s%s\"%s\"", list, *list ? ", " : "", last);
		last = choice->words[i];
	}
	return arena_format(build->arena, "%s or \"%s\"", list, last);
}

static uint8_t life_choose(struct build *build, const struct draft *draft,
                           const struct life_choice *choice, uint8_t otherwise)
{
	const struct dts_item *item;

	if (!vocabulary_good(draft->node, choice->name))
		return otherwise;
	item = dts_property(draft->node, choice->name)->items;
	for (size_t i = 0; i < LIFE_WORDS; i++)
		if (choice->words[i] && !strcmp(choice->words[i], item->text))
			return (uint8_t)i;
	complain(&build->complaints, item->place, "\"%s\" can't be '%s'; write %s", item->text,
	         choice->name, life_words(build, choice));
	return otherwise;
}

static void life_limit(struct build *build, const struct draft *draft, struct bundle_life *life)
{
	const struct dts_property *limit = dts_property(draft->node, "kumiki,restart-limit");
	uint32_t seconds;

	if (!vocabulary_good(draft->node, "kumiki,restart-limit"))
		return;
	life->limit = dts_cell(limit, 0, 0);
	seconds = dts_cell(limit, 1, 0);
	life->window = seconds * 1000;
	if (!seconds || seconds > LIFE_SECONDS_MAX)
		complain(&build->complaints, limit->items->next->place,
		         "%u restarts in %u seconds are no limit; the seconds are 1 to %u",
		         life->limit, seconds, LIFE_SECONDS_MAX);
}

static void life_delay(struct build *build, const struct draft *draft, struct bundle_life *life)
{
	if (!vocabulary_good(draft->node, "kumiki,restart-delay"))
		return;
	life->delay = dts_u32(draft->node, "kumiki,restart-delay", LIFE_DELAY);
	if (life->delay > BUNDLE_DELAY_MAX)
		complain(&build->complaints,
		         dts_property(draft->node, "kumiki,restart-delay")->items->place,
		         "a delay of %u milliseconds is too long; 0 to %d are possible",
		         life->delay, BUNDLE_DELAY_MAX);
}

/* Complains of properties about restarts in a partition without restarts. */
static void life_needless(struct build *build, const struct draft *draft)
{
	static const char *const needless[] = {"kumiki,restart-limit", "kumiki,restart-delay",
	                                       "kumiki,at-limit", "kumiki,keep", "kumiki,ramoops"};

	for (size_t i = 0; i < sizeof(needless) / sizeof(needless[0]); i++) {
		const struct dts_property *property = dts_property(draft->node, needless[i]);

		if (property)
			complain_warning(&build->complaints, property->place,
			                 "'%s' has no effect: '%s' is never restarted "
			                 "(kumiki,no-restart); take it out",
			                 property->name, draft->name);
	}
}

static void life_never_restarts(struct build *build, struct draft *draft)
{
	const struct dts_property *crash = dts_property(draft->node, life_on_crash.name);

	if (!crash)
		draft->partition->life.on_crash = LIFE_DO_STOP;
	else if (vocabulary_good(draft->node, life_on_crash.name) &&
	         draft->partition->life.on_crash == LIFE_DO_RESTART)
		complain(&build->complaints, crash->items->place,
		         "'%s' can't be restarted after a crash, as it has 'kumiki,no-restart'; "
		         "write \"stop\" or \"hold\", or take that out",
		         draft->name);
	life_needless(build, draft);
}

static void life_one(struct build *build, struct draft *draft)
{
	struct model_partition *partition = draft->partition;
	struct bundle_life *life = &partition->life;

	partition->manual = dts_property(draft->node, "kumiki,manual") != NULL;
	partition->manages_power = dts_property(draft->node, "kumiki,manages-power") != NULL;
	partition->no_restart = dts_property(draft->node, "kumiki,no-restart") != NULL;
	partition->hide_time = life_choose(build, draft, &life_suspended_time, 0) != 0;
	*life =
	    (struct bundle_life){.limit = LIFE_LIMIT, .window = LIFE_WINDOW, .delay = LIFE_DELAY};
	life->on_crash = life_choose(build, draft, &life_on_crash, LIFE_DO_RESTART);
	life->at_limit = life_choose(build, draft, &life_at_limit, LIFE_DO_STOP);
	life_limit(build, draft, life);
	life_delay(build, draft, life);
	if (partition->no_restart)
		life_never_restarts(build, draft);
}

/* ---- other partitions, by name ---- */

/* The other partitions that a property names: a bit for each, by its index in build->drafts. */
static uint8_t life_mask(const struct build *build, const struct draft *draft, const char *name)
{
	const struct dts_property *property = dts_property(draft->node, name);
	const struct dts_item *item = property ? property->items : NULL;
	unsigned mask = 0;

	for (; item && vocabulary_good(draft->node, name); item = item->next) {
		const struct draft *other = build_find(build, item->text);

		if (other && other != draft)
			mask |= 1u << (other - build->drafts);
	}
	return (uint8_t)mask;
}

/* Whether the partition may be there if a node of 'domains' were right. */
static bool life_refused(const struct build *build, const char *name)
{
	const struct dts_node *domains = dts_child(build->tree->root, "domains");

	for (size_t i = 0; i < build->draft_count; i++)
		if (!domain_name_good(build->drafts[i].name) ||
		    !strcmp(build->drafts[i].name, DOMAIN_OF_FRAME) ||
		    !strcmp(build->drafts[i].name, HOLD_NOBODYS_NAME))
			return true;
	return !build->draft_count || dts_child(domains, name);
}

void life_unknown(struct build *build, const char *property, struct dts_place place,
                  const char *name)
{
	struct nearest nearest = {.word = name};
	const char *names = "";

	if (life_refused(build, name)) /* it was complained of, and this is what follows */
		return;
	for (size_t i = 0; i < build->draft_count; i++) {
		nearest_offer(&nearest, build->drafts[i].name);
		names = arena_format(build->arena, "%s%s'%s'", names, i ? ", " : "",
		                     build->drafts[i].name);
	}
	if (strpbrk(name, ", "))
		complain(&build->complaints, place,
		         "there is no partition '%s' for '%s'; each name stands in quotes of its "
		         "own: \"left\", \"right\"",
		         name, property);
	else if (nearest_answer(&nearest))
		complain(&build->complaints, place,
		         "there is no partition '%s' for '%s'; did you mean '%s'?", name, property,
		         nearest_answer(&nearest));
	else
		complain(&build->complaints, place,
		         "there is no partition '%s' for '%s'; choose one of %s", name, property,
		         names);
}

static bool life_twice(const struct dts_item *first, const struct dts_item *item)
{
	for (; first != item; first = first->next)
		if (!strcmp(first->text, item->text))
			return true;
	return false;
}

static void life_names(struct build *build, const struct draft *draft, const char *name,
                       const char *itself)
{
	const struct dts_property *property = dts_property(draft->node, name);
	const struct dts_item *item = property ? property->items : NULL;

	for (; item && vocabulary_good(draft->node, name); item = item->next) {
		const struct draft *other = build_find(build, item->text);

		if (!other)
			life_unknown(build, name, item->place, item->text);
		else if (other == draft)
			complain(&build->complaints, item->place, "'%s' %s; take it out",
			         draft->name, itself);
		else if (life_twice(property->items, item))
			complain(&build->complaints, item->place,
			         "'%s' stands twice in '%s'; take one out", item->text, name);
	}
}

/* ---- waiting for other partitions ---- */

/* The way from `from` to `target` along 'kumiki,after', like "'b' after 'c', 'c' after 'a'". It
 * only leads through partitions with a higher index than `target`. NULL: there is none. */
static const char *life_way(struct build *build, size_t from, size_t target, unsigned *seen)
{
	const unsigned after = life_mask(build, &build->drafts[from], "kumiki,after");

	*seen |= 1u << from;
	for (size_t next = target; next < build->draft_count; next++) {
		const char *step = arena_format(build->arena, "'%s' after '%s'",
		                                build->drafts[from].name, build->drafts[next].name);
		const char *rest;

		if (!(after >> next & 1))
			continue;
		if (next == target)
			return step;
		rest = *seen >> next & 1 ? NULL : life_way(build, next, target, seen);
		if (rest)
			return arena_format(build->arena, "%s, %s", step, rest);
	}
	return NULL;
}

/* Complains of a circle whose first partition this is. */
static void life_circle(struct build *build, size_t index)
{
	const struct draft *draft = &build->drafts[index];
	unsigned seen = 0;
	const char *way = life_way(build, index, index, &seen);

	if (way)
		complain(&build->complaints,
		         dts_property(draft->node, "kumiki,after")->items->place,
		         "none of these would ever start: %s; take one of the names out", way);
}

static bool life_waits_for(const struct build *build, size_t index, size_t other, unsigned seen)
{
	const unsigned after = life_mask(build, &build->drafts[index], "kumiki,after");

	if (index == other)
		return true;
	seen |= 1u << index;
	for (size_t i = 0; i < build->draft_count; i++)
		if ((after & ~seen) >> i & 1 && life_waits_for(build, i, other, seen))
			return true;
	return false;
}

/* True if a manager can start the partition: at least one of its managers doesn't wait for it. */
static bool life_has_starter(const struct build *build, size_t index)
{
	for (size_t i = 0; i < build->draft_count; i++)
		if (life_mask(build, &build->drafts[i], "kumiki,manages") >> index & 1 &&
		    !life_waits_for(build, i, index, 0))
			return true;
	return false;
}

static void life_manual_others(struct build *build, const struct draft *draft)
{
	const struct dts_item *item = dts_property(draft->node, "kumiki,after")->items;

	for (; item; item = item->next) {
		const struct draft *other = build_find(build, item->text);

		if (other && other != draft && other->partition->manual &&
		    !life_has_starter(build, (size_t)(other - build->drafts)))
			complain_warning(
			    &build->complaints, item->place,
			    "'%s' starts when it is told to (kumiki,manual), and no partition that "
			    "manages it runs by then; until the operator starts it, '%s' waits",
			    item->text, draft->name);
	}
}

static void life_after(struct build *build, size_t index)
{
	const struct draft *draft = &build->drafts[index];
	const struct dts_property *after = dts_property(draft->node, "kumiki,after");

	if (!after || !vocabulary_good(draft->node, "kumiki,after"))
		return;
	life_circle(build, index);
	if (draft->partition->manual)
		complain_warning(&build->complaints, after->place,
		                 "'kumiki,after' has no effect: '%s' starts when it is told to "
		                 "(kumiki,manual); take one of them out",
		                 draft->name);
	else
		life_manual_others(build, draft);
}

void life_read(struct build *build)
{
	build->model->stay_on = dts_property(build->tree->root, "kumiki,stay-on") != NULL;
	build->model->resets = dts_property(build->tree->root, "kumiki,reset-at-failure") != NULL;
	for (size_t i = 0; i < build->draft_count; i++)
		life_one(build, &build->drafts[i]);
	for (size_t i = 0; i < build->draft_count; i++) {
		life_names(build, &build->drafts[i], "kumiki,after", "can't start after itself");
		life_names(build, &build->drafts[i], "kumiki,manages",
		           "needs no leave to manage itself");
		life_names(build, &build->drafts[i], "kumiki,watches", "can't watch itself");
		life_after(build, i);
	}
}

void life_number(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		const struct draft *draft = &build->drafts[i];
		struct bundle_life *life = &draft->partition->life;

		life->after = life_mask(build, draft, "kumiki,after");
		life->manages = life_mask(build, draft, "kumiki,manages");
	}
}

/* ---- the key of updates ---- */

#define UPDATE_FILE_MOST 65536

/* Reads the key from the file that the property names. NULL, or what is wrong with that file. */
static const char *update_file(struct build *build, const struct dts_item *item)
{
	const struct file_access *access = build->search.access;
	char *bytes = NULL;
	size_t size = 0;
	int error = 0;
	const char *path = images_find(build, item->place, item->text, &error);

	if (path != NULL)
		error = access->read(access->context, build->arena, path, UPDATE_FILE_MOST, &bytes,
		                     &size);
	if (error != 0)
		return arena_format(build->arena,
		                    "it can't be read: %s; paths count from the description's "
		                    "folder, then from those of -I and $KUMIKI_PATH",
		                    file_error(error));
	return update_key_read(build->model->update_key, bytes, size);
}

void updates_read(struct build *build)
{
	static const char name[] = "kumiki,update-key";
	const struct dts_node *root = build->tree->root;
	const struct dts_item *item;
	const char *wrong;

	if (!vocabulary_good(root, name))
		return;
	item = dts_property(root, name)->items;
	wrong = update_key_is_hex(item->text) ? update_key_hex(build->model->update_key, item->text)
	                                      : update_file(build, item);
	if (wrong != NULL)
		complain(&build->complaints, item->place, "'%s' can't be the key of updates: %s",
		         item->text, wrong);
	build->model->updates = wrong == NULL;
}

/* Called when it is known who has the UART. */
void updates_check(struct build *build)
{
	const struct dts_property *property = dts_property(build->tree->root, "kumiki,update-key");
	const struct dts_property *lowers =
	    dts_property(build->tree->root, "kumiki,update-to-lower");

	build->model->lowers = lowers != NULL;
	if (property == NULL) {
		if (lowers != NULL)
			complain(&build->complaints, lowers->place,
			         "'kumiki,update-to-lower' is about updates, and without "
			         "'kumiki,update-key' there are none; take it out, or give a key");
		return;
	}
	if (build->model->updates && build->model->board.uart_base == 0)
		complain(&build->complaints, property->place,
		         "updates come by the link, which needs the UART, and that is given away; "
		         "take 'kumiki,update-key' out, or give the UART back to the frame");
}
