/* Views: "list modules by list", "tree mod_tree.root.tree[0] by node.node[0]", "table tcp_prot". */
#include "making.h"
#include <lib/nearest.h>
#include <string.h>

#define VIEWS_DEPTH 8u /* of structures inside of each other */

struct views_line {
	const struct source_line *line;
	uint32_t at; /* the view's kind; behind that its place */
	const struct making_type *type;
	uint32_t view;
};

static struct rule_view *views_view(struct making *making, const struct views_line *line)
{
	return &making->view[line->view];
}

static const struct source_word *views_place(const struct views_line *line)
{
	return &line->line->word[line->at + 1];
}

/* Where a member of a structure without a path before it lies. False: there is no such member. */
static bool views_offset(struct making *making, const struct views_line *line,
                         const char *structure, const char *member, uint32_t *offset)
{
	if (btf_member(&making->kernel->kernel.btf, structure, member, offset))
		return true;
	return making_wrong(making, &line->line->word[line->at],
	                    "this kernel's '%s' has no '%s'; this view can't be had of it",
	                    structure, member);
}

/* The place is a thing of this type. */
static bool views_is(struct making *making, const struct views_line *line,
                     struct making_value *value, const char *type)
{
	const struct source_word *word = views_place(line);

	if (!making_path(making, word, word->text, value))
		return false;
	if (value->is_address && !value->type.function && value->type.count == 0 &&
	    strcmp(btf_name(&making->kernel->kernel.btf,
	                    btf_shape(&making->kernel->kernel.btf, value->type.number).number),
	           type) == 0)
		return true;
	return making_wrong(making, word, "'%s' is no %s; '%s' needs one", word->text, type,
	                    line->line->word[line->at].text);
}

/* The member has that type; NULL: it is a pointer to another such object. */
static bool views_links(const struct btf *btf, const struct views_line *line,
                        struct btf_shape shape, const char *type)
{
	if (type != NULL)
		return strcmp(btf_name(btf, shape.number), type) == 0;
	return shape.kind == BTF_A_POINTER &&
	       btf_shape(btf, shape.target).number == line->type->number;
}

/* Of the word behind "by", which stands behind the view's places. */
static uint32_t views_by_at(const struct views_line *line)
{
	uint32_t at = line->at + 2;

	while (at < line->line->words && strcmp(line->line->word[at].text, "by") != 0)
		at++;
	return at + 1;
}

/* "by MEMBER": its offset in the object. */
static bool views_by(struct making *making, const struct views_line *line, const char *type)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	const uint32_t at = views_by_at(line);
	const struct source_word *word = &line->line->word[at];
	uint32_t member;

	if (at >= line->line->words)
		return making_wrong(making, &line->line->word[line->at],
		                    "'%s' needs the member that links the objects: 'by MEMBER'",
		                    line->line->word[line->at].text);
	if (!making_member(making, word, line->type->number, word->text,
	                   &views_view(making, line)->link, &member))
		return false;
	if (views_links(btf, line, btf_shape(btf, member), type))
		return true;
	return making_wrong(making, word, "'%s' is no %s; '%s' needs one", word->text,
	                    type != NULL ? type : "pointer to another such object",
	                    line->line->word[line->at].text);
}

/* ---- each kind ---- */

static bool views_list(struct making *making, const struct views_line *line,
                       struct making_value *value)
{
	return views_is(making, line, value, "list_head") && views_by(making, line, "list_head") &&
	       views_offset(making, line, "list_head", "next", &views_view(making, line)->a);
}

/* How many heads a type has: one head, an array of heads, or a structure of nothing else. 0: it has
 * something else. */
static uint32_t views_heads(const struct btf *btf, uint32_t type, uint32_t depth)
{
	const struct btf_shape shape = btf_shape(btf, type);
	struct btf_member member;
	uint32_t heads = 0;

	if (strcmp(btf_name(btf, shape.number), "hlist_head") == 0)
		return 1;
	if (shape.kind == BTF_AN_ARRAY && depth != 0)
		return shape.count * views_heads(btf, shape.target, depth - 1);
	for (uint32_t i = 0; depth != 0 && btf_member_at(btf, shape.number, i, &member); i++) {
		const uint32_t more = views_heads(btf, member.type, depth - 1);

		if (more == 0 || member.offset != heads * sizeof(uint64_t))
			return 0;
		heads += more;
	}
	return heads;
}

