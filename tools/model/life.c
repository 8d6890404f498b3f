/*
 * The lives of partitions: what follows a crash, the number and delay of restarts, the partitions
 * that each waits for, and the partitions that it may command. docs/lifecycle.md explains them.
 */
#include "build.h"
#include <lib/nearest.h>
#include <string.h>

#define LIFE_LIMIT       5u
#define LIFE_WINDOW      60000u /* milliseconds */
#define LIFE_DELAY       100u
#define LIFE_SECONDS_MAX (UINT32_MAX / 1000)

/* ---- one partition ---- */

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

const struct draft *life_find(const struct build *build, const char *name)
{
	for (size_t i = 0; i < build->draft_count; i++)
		if (!strcmp(build->drafts[i].name, name))
			return &build->drafts[i];
	return NULL;
}

/* The other partitions that a property names: a bit for each, by its index in build->drafts. */
static uint8_t life_mask(const struct build *build, const struct draft *draft, const char *name)
{
	const struct dts_property *property = dts_property(draft->node, name);
	const struct dts_item *item = property ? property->items : NULL;
	unsigned mask = 0;

	for (; item && vocabulary_good(draft->node, name); item = item->next) {
		const struct draft *other = life_find(build, item->text);

		if (other && other != draft)
			mask |= 1u << (other - build->drafts);
	}
	return (uint8_t)mask;
}

void life_unknown(struct build *build, const char *property, struct dts_place place,
                  const char *name)
{
	struct nearest nearest = {.word = name};
	const char *names = "";

	if (!build->draft_count) /* domains_read() said so */
		return;
	for (size_t i = 0; i < build->draft_count; i++) {
		nearest_offer(&nearest, build->drafts[i].name);
		names = arena_format(build->arena, "%s%s'%s'", names, i ? ", " : "",
		                     build->drafts[i].name);
	}
	if (nearest_answer(&nearest))
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
		const struct draft *other = life_find(build, item->text);

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
		const struct draft *other = life_find(build, item->text);

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
