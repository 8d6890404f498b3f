/*
 * Whether bytes are a rule: see lib/rules.h. Everything that a look takes from a rule as an index,
 * a size or a kind is looked at here, so a look needn't.
 */
#include <lib/crc32c.h>
#include <lib/rules.h>
#include <lib/string.h>

#define CHECK_CRC (offsetof(struct rule, crc) + sizeof(uint32_t))

const struct rule_view *rule_views(const struct rule *rule)
{
	return (const struct rule_view *)(const void *)(rule + 1);
}

const struct rule_step *rule_steps(const struct rule *rule)
{
	return (const struct rule_step *)(const void *)(rule_views(rule) + rule->views);
}

const uint32_t *rule_words(const struct rule *rule)
{
	return (const uint32_t *)(const void *)(rule_steps(rule) + rule->steps);
}

const char *rule_text(const struct rule *rule)
{
	return (const char *)(const void *)(rule_words(rule) + rule->words);
}

static size_t check_size(const struct rule *rule)
{
	const size_t size = sizeof(*rule) + rule->views * sizeof(struct rule_view) +
	                    rule->steps * sizeof(struct rule_step) +
	                    rule->words * sizeof(uint32_t) + rule->text;

	return (size + 7) / 8 * 8;
}

/* ---- views ---- */

static bool check_names(const struct rule *rule, const struct rule_view *view)
{
	for (uint32_t i = 0; i < view->count; i++)
		if (rule_words(rule)[view->a + view->count + i] >= rule->text)
			return false;
	return true;
}

static bool check_number_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static bool check_kind(const struct rule *rule, const struct rule_view *view)
{
	if (view->kind == RULE_ARRAY)
		return view->link == 0 || check_number_size(view->link);
	if (view->kind == RULE_POINTERS || view->kind == RULE_CHAIN)
		return view->a <= rule->words && view->count <= rule->words - view->a;
	return view->kind != RULE_TABLE ||
	       (view->a <= rule->words && view->count * 2 <= rule->words - view->a &&
	        check_names(rule, view));
}

/* A set begins at objects of one before it, the first view at those of any set. */
static bool check_view(const struct rule *rule, uint32_t index)
{
	const struct rule_view *view = &rule_views(rule)[index];

	if (view->kind >= RULE_VIEW_KINDS || view->first > rule->object ||
	    view->steps > rule->object - view->first || view->count > RULE_OBJECTS ||
	    view->of >= (index == 0 ? rule->views : index))
		return false;
	for (uint32_t i = 0; i < view->steps; i++)
		if (rule_steps(rule)[view->first + i].operation >
		    (view->of == 0 ? RULE_LOAD : RULE_OBJECT))
			return false;
	return check_kind(rule, view);
}

static bool check_views(const struct rule *rule)
{
	if (rule->views == 0 || rule->views > RULE_VIEWS)
		return false;
	for (uint32_t i = 0; i < rule->views; i++)
		if (!check_view(rule, i))
			return false;
	return true;
}

/* ---- steps ---- */

static bool check_step(const struct rule *rule, const struct rule_step *step)
{
	switch (step->operation) {
	case RULE_LOAD:
		return check_number_size(step->size);
	case RULE_COUNT:
	case RULE_IN_SET:
		return step->index < rule->views;
	case RULE_IN_AREA:
		return step->index < rule->views && check_number_size(step->size);
	case RULE_PUT:
		return step->index == 0 || step->size == sizeof(uint32_t) ||
		       step->size == sizeof(uint64_t);
	case RULE_AS_BUILT:
		return step->value <= rule->words &&
		       rule_views(rule)->count <= rule->words - step->value &&
		       rule_views(rule)->of == 0 &&
		       ((rule_views(rule)->kind == RULE_ARRAY && rule_views(rule)->link == 0) ||
		        rule_views(rule)->kind == RULE_TABLE);
	case RULE_TEXT:
		return step->value < rule->text;
	case RULE_SAME:
		return step->value < rule->text && step->size <= RULE_CHARS_MAX;
	case RULE_CHARS:
		return step->size <= RULE_CHARS_MAX;
	default:
		return step->operation < RULE_OPERATIONS;
	}
}

/* Conditions are for objects, and words for what was found. */
static bool check_place(const struct rule *rule, uint32_t at)
{
	const uint32_t operation = rule_steps(rule)[at].operation;

	if (at >= rule->say)
		return operation < RULE_KEEP || operation >= RULE_TEXT;
	return operation < RULE_TEXT;
}

static bool check_steps(const struct rule *rule)
{
	for (uint32_t i = 0; i < rule->steps; i++)
		if (!check_step(rule, &rule_steps(rule)[i]) || !check_place(rule, i))
			return false;
	return true;
}

/* ---- the whole ---- */

static bool check_name(const char *name)
{
	uint32_t length = 0;

	while (length < RULE_NAME && name[length] > ' ' && name[length] <= '~')
		length++;
	if (length == 0)
		return false;
	while (length < RULE_NAME && name[length] == '\0')
		length++;
	return length == RULE_NAME && name[RULE_NAME - 1] == '\0';
}

static bool check_mends(const struct rule *rule)
{
	return rule->mends < RULE_MENDS_KINDS &&
	       (rule->mends != RULE_MENDS_RIGHTS || rule->tasks == 1);
}

static bool check_when(const struct rule *rule)
{
	return rule->on < 1u << RULE_EVENTS && (rule->every != 0 || rule->on != 0) &&
	       rule->every <= RULE_EVERY_MAX && rule->every % RULE_EVERY == 0;
}

static bool check_head(const struct rule *rule)
{
	return rule->still <= 1 && rule->tasks <= 1 && check_mends(rule) &&
	       check_name(rule->name) && check_when(rule) && rule->seen != 0 &&
	       rule->seen <= RULE_SEEN_MAX && rule->severity < RULE_SEVERITIES &&
	       rule->object <= rule->say && rule->say <= rule->steps;
}

const char *rule_check(const void *bytes, size_t size, uint32_t kernel)
{
	const struct rule *rule = bytes;

	if (size < sizeof(*rule) || size > RULE_SIZE_MAX || rule->magic != RULE_MAGIC)
		return "it is no rule";
	if (rule->revision != RULE_REVISION)
		return "it is of another revision";
	if (rule->size != size || check_size(rule) != size || rule->text == 0)
		return "its size is wrong";
	if (rule->crc != crc32c(0, (const uint8_t *)bytes + CHECK_CRC, size - CHECK_CRC))
		return "its checksum is wrong";
	if (rule->kernel != kernel)
		return "it is for another kernel";
	if (rule_text(rule)[rule->text - 1] != '\0' || !check_head(rule) || !check_views(rule) ||
	    !check_steps(rule))
		return "a number in it is wrong";
	return NULL;
}