static bool views_hash(struct making *making, const struct views_line *line,
                       struct making_value *value)
{
	const struct source_word *word = views_place(line);
	uint32_t heads;

	if (!making_path(making, word, word->text, value))
		return false;
	heads = value->is_address && !value->type.function
	            ? views_heads(&making->kernel->kernel.btf, value->type.number, VIEWS_DEPTH)
	            : 0;
	if (heads == 0)
		return making_wrong(making, word,
		                    "'%s' isn't one or more hlist_head and nothing else; 'hash' "
		                    "needs that",
		                    word->text);
	heads *= value->type.count != 0 ? value->type.count : 1;
	if (heads > RULE_OBJECTS)
		return making_wrong(making, word, "'%s' has %u heads; a view has up to %u",
		                    word->text, heads, RULE_OBJECTS);
	views_view(making, line)->count = heads;
	return views_by(making, line, "hlist_node") &&
	       views_offset(making, line, "hlist_node", "next", &views_view(making, line)->a);
}

/* A pointer to the first object. */
static bool views_first(struct making *making, const struct views_line *line,
                        const struct source_word *word, struct making_value *value)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	struct btf_shape shape;

	if (!making_number(making, word, word->text, value))
		return false;
	shape = btf_shape(btf, value->type.number);
	if (shape.kind == BTF_A_POINTER &&
	    btf_shape(btf, shape.target).number == line->type->number)
		return true;
	return making_wrong(making, word, "'%s' is no pointer to a %s; '%s' needs one", word->text,
	                    btf_name(btf, line->type->number), line->line->word[line->at].text);
}

/* The first pointers of several chains are variables, or in such. */
static bool views_chains(struct making *making, const struct views_line *line, uint32_t end,
                         struct making_value *value)
{
	struct rule_view *view = views_view(making, line);
	const struct rule_step *step = value->steps.step;

	view->a = making->words;
	for (uint32_t at = line->at + 1; at < end; at++) {
		const struct source_word *word = &line->line->word[at];

		if (!views_first(making, line, word, value))
			return false;
		if (value->steps.count != 2 || step[0].operation != RULE_PLACE)
			return making_wrong(making, word,
			                    "'%s' isn't in a variable; of several chains each "
			                    "first pointer is",
			                    word->text);
		(void)making_words(making, step[0].value);
		view->count++;
	}
	value->steps.count = 0;
	return true;
}

static bool views_chain(struct making *making, const struct views_line *line,
                        struct making_value *value)
{
	const struct source_line *words = line->line;
	const uint32_t by = views_by_at(line);

	if (by + 1 < words->words)
		return making_wrong(making, &words->word[by + 1],
		                    "'%s' isn't expected here; leave it out",
		                    words->word[by + 1].text);
	if (!views_by(making, line, NULL))
		return false;
	return by == line->at + 3 ? views_first(making, line, views_place(line), value)
	                          : views_chains(making, line, by - 1, value);
}

static bool views_row(struct making *making, const struct views_line *line,
                      struct making_value *value)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	const uint32_t at = views_by_at(line);
	const struct source_word *word = views_place(line);
	uint32_t member;

	if (!views_first(making, line, word, value))
		return false;
	if (at >= line->line->words)
		return making_wrong(making, word,
		                    "'row' needs the member that is null at its end: 'by MEMBER'");
	word = &line->line->word[at];
	if (!making_member(making, word, line->type->number, word->text,
	                   &views_view(making, line)->link, &member))
		return false;
	views_view(making, line)->b = (int32_t)making_size(making, line->type);
	return btf_shape(btf, member).kind == BTF_A_POINTER ||
	       making_wrong(making, word, "'%s' is no pointer; 'row' needs one", word->text);
}

static bool views_tree(struct making *making, const struct views_line *line,
                       struct making_value *value)
{
	struct rule_view *view = views_view(making, line);
	uint32_t right, root;

	if (!views_is(making, line, value, "rb_root") || !views_by(making, line, "rb_node") ||
	    !views_offset(making, line, "rb_node", "rb_left", &view->a) ||
	    !views_offset(making, line, "rb_node", "rb_right", &right) ||
	    !views_offset(making, line, "rb_root", "rb_node", &root))
		return false;
	view->b = (int32_t)right - (int32_t)view->a;
	view->count = 2;
	making_step(&value->steps, (struct rule_step){.operation = RULE_ADD, .value = root});
	return true;
}

