/*
 * See lib/rules.h. The first view finds its objects, then the steps are carried out for each of
 * them. A set finds its objects when a step needs them first. A step that reads nothing where it
 * should leads to "can't tell": the look ends.
 */
#include "rulesrun.h"
#include <lib/string.h>

static uint64_t rules_signed(uint64_t value, uint32_t size)
{
	const uint64_t sign = 1ULL << (size * 8 - 1);

	return (value ^ sign) - sign;
}

void rules_note_read(struct rules_run *run, uint64_t address, uint32_t size, uint64_t value)
{
	struct rules_memory *memory = run->memory;
	const uint32_t shift = address % sizeof(value) * 8;

	if (memory->reads < RULES_READS)
		memory->read[memory->reads] =
		    (struct rules_read){.address = address - address % sizeof(value),
		                        .mask = ~0ULL >> (64 - size * 8) << shift,
		                        .value = value << shift};
	memory->reads++;
}

static bool rules_load(struct rules_run *run, const struct rule_step *step)
{
	run->from = run->value;
	if (!rules_read(run, run->from, step->size, &run->value))
		return false;
	if (step->index == 1)
		run->value = rules_signed(run->value, step->size);
	return true;
}

/* ---- views ---- */

static bool rules_value(struct rules_run *run, const struct rule_step *step);

static bool rules_need(struct rules_run *run, uint32_t view);

static bool rules_begin(struct rules_run *run, uint32_t view)
{
	const struct rule_view *its = &rule_views(run->rule)[view];

	if (!rules_spend(run, its->steps + 1u))
		return false;
	for (uint32_t i = 0; i < its->steps; i++)
		if (!rules_value(run, &rule_steps(run->rule)[its->first + i]))
			return false;
	run->memory->start[view] = run->value;
	if (view == 0)
		run->memory->from = run->from;
	return rules_gather(run, view, run->value);
}

/* Begins once, or at each object of another set. */
static bool rules_begin_all(struct rules_run *run, uint32_t view)
{
	struct rules_memory *memory = run->memory;
	const uint32_t of = rule_views(run->rule)[view].of;
	const uint32_t times = of == 0 ? 1 : memory->count[of];

	memory->first[view] = memory->used;
	memory->count[view] = 0;
	for (uint32_t i = 0; i < times; i++) {
		if (of != 0)
			run->object = memory->object[memory->first[of] + i];
		if (!rules_begin(run, view))
			return false;
	}
	return true;
}

/* Sets are sorted. The objects of the first view stay in their order, which numbers them. */
static bool rules_view(struct rules_run *run, uint32_t view)
{
	const uint32_t of = rule_views(run->rule)[view].of;

	return (of == 0 || rules_need(run, of)) && rules_begin_all(run, view) &&
	       (view == 0 || rules_sort(run, view));
}

/* Finds a view's objects, if no step of this look needed them before. */
static bool rules_need(struct rules_run *run, uint32_t view)
{
	const uint64_t value = run->value, object = run->object;

	if (run->memory->known[view])
		return true;
	run->memory->known[view] = rules_view(run, view);
	run->value = value;
	run->object = object;
	return run->memory->known[view];
}

/* ---- steps ---- */

/* False: can't tell. */
static bool rules_value(struct rules_run *run, const struct rule_step *step)
{
	const uint64_t number = rules_signed(step->value, sizeof(step->value));

	switch (step->operation) {
	case RULE_NUMBER:
		run->value = number;
		return true;
	case RULE_PLACE:
		run->value = run->kernel->base + step->value;
		return true;
	case RULE_ADD:
		run->value += number;
		return true;
	case RULE_OBJECT:
		run->value = run->object;
		return true;
	case RULE_COUNT:
		if (!rules_need(run, step->index))
			return false;
		run->value = run->memory->count[step->index];
		return true;
	default:
		return rules_load(run, step);
	}
}

/* ---- conditions ---- */

static bool rules_less(const struct rules_run *run, const struct rule_step *step)
{
	return step->index == 1 ? (int64_t)run->other < (int64_t)run->value
	                        : run->other < run->value;
}

