/* Conditions: "f == 0 or f in text", "n.mod in listed", "count listed == count tree". */
#include "making.h"
#include <string.h>

/* The words of one alternative that are left, and the steps of all of them. */
struct condition {
	const struct source_line *line;
	uint32_t at, end;
	struct making_steps *steps;
};

static const struct source_word *condition_word(const struct condition *condition, uint32_t behind)
{
	const uint32_t at = condition->at + behind;

	return &condition->line->word[at < condition->end ? at : condition->end - 1];
}

static bool condition_is(const struct condition *condition, uint32_t behind, const char *text)
{
	return condition->at + behind < condition->end &&
	       strcmp(condition->line->word[condition->at + behind].text, text) == 0;
}

static void condition_step(struct condition *condition, enum rule_operation operation,
                           uint32_t index, uint32_t value)
{
	making_step(condition->steps, (struct rule_step){.operation = (uint8_t)operation,
	                                                 .index = (uint16_t)index,
	                                                 .value = value});
}

static bool condition_set(struct making *making, const struct source_word *word,
                          const struct making_name **set)
{
	*set = making_find(making, word->text);
	if (*set != NULL && (*set)->kind == MAKING_SET)
		return true;
	if (*set != NULL && (*set)->kind == MAKING_BROKEN)
		return false;
	return making_wrong(making, word, "there is no set '%s'; make one by 'set %s is each …'",
	                    word->text, word->text);
}

/* ---- numbers ---- */

/* An expression, or "count SET". */
static bool condition_number(struct making *making, struct condition *condition,
                             struct making_value *value)
{
	const struct source_word *word = condition_word(condition, 0);
	const struct making_name *set;

	if (condition->at >= condition->end)
		return making_wrong(making, word, "behind '%s' a number is missing", word->text);
	if (!condition_is(condition, 0, "count") || condition->at + 1 == condition->end) {
		condition->at++;
		return making_number(making, word, word->text, value);
	}
	if (!condition_set(making, condition_word(condition, 1), &set))
		return false;
	condition->at += 2;
	*value = (struct making_value){.is_address = false};
	making_step(&value->steps,
	            (struct rule_step){.operation = RULE_COUNT, .index = (uint16_t)set->view});
	return true;
}

/* Whether a number may be negative: then it is compared with its sign. */
static bool condition_signed(const struct making_value *value)
{
	const struct rule_step *last = &value->steps.step[value->steps.count - 1];

	return value->steps.count != 0 && last->operation == RULE_LOAD && last->index == 1;
}

static const struct {
	const char *text;
	enum rule_operation operation;
	bool swapped; /* "A > B" is "B < A" */
} condition_operators[] = {{"==", RULE_EQUAL, false}, {"!=", RULE_DIFFERS, false},
                           {"<", RULE_LESS, false},   {"<=", RULE_AT_MOST, false},
                           {">", RULE_LESS, true},    {">=", RULE_AT_MOST, true}};
#define CONDITION_OPERATORS (sizeof(condition_operators) / sizeof(condition_operators[0]))

static bool condition_compare(struct making *making, struct condition *condition,
                              const struct making_value *left)
{
	size_t kind = 0;
	struct making_value right;
	bool swapped;

	while (kind < CONDITION_OPERATORS &&
	       !condition_is(condition, 0, condition_operators[kind].text))
		kind++;
	if (kind == CONDITION_OPERATORS)
		return making_wrong(making, condition_word(condition, 0),
		                    "'%s': a comparison is missing: '==', '!=', '<', '<=', '>', "
		                    "'>=', 'in …', 'as built', 'changes' or 'leads back'",
		                    condition_word(condition, 0)->text);
	condition->at++;
	if (!condition_number(making, condition, &right))
		return false;
	swapped = condition_operators[kind].swapped;
	making_append(condition->steps, swapped ? &right.steps : &left->steps);
	condition_step(condition, RULE_KEEP, 0, 0);
	making_append(condition->steps, swapped ? &left->steps : &right.steps);
	condition_step(condition, condition_operators[kind].operation,
	               condition_signed(left) || condition_signed(&right), 0);
	return true;
}

/* ---- "in" ---- */