static bool views_radix(struct making *making, const struct views_line *line,
                        struct making_value *value)
{
	struct rule_view *view = views_view(making, line);
	const struct btf *btf = &making->kernel->kernel.btf;
	struct btf_member slots;
	uint32_t root;

	if (!views_is(making, line, value, "xarray") ||
	    !views_offset(making, line, "xa_node", "slots", &view->a) ||
	    !views_offset(making, line, "xarray", "xa_head", &root) ||
	    !btf_find_member(btf, btf_structure(btf, "xa_node"), "slots", &slots))
		return false;
	view->b = sizeof(uint64_t);
	view->count = btf_shape(btf, slots.type).count;
	making_step(&value->steps, (struct rule_step){.operation = RULE_ADD, .value = root});
	return true;
}

static bool views_same(const struct making *making, const struct making_type *type, uint32_t number)
{
	return !type->function &&
	       btf_shape(&making->kernel->kernel.btf, number).number == type->number;
}

/* The steps but for the last one's number, if that is added: *offset. */
static uint32_t views_head(const struct making_value *value, uint32_t *offset)
{
	const uint32_t count = value->steps.count;
	const struct rule_step *last = count != 0 ? &value->steps.step[count - 1] : NULL;

	*offset = 0;
	if (!last || last->operation != RULE_ADD)
		return count;
	*offset = last->value;
	return count - 1;
}

/* "for PLACE": the number of elements, in the structure that has the array. */
static bool views_counted(struct making *making, const struct views_line *line,
                          const struct making_value *array)
{
	const struct source_word *word = &line->line->word[line->at + 3];
	struct rule_view *view = views_view(making, line);
	const uint32_t begun = making->begun;
	struct making_value count;
	struct btf_shape shape;
	uint32_t head, at, start;

	making->begun = 0;
	if (!making_path(making, word, word->text, &count))
		return false;
	shape = btf_shape(&making->kernel->kernel.btf, count.type.number);
	head = views_head(&count, &at);
	if (making->begun != begun || head != views_head(array, &start) ||
	    memcmp(count.steps.step, array->steps.step, head * sizeof(struct rule_step)) != 0 ||
	    shape.kind != BTF_A_NUMBER || !making_readable(shape.size))
		return making_wrong(making, word,
		                    "'%s' is no number in the structure that has the array",
		                    word->text);
	view->link = shape.size;
	view->a = at - start;
	view->count =
	    btf_shape(&making->kernel->kernel.btf, array->type.number).kind == BTF_A_POINTER;
	return true;
}

static bool views_array(struct making *making, const struct views_line *line,
                        struct making_value *value)
{
	const struct source_word *word = views_place(line);
	struct rule_view *view = views_view(making, line);
	const bool counted = line->at + 4 == line->line->words && strcmp(word[1].text, "for") == 0;
	struct btf_shape shape;
	uint32_t number;

	if (!making_path(making, word, word->text, value))
		return false;
	shape = btf_shape(&making->kernel->kernel.btf, value->type.number);
	view->count = value->type.count != 0 ? value->type.count : shape.count;
	number = value->type.count != 0 ? value->type.number : shape.target;
	view->b = (int32_t)making_size(making, line->type);
	if (value->is_address && (view->count != 0 || counted) && view->count <= RULE_OBJECTS &&
	    views_same(making, line->type, number))
		return !counted || views_counted(making, line, value);
	return making_wrong(making, word, "'%s' is no array of up to %u of that type", word->text,
	                    RULE_OBJECTS);
}

/* A single object, or an array of such. */
static bool views_thing(struct making *making, const struct views_line *line,
                        struct making_value *value, bool arrays)
{
	const struct source_word *word = views_place(line);

	if (!making_path(making, word, word->text, value))
		return false;
	if (value->is_address && (arrays || value->type.count == 0) &&
	    views_same(making, line->type, value->type.number))
		return true;
	return making_wrong(making, word, "'%s' isn't of the type that stands behind 'each'",
	                    word->text);
}

static bool views_one(struct making *making, const struct views_line *line,
                      struct making_value *value)
{
	return views_thing(making, line, value, false);
}

/* ---- pointers of a structure ---- */

/* The pointers of a structure or array to functions, or to one type, and those inside of it. */
struct views_slots {
	uint32_t offset[MAKING_WORDS / 2];
	const char *name[MAKING_WORDS / 2];
	uint32_t count;
	uint32_t target; /* 0: functions */
};