static bool rules_as_built(const struct rules_run *run, const struct rule_step *step)
{
	const uint32_t place = rule_words(run->rule)[step->value + run->slot];

	return run->value == (place == 0 ? 0 : run->kernel->base + place);
}

static bool rules_is_condemned(const struct rules_run *run)
{
	const struct rules_area *area = run->kernel->condemned;
	uint32_t i = 0;

	while (i < RULES_AREAS && run->value - area[i].base >= area[i].size)
		i++;
	return i < RULES_AREAS;
}

static bool rules_in_area(struct rules_run *run, const struct rule_step *step)
{
	const struct rules_memory *memory = run->memory;

	run->leads = run->value;
	if (rules_is_condemned(run))
		return true;
	if (!rules_need(run, step->index))
		return false;
	for (uint32_t i = 0; i < memory->count[step->index] && !run->holds; i++) {
		const uint64_t object = memory->object[memory->first[step->index] + i];
		uint64_t base, size;

		if (!rules_read(run, object + (step->value & 0xffff), sizeof(base), &base) ||
		    !rules_read(run, object + (step->value >> 16), step->size, &size))
			return false;
		run->holds = run->value - base < size;
	}
	return true;
}

static void rules_in_image(struct rules_run *run, uint64_t from, uint64_t end)
{
	run->leads = run->value;
	run->holds = run->value - from < end - from;
}

/* Whether the neighbour at the offset `to` leads back at the offset `from`. One that can't be read
 * leads nowhere, so it doesn't. False: can't tell. */
static bool rules_neighbour(struct rules_run *run, const struct rule_step *step, uint32_t to,
                            uint32_t from)
{
	uint64_t neighbour, back;

	if (!rules_read(run, run->value + to, sizeof(neighbour), &neighbour))
		return false;
	if (neighbour != 0 || step->index != 1)
		run->holds = run->holds && rules_read(run, neighbour + from, sizeof(back), &back) &&
		             back == run->value;
	return true;
}

static bool rules_leads_back(struct rules_run *run, const struct rule_step *step)
{
	const uint32_t next = step->value & 0xffff, prev = step->value >> 16;

	run->lack =
	    (struct rules_lack){.kind = step->index == 1 ? RULES_LACK_NEXT : RULES_LACK_BACK,
	                        .link = run->value,
	                        .head = step->value};
	run->holds = true;
	return rules_neighbour(run, step, next, prev) && rules_neighbour(run, step, prev, next);
}

/* What is missing in a list can be linked in; of several lists nobody knows into which. */
static bool rules_in_set(struct rules_run *run, const struct rule_step *step)
{
	const struct rule_view *view = &rule_views(run->rule)[step->index];

	if (!rules_need(run, step->index))
		return false;
	run->holds = rules_has(run, step->index, run->value);
	if (view->kind == RULE_LIST && view->of == 0)
		run->lack = (struct rules_lack){.kind = RULES_LACK_LINK,
		                                .link = run->value + view->link,
		                                .head = run->memory->start[step->index]};
	return true;
}

static bool rules_same(struct rules_run *run, const struct rule_step *step)
{
	const char *text = rule_text(run->rule) + step->value;
	uint64_t character = 1;

	run->holds = step->index == 0;
	for (uint32_t i = 0; i < step->size && character != 0; i++) {
		if (!rules_read(run, run->value + i, 1, &character))
			return false;
		if (character != (uint8_t)text[i]) {
			run->holds = step->index != 0;
			return true;
		}
	}
	return true;
}

static bool rules_put(struct rules_run *run, const struct rule_step *step)
{
	const bool number = step->index == 1;

	run->lack =
	    (struct rules_lack){.kind = RULES_LACK_VALUE,
	                        .link = number ? run->other : run->kernel->base + step->value,
	                        .head = run->value,
	                        .size = number ? step->size : (uint32_t)sizeof(run->lack.was)};
	return rules_read(run, run->value, run->lack.size, &run->lack.was);
}

