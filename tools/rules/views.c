/* Views: "list modules by list", "tree mod_tree.root.tree[0] by node.node[0]", "table tcp_prot". */
#include "making.h"
#include <lib/nearest.h>
#include <string.h>

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

/* "by MEMBER": its offset in the object. `type` NULL: it is any pointer. */
static bool views_by(struct making *making, const struct views_line *line, const char *type)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	const uint32_t at = line->at + 3;
	const struct source_word *word = &line->line->word[at];
	struct btf_shape shape;
	uint32_t member;

	if (at >= line->line->words || strcmp(line->line->word[at - 1].text, "by") != 0)
		return making_wrong(making, &line->line->word[line->at],
		                    "'%s' needs the member that links the objects: 'by MEMBER'",
		                    line->line->word[line->at].text);
	if (!making_member(making, word, line->type->number, word->text,
	                   &views_view(making, line)->link, &member))
		return false;
	shape = btf_shape(btf, member);
	if (type == NULL ? shape.kind == BTF_A_POINTER
	                 : strcmp(btf_name(btf, shape.number), type) == 0)
		return true;
	return making_wrong(making, word, "'%s' is no %s; '%s' needs one", word->text,
	                    type != NULL ? type : "pointer", line->line->word[line->at].text);
}

/* ---- each kind ---- */

static bool views_list(struct making *making, const struct views_line *line,
                       struct making_value *value)
{
	return views_is(making, line, value, "list_head") && views_by(making, line, "list_head") &&
	       views_offset(making, line, "list_head", "next", &views_view(making, line)->a);
}

/* One head, an array of heads, or a structure of nothing else. */
static bool views_hash(struct making *making, const struct views_line *line,
                       struct making_value *value)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	const struct source_word *word = views_place(line);
	struct btf_shape shape, inner;
	struct btf_member member;

	if (!making_path(making, word, word->text, value))
		return false;
	shape = inner = btf_shape(btf, value->type.number);
	if (shape.kind == BTF_AN_ARRAY)
		inner = btf_shape(btf, shape.target);
	else if (btf_member_at(btf, shape.number, 0, &member) &&
	         strcmp(btf_name(btf, shape.number), "hlist_head") != 0)
		inner = btf_shape(btf, member.type);
	if (!value->is_address || strcmp(btf_name(btf, inner.number), "hlist_head") != 0)
		return making_wrong(making, word,
		                    "'%s' has no hlist_head at its beginning; 'hash' needs one or "
		                    "more",
		                    word->text);
	views_view(making, line)->count =
	    shape.size / inner.size * (value->type.count != 0 ? value->type.count : 1);
	return views_by(making, line, "hlist_node") &&
	       views_offset(making, line, "hlist_node", "next", &views_view(making, line)->a);
}

static bool views_chain(struct making *making, const struct views_line *line,
                        struct making_value *value)
{
	const struct source_word *word = views_place(line);
	const struct btf *btf = &making->kernel->kernel.btf;
	struct btf_shape shape;

	if (!making_number(making, word, word->text, value))
		return false;
	shape = btf_shape(btf, value->type.number);
	if (shape.kind != BTF_A_POINTER ||
	    btf_shape(btf, shape.target).number != line->type->number)
		return making_wrong(making, word, "'%s' is no pointer to a %s; 'chain' needs one",
		                    word->text, btf_name(btf, line->type->number));
	return views_by(making, line, NULL);
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

static bool views_array(struct making *making, const struct views_line *line,
                        struct making_value *value)
{
	const struct source_word *word = views_place(line);
	struct rule_view *view = views_view(making, line);
	struct btf_shape shape;
	uint32_t number;

	if (!making_path(making, word, word->text, value))
		return false;
	shape = btf_shape(&making->kernel->kernel.btf, value->type.number);
	view->count = value->type.count != 0 ? value->type.count : shape.count;
	number = value->type.count != 0 ? value->type.number : shape.target;
	view->b = (int32_t)making_size(making, line->type);
	if (value->is_address && view->count != 0 && view->count <= RULE_OBJECTS &&
	    views_same(making, line->type, number))
		return true;
	return making_wrong(making, word, "'%s' is no array of up to %u of that type", word->text,
	                    RULE_OBJECTS);
}

static bool views_one(struct making *making, const struct views_line *line,
                      struct making_value *value)
{
	const struct source_word *word = views_place(line);

	if (!making_path(making, word, word->text, value))
		return false;
	if (value->is_address && value->type.count == 0 &&
	    views_same(making, line->type, value->type.number))
		return true;
	return making_wrong(making, word, "'%s' isn't of the type that stands behind 'each'",
	                    word->text);
}

/* ---- tables of functions ---- */

static bool views_is_function(const struct btf *btf, uint32_t type)
{
	const struct btf_shape shape = btf_shape(btf, type);

	return shape.kind == BTF_A_POINTER && btf_shape(btf, shape.target).kind == BTF_A_FUNCTION;
}

/* All function pointers of a structure: first their offsets, then their names. */
static void views_members(struct making *making, struct rule_view *view, uint32_t type)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	struct btf_member member;

	view->kind = RULE_TABLE;
	view->a = making->words;
	for (uint32_t i = 0; btf_member_at(btf, type, i, &member); i++)
		if (views_is_function(btf, member.type)) {
			(void)making_words(making, member.offset);
			view->count++;
		}
	for (uint32_t i = 0; btf_member_at(btf, type, i, &member); i++)
		if (views_is_function(btf, member.type))
			(void)making_words(making,
			                   making_text(making, member.name, strlen(member.name)));
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
		views_members(making, view, value->type.number);
	}
	if (view->count != 0)
		return true;
	return making_wrong(making, word,
	                    "'%s' has no pointers to functions; 'table' needs a structure with "
	                    "some, or a variable of the type function[N]",
	                    word->text);
}

/* ---- all kinds ---- */

static const struct {
	const char *name;
	enum rule_view_kind kind;
	uint32_t words; /* with "by MEMBER" or without */
	bool (*make)(struct making *making, const struct views_line *line,
	             struct making_value *value);
} views_kinds[] = {{"list", RULE_LIST, 4, views_list},    {"hash", RULE_HASH, 4, views_hash},
                   {"chain", RULE_CHAIN, 4, views_chain}, {"tree", RULE_TREE, 4, views_tree},
                   {"radix", RULE_RADIX, 2, views_radix}, {"array", RULE_ARRAY, 2, views_array},
                   {"table", RULE_TABLE, 2, views_table}, {"one", RULE_ONE, 2, views_one}};
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
	                    "array, table, one",
	                    word->text);
}

static bool views_make(struct making *making, const struct views_line *line, size_t kind)
{
	struct making_value value;

	if (line->type->function != (views_kinds[kind].kind == RULE_TABLE))
		return making_wrong(making, &line->line->word[line->at],
		                    "functions are in a 'table', and nothing else is; write 'each "
		                    "function NAME in table …', or another type");
	*views_view(making, line) = (struct rule_view){.kind = (uint16_t)views_kinds[kind].kind};
	if (!views_kinds[kind].make(making, line, &value))
		return false;
	for (uint32_t i = 0; i < value.steps.count; i++)
		if (value.steps.step[i].operation >= RULE_OBJECT)
			return making_wrong(
			    making, views_place(line),
			    "'%s' depends on an object; a view begins at a variable",
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