static bool views_is_slot(const struct btf *btf, const struct views_slots *slots, uint32_t type)
{
	const struct btf_shape shape = btf_shape(btf, type);

	if (slots->target == 0)
		return making_is_function(btf, type);
	return shape.kind == BTF_A_POINTER && btf_shape(btf, shape.target).number == slots->target;
}

static bool views_slot(struct views_slots *slots, uint32_t offset, const char *name)
{
	for (uint32_t i = 0; i < slots->count; i++)
		if (slots->offset[i] == offset)
			return true; /* a union */
	if (slots->count == MAKING_WORDS / 2)
		return false;
	slots->offset[slots->count] = offset;
	slots->name[slots->count++] = name;
	return true;
}

/* What of the thing at `offset` is such a pointer. False: there are too many. */
static bool views_inside(const struct btf *btf, struct views_slots *slots,
                         const struct btf_member *thing, uint32_t depth)
{
	const struct btf_shape shape = btf_shape(btf, thing->type);
	struct btf_member member = {thing->name, thing->offset, shape.target};
	bool fits = true;

	if (views_is_slot(btf, slots, thing->type))
		return views_slot(slots, thing->offset, thing->name);
	for (uint32_t i = 0; depth != 0 && fits && shape.kind == BTF_AN_ARRAY && i < shape.count;
	     i++) {
		fits = views_inside(btf, slots, &member, depth - 1);
		member.offset += btf_shape(btf, shape.target).size;
	}
	for (uint32_t i = 0; depth != 0 && fits && btf_member_at(btf, thing->type, i, &member);
	     i++) {
		member.offset += thing->offset;
		fits = views_inside(btf, slots, &member, depth - 1);
	}
	return fits;
}

static struct views_slots *views_find(struct making *making, const struct making_type *type,
                                      uint32_t target)
{
	struct views_slots *slots = arena_alloc(making->arena, sizeof(*slots));
	const uint32_t size = making_size(making, type), count = type->count != 0 ? type->count : 1;

	slots->count = 0;
	slots->target = target;
	for (uint32_t i = 0; i < count; i++)
		if (!views_inside(&making->kernel->kernel.btf, slots,
		                  &(struct btf_member){"", i * size, type->number}, VIEWS_DEPTH))
			making->too_large = true;
	return slots;
}

static void views_offsets(struct making *making, struct rule_view *view,
                          const struct views_slots *slots)
{
	view->a = making->words;
	view->count = slots->count;
	for (uint32_t i = 0; i < slots->count; i++)
		(void)making_words(making, slots->offset[i]);
}

static bool views_pointers(struct making *making, const struct views_line *line,
                           struct making_value *value)
{
	const struct source_word *word = views_place(line);
	struct rule_view *view = views_view(making, line);

	if (!making_path(making, word, word->text, value))
		return false;
	if (value->is_address && !value->type.function)
		views_offsets(making, view, views_find(making, &value->type, line->type->number));
	if (view->count != 0)
		return true;
	return making_wrong(
	    making, word, "'%s' has no pointers to the type that stands behind 'each'", word->text);
}

/* First their offsets, then their names. */
static void views_words(struct making *making, struct rule_view *view,
                        const struct making_type *type)
{
	const struct views_slots *slots = views_find(making, type, 0);

	view->kind = RULE_TABLE;
	views_offsets(making, view, slots);
	for (uint32_t i = 0; i < slots->count; i++)
		(void)making_words(making,
		                   making_text(making, slots->name[i], strlen(slots->name[i])));
}

static bool views_table(struct making *making, const struct views_line *line,
                        struct making_value *value)
{
	const struct source_word *word = views_place(line);
	struct rule_view *view = views_view(making, line);

	if (!line->type->function)
		return making_wrong(making, &line->line->word[line->at],
		                    "'table' has functions; write 'each function NAME in table …'");
	if (!making_path(making, word, word->text, value))
		return false;
	if (value->type.function && value->type.count != 0) {
		view->kind = RULE_ARRAY;
		view->b = sizeof(uint64_t);
		view->count = value->type.count;
	} else if (value->is_address && !value->type.function && value->type.count == 0) {
		views_words(making, view, &value->type);
	}
	if (view->count != 0)
		return true;
	return making_wrong(making, word,
	                    "'%s' has no pointers to functions; 'table' needs a structure with "
	                    "some, or a variable of the type function[N]",
	                    word->text);
}