/* False: can't tell. */
static bool rules_condition(struct rules_run *run, const struct rule_step *step)
{
	const struct rules_kernel *kernel = run->kernel;

	run->lack.kind = RULES_LACK_NONE;
	switch (step->operation) {
	case RULE_KEEP:
		run->other = run->value;
		return true;
	case RULE_EQUAL:
		run->holds = run->other == run->value;
		return true;
	case RULE_DIFFERS:
		run->holds = run->other != run->value;
		return true;
	case RULE_LESS:
		run->holds = rules_less(run, step);
		return true;
	case RULE_AT_MOST:
		run->holds = run->other == run->value || rules_less(run, step);
		return true;
	case RULE_IN_TEXT:
		rules_in_image(run, kernel->text, kernel->text_end);
		return true;
	case RULE_IN_CONSTANTS:
		rules_in_image(run, kernel->text_end, kernel->constants_end);
		return true;
	case RULE_IN_SET:
		return rules_in_set(run, step);
	case RULE_IN_AREA:
		return rules_in_area(run, step);
	case RULE_AS_BUILT:
		run->holds = rules_as_built(run, step);
		return true;
	case RULE_SAME:
		return rules_same(run, step);
	case RULE_PUT:
		return rules_put(run, step);
	case RULE_CHANGES:
		run->still = run->value;
		return true;
	default:
		return rules_leads_back(run, step);
	}
}

/* ---- words ---- */

struct rules_words {
	char text[RULES_TEXT];
	uint32_t length;
};

static void rules_character(struct rules_words *words, char character)
{
	if (words->length + 1 < RULES_TEXT)
		words->text[words->length++] = character;
}

static void rules_say(struct rules_words *words, const char *text)
{
	while (*text != '\0' && words->length + 1 < RULES_TEXT)
		rules_character(words, *text++);
}

