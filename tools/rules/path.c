/*
 * Expressions: "n.mod.name", "tree[0]", "&m.list", "12", "PIDTYPE_TGID". A path that goes on behind
 * a pointer goes on where that leads to.
 */
#include "making.h"
#include <ctype.h>
#include <lib/nearest.h>
#include <stdlib.h>
#include <string.h>

/* ---- steps ---- */

void making_step(struct making_steps *steps, struct rule_step step)
{
	struct rule_step *last = steps->count != 0 ? &steps->step[steps->count - 1] : NULL;

	if (step.operation == RULE_ADD && step.value == 0)
		return;
	if (step.operation == RULE_ADD && last != NULL &&
	    (last->operation == RULE_ADD || last->operation == RULE_PLACE))
		last->value += step.value;
	else if (steps->count < MAKING_STEPS)
		steps->step[steps->count++] = step;
}

void making_append(struct making_steps *steps, const struct making_steps *more)
{
	for (uint32_t i = 0; i < more->count; i++)
		making_step(steps, more->step[i]);
}

static struct making_type path_type(uint32_t number)
{
	return (struct making_type){.number = number};
}

/* ---- what a path begins with ---- */

static bool path_unknown(struct making *making, const struct source_word *word, const char *name)
{
	struct nearest nearest = {.word = name};
	const char *best;

	for (const struct making_name *each = making->names; each != NULL; each = each->next)
		nearest_offer(&nearest, each->text);
	for (const struct making_name *each = making->variables; each != NULL; each = each->next)
		nearest_offer(&nearest, each->text);
	best = nearest_answer(&nearest);
	if (best != NULL)
		return making_wrong(making, word, "there is no '%s'; did you mean '%s'?", name,
		                    best);
	return making_wrong(making, word,
	                    "there is no '%s'; a variable of the kernel needs 'variable %s is a "
	                    "TYPE'",
	                    name, name);
}

/* A constant of an enumeration. A member of such a type is read without a sign. */
static bool path_constant(struct making *making, const struct source_word *word, const char *name,
                          uint32_t *number)
{
	const uint32_t values = btf_any_constant(&making->kernel->kernel.btf, name, number);

	if (values == 0)
		return path_unknown(making, word, name);
	if (values > 1)
		return making_wrong(making, word,
		                    "'%s' has another value in another enumeration; write the "
		                    "number",
		                    name);
	if (*number > INT32_MAX)
		return making_wrong(making, word,
		                    "'%s' is negative or above 2147483647; nothing can be "
		                    "compared with it",
		                    name);
	return true;
}

static bool path_number(struct making *making, const struct source_word *word, const char *name,
                        struct making_value *value)
{
	char *end;
	const unsigned long number = strtoul(name, &end, 0);
	uint32_t constant = (uint32_t)number;

	if (!isdigit((unsigned char)*name)) {
		if (!path_constant(making, word, name, &constant))
			return false;
	} else if (*end != '\0' || number > INT32_MAX) {
		return making_wrong(making, word,
		                    "'%s' is no number up to 2147483647; write it like 12 or 0xc",
		                    name);
	}
	making_step(&value->steps, (struct rule_step){.operation = RULE_NUMBER, .value = constant});
	return true;
}

/* An object that is a pointer: its name means where that leads. */
static bool path_is_slot(const struct making *making, const struct making_type *type)
{
	return type->function ||
	       btf_shape(&making->kernel->kernel.btf, type->number).kind == BTF_A_POINTER;
}

static bool path_begin(struct making *making, const struct source_word *word, const char *name,
                       struct making_value *value)
{
	const struct making_name *found = making_find(making, name);

	if (found == NULL)
		return path_number(making, word, name, value);
	if (found->kind == MAKING_BROKEN)
		return false;
	if (found->kind == MAKING_SET && !making->in_view)
		return making_wrong(making, word,
		                    "'%s' is a set and no object; write 'in %s' or 'count %s'",
		                    name, name, name);
	if (found->kind == MAKING_SET)
		making->begun = found->view;
	value->is_address = true;
	value->type = found->type;
	value->is_object = found->kind != MAKING_VARIABLE && !path_is_slot(making, &found->type);
	if (found->kind == MAKING_VARIABLE)
		making_step(&value->steps,
		            (struct rule_step){.operation = RULE_PLACE, .value = found->place});
	else if (found->kind == MAKING_OBJECT || found->kind == MAKING_SET)
		making_step(&value->steps, (struct rule_step){.operation = RULE_OBJECT});
	else
		making_append(&value->steps, found->steps);
	return true;
}

/* ---- what follows ---- */

static struct btf_shape path_shape(const struct making *making, const struct making_value *value)
{
	if (value->type.function)
		return (struct btf_shape){.kind = BTF_A_POINTER, .size = sizeof(uint64_t)};
	return btf_shape(&making->kernel->kernel.btf, value->type.number);
}