/* ---- what each CPU has ---- */

static bool views_cpus(struct making *making, const struct views_line *line,
                       struct making_value *value)
{
	const struct kernel *kernel = &making->kernel->kernel;
	struct rule_view *view = views_view(making, line);

	if (!views_thing(making, line, value, true))
		return false;
	view->count = value->type.count != 0 ? value->type.count : 1;
	view->b = (int32_t)making_size(making, line->type);
	if (kernel_variables(kernel, "__per_cpu_offset", &view->a) != 0 &&
	    kernel_variables(kernel, "nr_cpu_ids", &view->link) != 0)
		return true;
	return making_wrong(making, &line->line->word[line->at],
	                    "this kernel doesn't say where each CPU has its own; this view can't "
	                    "be had of it");
}

/* ---- all kinds ---- */

static const struct {
	const char *name;
	enum rule_view_kind kind;
	uint32_t words; /* with "by MEMBER" or "for PLACE", or without */
	bool (*make)(struct making *making, const struct views_line *line,
	             struct making_value *value);
} views_kinds[] = {{"list", RULE_LIST, 4, views_list},
                   {"hash", RULE_HASH, 4, views_hash},
                   {"chain", RULE_CHAIN, SOURCE_WORDS, views_chain},
                   {"tree", RULE_TREE, 4, views_tree},
                   {"radix", RULE_RADIX, 2, views_radix},
                   {"array", RULE_ARRAY, 4, views_array},
                   {"table", RULE_TABLE, 2, views_table},
                   {"pointers", RULE_POINTERS, 2, views_pointers},
                   {"one", RULE_ONE, 2, views_one},
                   {"cpus", RULE_CPUS, 2, views_cpus},
                   {"row", RULE_ROW, 4, views_row}};
#define VIEWS_KINDS (sizeof(views_kinds) / sizeof(views_kinds[0]))

static bool views_unknown(struct making *making, const struct source_word *word)
{
	struct nearest nearest = {.word = word->text};
	const char *best;

	for (size_t i = 0; i < VIEWS_KINDS; i++)
		nearest_offer(&nearest, views_kinds[i].name);
	best = nearest_answer(&nearest);
	if (best != NULL)
		return making_wrong(making, word, "there is no view '%s'; did you mean '%s'?",
		                    word->text, best);
	return making_wrong(making, word,
	                    "there is no view '%s'; the views are list, hash, chain, tree, radix, "
	                    "array, table, pointers, one, cpus, row",
	                    word->text);
}

static bool views_make(struct making *making, const struct views_line *line, size_t kind)
{
	struct making_value value;
	bool made;

	if (line->type->function != (views_kinds[kind].kind == RULE_TABLE))
		return making_wrong(making, &line->line->word[line->at],
		                    "functions are in a 'table', and nothing else is; write 'each "
		                    "function NAME in table …', or another type");
	*views_view(making, line) = (struct rule_view){.kind = (uint16_t)views_kinds[kind].kind};
	making->in_view = true;
	making->begun = 0;
	made = views_kinds[kind].make(making, line, &value);
	making->in_view = false;
	if (!made)
		return false;
	views_view(making, line)->of = (uint16_t)making->begun;
	for (uint32_t i = 0; making->begun == 0 && i < value.steps.count; i++)
		if (value.steps.step[i].operation >= RULE_OBJECT)
			return making_wrong(
			    making, views_place(line),
			    "'%s' depends on an object; a view begins at a variable, or at a set",
			    views_place(line)->text);
	making->start[line->view] = value.steps;
	return true;
}

bool making_view(struct making *making, const struct source_line *line, uint32_t from,
                 const struct making_type *type, uint32_t view)
{
	const struct views_line its = {line, from, type, view};
	size_t kind = 0;

	while (kind < VIEWS_KINDS && strcmp(views_kinds[kind].name, line->word[from].text) != 0)
		kind++;
	if (kind == VIEWS_KINDS)
		return views_unknown(making, &line->word[from]);
	if (from + 1 == line->words)
		return making_wrong(
		    making, &line->word[from],
		    "behind '%s' the place is missing: a variable, or a path from one",
		    line->word[from].text);
	if (line->words > from + views_kinds[kind].words)
		return making_wrong(making, &line->word[from + views_kinds[kind].words],
		                    "'%s' isn't expected here; leave it out",
		                    line->word[from + views_kinds[kind].words].text);
	return views_make(making, &its, kind);
}
