/* Names of a rule file, and the types and members that a kernel has. */
#include "making.h"
#include <ctype.h>
#include <lib/nearest.h>
#include <stdlib.h>
#include <string.h>

bool making_wrong(struct making *making, const struct source_word *word, const char *format, ...)
{
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = arena_vformat(making->arena, format, arguments);
	va_end(arguments);
	complain(&making->complaints, word->place, "%s", text);
	return false;
}

/* ---- names ---- */

static struct making_name *names_in(struct making_name *list, const char *text)
{
	while (list != NULL && strcmp(list->text, text) != 0)
		list = list->next;
	return list;
}

struct making_name *making_find(const struct making *making, const char *text)
{
	struct making_name *found = names_in(making->names, text);

	return found != NULL ? found : names_in(making->variables, text);
}

static bool names_good(const char *text)
{
	const char *at = text;

	while (isalnum((unsigned char)*at) || *at == '_')
		at++;
	return at != text && *at == '\0' && !isdigit((unsigned char)*text);
}

/* Words that mean something else where a name may stand. */
static bool names_taken(const char *text)
{
	return strcmp(text, "text") == 0 || strcmp(text, "slot") == 0 ||
	       strcmp(text, "count") == 0 || strcmp(text, "or") == 0;
}

static void names_add(struct making *making, struct making_name **list, const char *text,
                      const struct making_name *name)
{
	struct making_name *made = arena_alloc(making->arena, sizeof(*made));

	*made = *name;
	made->text = text;
	made->next = *list;
	*list = made;
}

void making_break(struct making *making, struct making_name **list, const struct source_line *line,
                  uint32_t at)
{
	const char *text = at < line->words ? line->word[at].text : "";

	if (names_good(text) && !names_taken(text) && making_find(making, text) == NULL)
		names_add(making, list, text, &(struct making_name){.kind = MAKING_BROKEN});
}

bool making_name(struct making *making, struct making_name **list, const struct source_word *word,
                 const struct making_name *name)
{
	if (!names_good(word->text))
		return making_wrong(
		    making, word, "'%s' can't be a name; use letters, digits and '_'", word->text);
	if (names_taken(word->text) || making_find(making, word->text) != NULL)
		return making_wrong(making, word,
		                    "'%s' is something else already; "
		                    "use another name",
		                    word->text);
	names_add(making, list, word->text, name);
	return true;
}

/* ---- types ---- */

/* The N of "TYPE[N]"; 0: there is none. The name is copied without it. False: it is no number. */
static bool names_count(struct making *making, const struct source_word *word, const char **name,
                        uint32_t *count)
{
	const char *bracket = strchr(word->text, '[');
	unsigned long number;
	char *end;

	*name = word->text;
	*count = 0;
	if (bracket == NULL)
		return true;
	*name = arena_copy(making->arena, word->text, (size_t)(bracket - word->text));
	number = strtoul(bracket + 1, &end, 10);
	if (strcmp(end, "]") != 0 || number == 0 || number > RULE_OBJECTS)
		return making_wrong(making, word,
		                    "'%s' is no type; give a number from 1 to %u in the brackets",
		                    word->text, RULE_OBJECTS);
	*count = (uint32_t)number;
	return true;
}

/* The pointers to a structure, of "TYPE*". */
static bool names_pointer(struct making *making, const struct source_word *word, const char *name,
                          struct making_type *type)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	const uint32_t target =
	    btf_structure(btf, arena_copy(making->arena, name, strlen(name) - 1));

	type->function = false;
	type->number = target != 0 ? btf_pointer(btf, target) : 0;
	return type->number != 0 ||
	       making_wrong(making, word, "this kernel has no pointer '%s' to a structure", name);
}

static bool names_no_structure(struct making *making, const struct source_word *word,
                               const char *name)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	struct nearest nearest = {.word = name};

	for (uint32_t i = 1; i <= btf->count; i++)
		if (btf_shape(btf, i).kind == BTF_A_STRUCTURE)
			nearest_offer(&nearest, btf_name(btf, btf_shape(btf, i).number));
	if (nearest_answer(&nearest) != NULL)
		return making_wrong(making, word,
		                    "this kernel has no structure '%s'; did you mean '%s'?", name,
		                    nearest_answer(&nearest));
	return making_wrong(making, word,
	                    "this kernel has no structure '%s'; 'bpftool btf dump' on it "
	                    "lists them",
	                    name);
}