/* "from MEMBER for MEMBER": pieces of memory, by their addresses and lengths. */
static bool condition_area(struct making *making, struct condition *condition,
                           const struct making_name *set)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	const struct source_word *base = condition_word(condition, 1);
	const struct source_word *size = condition_word(condition, 3);
	uint32_t base_at, size_at, base_type, size_type;

	if (condition->at + 4 > condition->end || !condition_is(condition, 2, "for"))
		return making_wrong(
		    making, condition_word(condition, 0),
		    "'from' needs an address and a length: 'from MEMBER for MEMBER'");
	if (!making_member(making, base, set->type.number, base->text, &base_at, &base_type) ||
	    !making_member(making, size, set->type.number, size->text, &size_at, &size_type))
		return false;
	if (btf_shape(btf, base_type).size != sizeof(uint64_t) || base_at > UINT16_MAX)
		return making_wrong(making, base, "'%s' is no address of 64 bits; name one",
		                    base->text);
	if (btf_shape(btf, size_type).kind != BTF_A_NUMBER ||
	    !making_readable(btf_shape(btf, size_type).size) || size_at > UINT16_MAX)
		return making_wrong(
		    making, size, "'%s' is no number of up to 64 bits; name a length", size->text);
	making_step(condition->steps,
	            (struct rule_step){.operation = RULE_IN_AREA,
	                               .size = (uint8_t)btf_shape(btf, size_type).size,
	                               .index = (uint16_t)set->view,
	                               .value = base_at | size_at << 16});
	condition->at += 4;
	return true;
}

/* "in text", "in constants", "in SET", "in SET from MEMBER for MEMBER" */
static bool condition_in(struct making *making, struct condition *condition)
{
	const struct making_name *set;

	if (condition_is(condition, 1, "text") || condition_is(condition, 1, "constants")) {
		condition_step(
		    condition,
		    condition_is(condition, 1, "text") ? RULE_IN_TEXT : RULE_IN_CONSTANTS, 0, 0);
		condition->at += 2;
		return true;
	}
	if (!condition_set(making, condition_word(condition, 1), &set))
		return false;
	condition->at += 2;
	if (condition_is(condition, 0, "from"))
		return condition_area(making, condition, set);
	condition_step(condition, RULE_IN_SET, set->view, 0);
	return true;
}

/* ---- "as built": what the image has in each slot of the table ---- */

/* What stands in the slot itself: the function, by the name that 'each' gives it. */
static bool condition_is_slot(const struct making_value *value)
{
	return value->type.function && value->steps.count == 2 &&
	       value->steps.step[0].operation == RULE_OBJECT &&
	       value->steps.step[1].operation == RULE_LOAD;
}

static bool condition_built(struct making *making, struct condition *condition,
                            const struct making_value *left)
{
	const struct rule_view *view = &making->view[0];
	const struct making_steps *start = &making->start[0];
	const uint32_t first = making->words;

	if (!condition_is_slot(left) || (view->kind != RULE_TABLE && view->kind != RULE_ARRAY) ||
	    start->count != 1 || start->step[0].operation != RULE_PLACE)
		return making_wrong(
		    making, condition_word(condition, 0),
		    "'as built' is for the function of 'each function NAME in table …', where "
		    "the table is a variable; write 'in text' or another condition");
	for (uint32_t i = 0; i < view->count && !making->too_large; i++) {
		const uint32_t offset =
		    view->kind == RULE_TABLE ? making->word[view->a + i] : i * (uint32_t)view->b;
		uint32_t to = 0;

		(void)kernel_leads(&making->kernel->kernel, start->step[0].value + offset, &to);
		(void)making_words(making, to);
	}
	condition_step(condition, RULE_AS_BUILT, 0, first);
	condition->at += 2;
	return true;
}

/* ---- "leads back" ---- */

static bool condition_leads_back(struct making *making, struct condition *condition)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	const struct source_word *word = condition_word(condition, 0);
	struct making_value value;
	uint32_t next, prev;

	if (!making_path(making, word, word->text, &value))
		return false;
	if (!value.is_address ||
	    strcmp(btf_name(btf, btf_shape(btf, value.type.number).number), "list_head") != 0 ||
	    !btf_member(btf, "list_head", "next", &next) ||
	    !btf_member(btf, "list_head", "prev", &prev))
		return making_wrong(making, word, "'%s' is no list_head; 'leads back' is for one",
		                    word->text);
	making_append(condition->steps, &value.steps);
	condition_step(condition, RULE_LEADS_BACK, 0, next | prev << 16);
	condition->at += 3;
	return true;
}

/* A member that is a pointer to another such object. */
static bool condition_link(struct making *making, const struct source_word *word,
                           const struct making_value *object, uint32_t *offset)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	struct btf_shape shape;
	uint32_t type;

	if (!making_member(making, word, object->type.number, word->text, offset, &type))
		return false;
	shape = btf_shape(btf, type);
	if (shape.kind == BTF_A_POINTER && *offset <= UINT16_MAX &&
	    btf_shape(btf, shape.target).number == btf_shape(btf, object->type.number).number)
		return true;
	return making_wrong(making, word, "'%s' is no pointer to another such object", word->text);
}