static void rules_number(struct rules_words *words, uint64_t number, uint32_t base)
{
	char digits[20];
	uint32_t count = 0;

	do {
		digits[count++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number != 0);
	while (count != 0)
		rules_character(words, digits[--count]);
}

static void rules_chars(struct rules_run *run, const struct rule_step *step,
                        struct rules_words *words)
{
	uint64_t character;

	for (uint32_t i = 0; i < step->size; i++) {
		if (!rules_read(run, run->value + i, 1, &character)) {
			rules_say(words, "?");
			return;
		}
		if (character == 0)
			return;
		rules_character(words, character < ' ' || character > '~' ? '?' : (char)character);
	}
}

static void rules_slot(const struct rules_run *run, struct rules_words *words)
{
	const struct rule_view *view = rule_views(run->rule);

	if (view->kind == RULE_TABLE)
		rules_say(
		    words,
		    rule_text(run->rule) +
		        rule_words(run->rule)[view->a + view->count + run->slot % view->count]);
	else
		rules_number(words, run->slot, 10);
}

static void rules_print(struct rules_run *run, const struct rule_step *step,
                        struct rules_words *words)
{
	const bool negative =
	    step->operation == RULE_DECIMAL && step->index == 1 && (int64_t)run->value < 0;

	switch (step->operation) {
	case RULE_TEXT:
		rules_say(words, rule_text(run->rule) + step->value);
		return;
	case RULE_DECIMAL:
		rules_say(words, negative ? "-" : "");
		rules_number(words, negative ? 0 - run->value : run->value, 10);
		return;
	case RULE_HEX:
		rules_say(words, "0x");
		rules_number(words, run->value, 16);
		return;
	case RULE_CHARS:
		rules_chars(run, step, words);
		return;
	default:
		rules_slot(run, words);
		return;
	}
}

/* Where the pointer is that leads to the object, in a chain. */
static uint64_t rules_before(struct rules_run *run, const struct rule_view *view)
{
	uint64_t first;

	for (uint32_t i = 0; i < view->count; i++)
		if (rules_read(run, rules_first(run, view, i), sizeof(first), &first) &&
		    first == run->object)
			return rules_first(run, view, i);
	return run->before;
}

/* What has no place in a chain can be taken out of it. */
static void rules_in_chain(struct rules_run *run)
{
	const struct rule_view *view = rule_views(run->rule);

	if (run->lack.kind == RULES_LACK_NONE && view->kind == RULE_CHAIN && view->of == 0)
		run->lack = (struct rules_lack){.kind = RULES_LACK_PLACE,
		                                .link = run->object + view->link,
		                                .head = rules_before(run, view)};
}

/* What can't be read is "?": the finding stands without it. False: there is no work left. */
static bool rules_tell(struct rules_run *run, const struct rules_ear *ear)
{
	const struct rule_step *steps = rule_steps(run->rule);
	struct rules_words words = {.length = 0};
	const uint32_t reads = run->memory->reads; /* words aren't what led to it */
	bool known = true;

	for (uint32_t i = run->rule->say; i < run->rule->steps; i++) {
		if (!rules_spend(run, 1))
			return false;
		if (steps[i].operation < RULE_KEEP) {
			known = known && rules_value(run, &steps[i]);
		} else if (known) {
			rules_print(run, &steps[i], &words);
		} else {
			rules_say(&words, "?");
			known = true;
		}
	}
	words.text[words.length] = '\0';
	if (run->rule->mends == RULE_MENDS_NOTHING)
		run->lack.kind = RULES_LACK_NONE;
	else if (run->rule->mends == RULE_MENDS_RIGHTS)
		run->lack.kind = RULES_LACK_RIGHTS;
	else
		rules_in_chain(run);
	ear->note(ear->to, &(struct rules_found){.where = run->object,
	                                         .still = run->still,
	                                         .leads = run->leads,
	                                         .text = words.text,
	                                         .lack = run->lack,
	                                         .reads = reads});
	return true;
}

/* ---- the whole ---- */

/* Whether the object's steps go on behind a WHEN or a MUST. */
static bool rules_goes_on(struct rules_run *run, const struct rule_step *step)
{
	const bool held = run->holds;

	run->holds = false;
	if (held)
		run->still = run->leads = 0;
	run->found = !held && step->operation == RULE_MUST;
	return held;
}

static bool rules_object(struct rules_run *run, const struct rules_ear *ear)
{
	const struct rule_step *steps = rule_steps(run->rule);

	run->holds = run->found = false;
	run->still = run->leads = 0;
	for (uint32_t i = run->rule->object; i < run->rule->say; i++) {
		const struct rule_step *step = &steps[i];

		if (run->holds && step->operation < RULE_WHEN)
			continue;
		if (!rules_spend(run, 1))
			return false;
		if (step->operation >= RULE_WHEN) {
			if (!rules_goes_on(run, step))
				break;
		} else if (!(step->operation < RULE_KEEP ? rules_value(run, step)
		                                         : rules_condition(run, step))) {
			return false;
		}
	}
	return !run->found || rules_tell(run, ear);
}

/* All views, if what they read has to stand before what the objects' steps read. */
static bool rules_need_all(struct rules_run *run)
{
	for (uint32_t i = run->rule->views; i > 1 && run->rule->still != 0; i--)
		if (!rules_need(run, i - 1))
			return false;
	return rules_need(run, 0);
}

bool rules_look(const struct rule *rule, const struct rules_kernel *kernel,
                struct rules_memory *memory, const struct rules_ear *ear)
{
	struct rules_run run = {
	    .rule = rule, .kernel = kernel, .memory = memory, .work = RULES_WORK};

	uint32_t reads;

	memory->used = memory->reads = 0;
	memset(memory->known, 0, sizeof(memory->known));
	if (!rules_need_all(&run))
		return false;
	reads = memory->reads;
	run.before = memory->from;
	for (uint32_t i = 0; i < memory->count[0]; i++) {
		run.object = memory->object[memory->first[0] + i];
		run.slot = i;
		memory->reads = reads;
		if (!rules_object(&run, ear))
			return false;
		run.before = run.object + rule_views(rule)[0].link;
	}
	return true;
}