bool making_readable(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static bool path_read(struct making *making, const struct source_word *word,
                      struct making_value *value, struct btf_shape shape)
{
	if (!making_readable(shape.size) || value->offset % shape.size != 0)
		return making_wrong(making, word,
		                    "'%s' is %u bytes at offset %u; a watcher reads 1, 2, 4 or 8 "
		                    "at a multiple of that",
		                    word->text, shape.size, value->offset);
	making_step(&value->steps, (struct rule_step){.operation = RULE_LOAD,
	                                              .size = (uint8_t)shape.size,
	                                              .index = shape.is_signed});
	value->is_address = false;
	return true;
}

/* Behind a pointer the path goes on where that leads to. */
static bool path_follow(struct making *making, const struct source_word *word,
                        struct making_value *value)
{
	const struct btf_shape shape = path_shape(making, value);

	if (shape.kind != BTF_A_POINTER)
		return true;
	if (value->type.function || shape.target == 0)
		return making_wrong(making, word,
		                    "'%s' goes on behind a pointer to no structure; name what it "
		                    "leads to by 'let TYPE NAME be at …'",
		                    word->text);
	if (!path_read(making, word, value, shape))
		return false;
	value->is_address = true;
	value->offset = 0;
	value->type = path_type(shape.target);
	return true;
}

static bool path_array(struct making *making, const struct source_word *word, const char *piece,
                       struct making_value *value)
{
	char *end;
	const unsigned long index = strtoul(piece + 1, &end, 10);

	if (end == piece + 1 || strcmp(end, "]") != 0 || index >= value->type.count)
		return making_wrong(making, word, "'%s' is no element; there are %u", piece,
		                    value->type.count);
	making_step(&value->steps, (struct rule_step){.operation = RULE_ADD,
	                                              .value = (uint32_t)index *
	                                                       making_size(making, &value->type)});
	value->type.count = 0;
	return true;
}

/* One member or index: ".mod", "[0]". */
static bool path_piece(struct making *making, const struct source_word *word, const char *piece,
                       struct making_value *value)
{
	uint32_t offset;

	if (!value->is_address)
		return making_wrong(making, word, "'%s' is behind a number; leave it out", piece);
	if (value->type.count != 0 && *piece == '[')
		return path_array(making, word, piece, value);
	if (value->type.count != 0)
		return making_wrong(making, word, "'%s' is behind an array; write [0], [1] … first",
		                    piece);
	if ((*piece == '.' && !path_follow(making, word, value)) ||
	    !making_member(making, word, value->type.number, piece + (*piece == '.'), &offset,
	                   &value->type.number))
		return false;
	making_step(&value->steps, (struct rule_step){.operation = RULE_ADD, .value = offset});
	value->offset += offset;
	value->is_object = false;
	return true;
}

bool making_path(struct making *making, const struct source_word *word, const char *path,
                 struct making_value *value)
{
	size_t length = strcspn(path, ".[");

	*value = (struct making_value){.is_address = false};
	if (!path_begin(making, word, arena_copy(making->arena, path, length), value))
		return false;
	for (path += length; *path != '\0'; path += length) {
		length = 1 + strcspn(path + 1, ".[");
		if (!path_piece(making, word, arena_copy(making->arena, path, length), value))
			return false;
	}
	return true;
}

/* ---- numbers ---- */

static bool path_is_character(const struct btf *btf, uint32_t type)
{
	const struct btf_shape shape = btf_shape(btf, type);

	return shape.kind == BTF_A_NUMBER && shape.size == 1;
}

bool making_load(struct making *making, const struct source_word *word, struct making_value *value)
{
	const struct btf_shape shape = path_shape(making, value);

	if (!value->is_address || value->is_object) {
		value->is_address = false;
		return true;
	}
	if (value->type.count == 0 &&
	    (shape.kind == BTF_A_NUMBER || shape.kind == BTF_A_POINTER ||
	     (shape.kind == BTF_A_STRUCTURE && shape.size == sizeof(uint64_t))))
		return path_read(making, word, value, shape);
	if (shape.kind == BTF_AN_ARRAY &&
	    path_is_character(&making->kernel->kernel.btf, shape.target))
		return making_wrong(making, word,
		                    "'%s' is a text and no number; compare it with a text: %s == "
		                    "'name'",
		                    word->text, word->text);
	return making_wrong(making, word,
	                    "'%s' is no number but a structure or an array; name a member of it, "
	                    "or write '&' before it for its address",
	                    word->text);
}

bool making_chars(struct making *making, const struct source_word *word, struct making_value *value,
                  uint32_t *size)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	const struct btf_shape shape = btf_shape(btf, value->type.number);

	*size = RULE_CHARS_MAX;
	if (!value->is_address || value->type.function ||
	    (shape.kind != BTF_AN_ARRAY && shape.kind != BTF_A_POINTER) ||
	    !path_is_character(btf, shape.target))
		return false;
	if (shape.kind == BTF_A_POINTER)
		(void)making_load(making, word, value);
	else if (shape.count != 0 && shape.count < *size) /* 0: its end isn't known */
		*size = shape.count;
	return true;
}

bool making_number(struct making *making, const struct source_word *word, const char *path,
                   struct making_value *value)
{
	if (*path != '&')
		return making_path(making, word, path, value) && making_load(making, word, value);
	if (!making_path(making, word, path + 1, value))
		return false;
	if (!value->is_address)
		return making_wrong(making, word, "'%s': a number has no address; leave '&' out",
		                    word->text);
	value->is_address = false;
	return true;
}