/* "OBJECT leads back by NEXT and PREV": of a list of any structures, whose ends lead to nothing or
 * to each other. */
static bool condition_leads_by(struct making *making, struct condition *condition)
{
	const struct source_word *word = condition_word(condition, 0);
	struct making_value value;
	uint32_t next, prev;

	if (!making_path(making, word, word->text, &value))
		return false;
	if (!value.is_object || !condition_is(condition, 5, "and") ||
	    condition->at + 6 >= condition->end)
		return making_wrong(making, word,
		                    "'leads back by' isn't written so; an example, about an object "
		                    "t: t leads back by next and prev");
	if (!condition_link(making, condition_word(condition, 4), &value, &next) ||
	    !condition_link(making, condition_word(condition, 6), &value, &prev))
		return false;
	making_append(condition->steps, &value.steps);
	condition_step(condition, RULE_LEADS_BACK, 1, next | prev << 16);
	condition->at += 7;
	return true;
}

/* ---- "changes" ---- */

static bool condition_changes(struct making *making, struct condition *condition)
{
	if (strcmp(condition->line->word[0].text, "must") != 0)
		return making_wrong(making, condition_word(condition, 0),
		                    "'changes' is for 'must': one look alone doesn't tell it");
	condition_step(condition, RULE_CHANGES, 0, 0);
	condition->at++;
	return true;
}

/* ---- "== 'text'", "!= 'text'" ---- */

static bool condition_is_text(const struct condition *condition)
{
	return condition->at + 2 < condition->end && condition_word(condition, 2)->quoted &&
	       (condition_is(condition, 1, "==") || condition_is(condition, 1, "!="));
}

static bool condition_text(struct making *making, struct condition *condition)
{
	const struct source_word *word = condition_word(condition, 0);
	const char *text = condition_word(condition, 2)->text;
	struct making_value value;
	uint32_t size;

	if (!making_path(making, word, word->text, &value))
		return false;
	if (!making_chars(making, word, &value, &size))
		return making_wrong(making, word, "'%s' has no characters; a text is for some",
		                    word->text);
	if (strlen(text) >= size)
		return making_wrong(making, condition_word(condition, 2),
		                    "the text is too long: '%s' has up to %u characters",
		                    word->text, size - 1);
	making_append(condition->steps, &value.steps);
	making_step(condition->steps,
	            (struct rule_step){.operation = RULE_SAME,
	                               .size = (uint8_t)size,
	                               .index = condition_is(condition, 1, "!="),
	                               .value = making_text(making, text, strlen(text))});
	condition->at += 3;
	return true;
}

/* ---- all of them ---- */

static bool condition_alternative(struct making *making, struct condition *condition)
{
	struct making_value left;
	bool in, built, changes;

	if (condition_is(condition, 1, "leads") && condition_is(condition, 2, "back"))
		return condition_is(condition, 3, "by") ? condition_leads_by(making, condition)
		                                        : condition_leads_back(making, condition);
	if (condition_is_text(condition))
		return condition_text(making, condition);
	if (!condition_number(making, condition, &left))
		return false;
	in = condition_is(condition, 0, "in") && condition->at + 1 < condition->end;
	built = condition_is(condition, 0, "as") && condition_is(condition, 1, "built");
	changes = condition_is(condition, 0, "changes");
	if (!in && !built && !changes)
		return condition_compare(making, condition, &left);
	making_append(condition->steps, &left.steps);
	if (changes)
		return condition_changes(making, condition);
	return in ? condition_in(making, condition) : condition_built(making, condition, &left);
}

bool making_condition(struct making *making, const struct source_line *line)
{
	struct condition condition = {.line = line, .at = 1, .steps = &making->object};

	while (condition.end != line->words) {
		condition.end = condition.at;
		while (condition.end < line->words &&
		       (line->word[condition.end].quoted ||
		        strcmp(line->word[condition.end].text, "or") != 0))
			condition.end++;
		if (condition.at == condition.end)
			return making_wrong(making, &line->word[condition.at - 1],
			                    "behind '%s' a condition is missing",
			                    line->word[condition.at - 1].text);
		if (!condition_alternative(making, &condition))
			return false;
		if (condition.at != condition.end)
			return making_wrong(making, condition_word(&condition, 0),
			                    "'%s' isn't expected here; only 'or' with another "
			                    "condition can follow",
			                    condition_word(&condition, 0)->text);
		condition.at += condition.end != line->words;
	}
	return true;
}