bool making_type(struct making *making, const struct source_word *word, struct making_type *type)
{
	const char *name;

	if (!names_count(making, word, &name, &type->count))
		return false;
	if (*name != '\0' && name[strlen(name) - 1] == '*')
		return names_pointer(making, word, name, type);
	type->function = strcmp(name, "function") == 0;
	type->number = type->function ? 0 : btf_structure(&making->kernel->kernel.btf, name);
	if (type->function || type->number != 0)
		return true;
	return names_no_structure(making, word, name);
}

uint32_t making_size(const struct making *making, const struct making_type *type)
{
	return type->function ? (uint32_t)sizeof(uint64_t)
	                      : btf_shape(&making->kernel->kernel.btf, type->number).size;
}

bool making_is_function(const struct btf *btf, uint32_t type)
{
	const struct btf_shape shape = btf_shape(btf, type);

	return shape.kind == BTF_A_POINTER && btf_shape(btf, shape.target).kind == BTF_A_FUNCTION;
}

/* ---- members ---- */

#define NAMES_DEPTH 8 /* structures without a name in each other */

/* Offers the members of a structure, and those of its structures and unions without a name. */
static void names_offer(const struct btf *btf, uint32_t structure, uint32_t depth,
                        struct nearest *nearest)
{
	struct btf_member member, whole;

	for (uint32_t i = 0; btf_member_at(btf, structure, i, &member); i++)
		if (*member.name == '\0' && depth < NAMES_DEPTH)
			names_offer(btf, member.type, depth + 1, nearest);
		else if (btf_find_member(btf, structure, member.name, &whole))
			nearest_offer(nearest, member.name);
}

static bool names_no_member(struct making *making, const struct source_word *word,
                            uint32_t structure, const char *name)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	struct nearest nearest = {.word = name};
	const char *best;

	if (btf_shape(btf, structure).kind != BTF_A_STRUCTURE)
		return making_wrong(making, word,
		                    "'%s' is a member of no structure; write [0], [1] … behind an "
		                    "array, and 'let TYPE NAME be at …' for another pointer",
		                    name);
	names_offer(btf, structure, 0, &nearest);
	best = nearest_answer(&nearest);
	if (best != NULL)
		return making_wrong(making, word, "'%s' has no member '%s'; did you mean '%s'?",
		                    btf_name(btf, structure), name, best);
	return making_wrong(making, word,
	                    "'%s' has no member '%s' that is whole bytes; name one of its own",
	                    btf_name(btf, structure), name);
}

static bool names_index(struct making *making, const struct source_word *word, const char *text,
                        uint32_t *index)
{
	char *end;
	const unsigned long number = strtoul(text, &end, 10);

	*index = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
	if (end != text && *end == '\0')
		return true;
	if (btf_any_constant(&making->kernel->kernel.btf, text, index) == 1)
		return true;
	return making_wrong(making, word,
	                    "'%s' is no index; give a number, or a constant of one enumeration",
	                    text);
}

static bool names_element(struct making *making, const struct source_word *word, const char *text,
                          uint32_t *offset, uint32_t *type)
{
	const struct btf_shape shape = btf_shape(&making->kernel->kernel.btf, *type);
	uint32_t index;

	if (shape.kind != BTF_AN_ARRAY)
		return making_wrong(making, word, "'[%s]' is behind what is no array; leave it out",
		                    text);
	if (!names_index(making, word, text, &index))
		return false;
	if (index >= shape.count)
		return making_wrong(making, word, "'[%s]' is behind the array's end; it has %u",
		                    text, shape.count);
	*offset += index * btf_shape(&making->kernel->kernel.btf, shape.target).size;
	*type = shape.target;
	return true;
}

/* A piece of a path, up to its end: a member, or an index in brackets. */
bool making_member(struct making *making, const struct source_word *word, uint32_t structure,
                   const char *path, uint32_t *offset, uint32_t *type)
{
	struct btf_member member;

	*offset = 0;
	*type = structure;
	while (*path != '\0') {
		const bool bracket = *path == '[';
		const size_t length = strcspn(path += bracket, bracket ? "]" : ".[");
		const char *piece = arena_copy(making->arena, path, length);

		path += length;
		if (bracket && *path++ != ']')
			return making_wrong(making, word, "'%s': ']' is missing", word->text);
		path += *path == '.';
		if (bracket && !names_element(making, word, piece, offset, type))
			return false;
		if (bracket)
			continue;
		if (!btf_find_member(&making->kernel->kernel.btf, *type, piece, &member))
			return names_no_member(making, word, *type, piece);
		*offset += member.offset;
		*type = member.type;
	}
	return true;
}
