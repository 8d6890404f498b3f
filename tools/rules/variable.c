/*
 * Variables: where in the image they are. Most of the kernel's aren't exported, and nothing says
 * their names. They are found by the functions that use them, or by the functions that they hold.
 */
#include "making.h"
#include <facts/program.h>
#include <stdlib.h>
#include <string.h>

#define VARIABLE_PLACES 256u

struct variable {
	const char *name;
	struct making_type type;
	uint32_t place[VARIABLE_PLACES]; /* where it may be */
	uint32_t places;
	bool narrowed; /* some word said where */
	bool far;      /* code goes there from a neighbour's address */
	bool between;  /* "TYPE[]": as many as fit between two of the places */
};

bool making_function(struct making *making, const struct source_word *word, uint32_t *place)
{
	const struct kernel *kernel = &making->kernel->kernel;
	const uint32_t count = kernel_functions(kernel, word->text, place);
	const char *meant =
	    count == 0 ? kernel_function_meant(kernel, word->text, making->arena) : NULL;

	if (count == 1)
		return true;
	if (meant != NULL)
		return making_wrong(making, word,
		                    "this kernel has no function '%s'; did you mean '%s'?",
		                    word->text, meant);
	if (count == 0)
		return making_wrong(making, word,
		                    "this kernel has no function '%s'; /proc/kallsyms of a Linux "
		                    "that runs it, or 'nm' on a program, lists them",
		                    word->text);
	return making_wrong(making, word,
	                    "this kernel has %u functions '%s'; name one that there is once", count,
	                    word->text);
}

/* So many places that some of them may be missing are none to go by. */
static bool variable_crowded(struct making *making, const struct source_word *word, uint32_t count)
{
	return count == VARIABLE_PLACES &&
	       !making_wrong(making, word, "'%s' leads to %u places or more; name another function",
	                     word->text, VARIABLE_PLACES);
}

/* Leaves those places that are among `place`, too. */
static void variable_narrow(struct variable *variable, const uint32_t *place, uint32_t places)
{
	uint32_t left = 0;

	if (!variable->narrowed) {
		memcpy(variable->place, place, places * sizeof(*place));
		variable->places = places;
		variable->narrowed = true;
		return;
	}
	for (uint32_t i = 0; i < variable->places; i++)
		for (uint32_t j = 0; j < places; j++)
			if (place[j] == variable->place[i]) {
				variable->place[left++] = place[j];
				break;
			}
	variable->places = left;
}

static bool variable_is_list(const struct making *making, const struct variable *variable)
{
	const struct btf *btf = &making->kernel->kernel.btf;

	return !variable->type.function && variable->type.count == 0 &&
	       strcmp(btf_name(btf, variable->type.number), "list_head") == 0;
}

/* A head of a list is one from the beginning: it leads to itself. */
static bool variable_may_be(const struct making *making, const struct variable *variable,
                            uint32_t place)
{
	const struct kernel *kernel = &making->kernel->kernel;
	uint32_t to;

	return !variable_is_list(making, variable) ||
	       (kernel_leads(kernel, place, &to) && to == place);
}

/* Whether a function must make the variable's own address: code that only reads or writes a member
 * has that member's. A pointer has no members. A list's head leads to itself, which tells it from
 * its members. */
static bool variable_made(const struct making *making, const struct variable *variable, bool whose)
{
	const struct btf *btf = &making->kernel->kernel.btf;
	const struct btf_shape shape = btf_shape(btf, variable->type.number);
	const bool one = !variable->type.function && variable->type.count == 0;

	return !whose && !(one && shape.kind == BTF_A_POINTER) &&
	       !variable_is_list(making, variable);
}

/* F uses none that can be the variable: why. `count`: places that it uses in the way that the
 * variable needs; `made`: that it has to make their addresses. */
static bool variable_why(struct making *making, const struct variable *variable,
                         const struct source_word *word, uint32_t count, bool made)
{
	if (count != 0)
		return making_wrong(making, word,
		                    "'%s' uses %u places of the image, and none can be '%s'; name "
		                    "another function, or a member: 'whose MEMBER is used by %s'",
		                    word->text, count, variable->name, word->text);
	return making_wrong(making, word,
	                    made ? "'%s' makes no variable's own address, but may read or write "
	                           "members; name one: 'whose MEMBER is used by %s'"
	                         : "'%s' uses no variable of the image; name a function that "
	                           "does itself, not by a call, as %s doesn't",
	                    word->text, word->text);
}

/* Leaves those places that F uses, too. */
static bool variable_share(struct making *making, struct variable *variable,
                           const struct source_word *word, const uint32_t *used, uint32_t count)
{
	const uint32_t before = variable->places;
	const bool first = !variable->narrowed;

	variable_narrow(variable, used, count);
	if (first || variable->places != 0 || before == 0)
		return true;
	return making_wrong(making, word,
	                    "'%s' uses none of the %u places that '%s' may be at by the words "
	                    "before it; name another function",
	                    word->text, before, variable->name);
}

/* "used by F" */
static bool variable_used(struct making *making, struct variable *variable, bool whose,
                          uint32_t offset, const struct source_word *word)
{
	const struct kernel *kernel = &making->kernel->kernel;
	uint32_t used[VARIABLE_PLACES], function, count, left = 0;
	const bool made = variable_made(making, variable, whose);

	if (!making_function(making, word, &function))
		return false;
	count = variable->far ? kernel_used_far(kernel, function, made, used, VARIABLE_PLACES)
	                      : kernel_used(kernel, function, made, used, VARIABLE_PLACES);
	if (variable_crowded(making, word, count))
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (used[i] >= offset && variable_may_be(making, variable, used[i] - offset))
			used[left++] = used[i] - offset;
	return left != 0 ? variable_share(making, variable, word, used, left)
	                 : variable_why(making, variable, word, count, made);
}

/* "MEMBER is F": each place in the image that has a pointer to F there. */
static bool variable_holds(struct making *making, struct variable *variable, uint32_t offset,
                           const struct source_word *word)
{
	const struct kernel *kernel = &making->kernel->kernel;
	uint32_t place[VARIABLE_PLACES], function, count = 0;

	if (!making_function(making, word, &function))
		return false;
	for (size_t i = 0; i < kernel->pointers && count < VARIABLE_PLACES; i++)
		if (kernel->pointer[i].to == function && kernel->pointer[i].at >= offset)
			place[count++] = kernel->pointer[i].at - offset;
	if (variable_crowded(making, word, count))
		return false;
	variable_narrow(variable, place, count);
	return true;
}

/* "show", or "[1]" of functions. */
static bool variable_offset(struct making *making, const struct variable *variable,
                            const struct source_word *word, uint32_t *offset)
{
	unsigned long index;
	uint32_t type;
	char *end;

	if (!variable->type.function)
		return making_member(making, word, variable->type.number, word->text, offset,
		                     &type);
	index = word->text[0] == '[' ? strtoul(word->text + 1, &end, 10) : 0;
	if (word->text[0] != '[' || strcmp(end, "]") != 0 || index >= variable->type.count)
		return making_wrong(making, word,
		                    "'%s' is no place in a table of functions; write [0], [1] …",
		                    word->text);
	*offset = (uint32_t)(index * sizeof(uint64_t));
	return true;
}

static bool variable_is(const struct source_line *line, uint32_t at, const char *text)
{
	return at < line->words && strcmp(line->word[at].text, text) == 0;
}

static bool variable_misses(struct making *making, const struct source_line *line)
{
	const struct source_word *last = &line->word[line->words - 1];

	return making_wrong(
	    making, last,
	    "behind '%s' something is missing: 'used by FUNCTION', 'whose MEMBER is "
	    "FUNCTION' or 'whose MEMBER is used by FUNCTION'",
	    last->text);
}

/* A function that uses the variable, or "MEMBER is [used by] FUNCTION"; *at goes behind it. */
static bool variable_clause(struct making *making, const struct source_line *line, bool whose,
                            uint32_t *at, struct variable *variable)
{
	uint32_t offset = 0;
	bool used = !whose;

	if (whose && *at < line->words) {
		if (!variable_offset(making, variable, &line->word[*at], &offset))
			return false;
		if (!variable_is(line, *at + 1, "is"))
			return variable_misses(making, line);
		*at += 2;
		used = variable_is(line, *at, "used") && variable_is(line, *at + 1, "by");
		*at += used ? 2 : 0;
	}
	if (*at >= line->words)
		return variable_misses(making, line);
	++*at;
	return used ? variable_used(making, variable, whose, offset, &line->word[*at - 1])
	            : variable_holds(making, variable, offset, &line->word[*at - 1]);
}

/* Clauses of one kind from word 5 on, with "and" between them. */
static bool variable_clauses(struct making *making, const struct source_line *line,
                             struct variable *variable)
{
	const bool whose = variable_is(line, 5, "whose");
	uint32_t at = whose ? 6 : 7;

	variable->far = !whose && variable_is(line, 6, "far");
	at += variable->far;
	if (!whose && (!variable_is(line, 5, "used") || !variable_is(line, at - 1, "by")))
		return making_wrong(making, &line->word[5],
		                    "'%s' isn't expected here; write 'used by FUNCTION' or 'whose "
		                    "MEMBER is FUNCTION'",
		                    line->word[5].text);
	for (;; at++) {
		if (!variable_clause(making, line, whose, &at, variable))
			return false;
		if (at == line->words)
			return true;
		if (!variable_is(line, at, "and"))
			return making_wrong(making, &line->word[at],
			                    "'%s' isn't expected here; only 'and' with another "
			                    "function can follow",
			                    line->word[at].text);
	}
}

/* Each of a table's functions stands in the image: nothing else tells how many there are. Of a
 * program's table some may be missing. */
static bool variable_table(struct making *making, const struct variable *variable,
                           const struct source_word *word)
{
	const struct kernel *kernel = &making->kernel->kernel;
	uint32_t to;

	for (uint32_t i = 0;
	     kernel->program == NULL && variable->type.function && i < variable->type.count; i++)
		if (!kernel_leads(kernel, variable->place[0] + i * 8, &to) || to < kernel->text ||
		    to >= kernel->text_end)
			return making_wrong(making, word,
			                    "'%s' has only %u functions in this kernel; write "
			                    "function[%u]",
			                    variable->name, i, i);
	return true;
}

/* A program's file says how large the variable of that name is. */
static bool variable_fits(struct making *making, const struct variable *variable,
                          const struct source_word *word)
{
	const struct program *program = making->kernel->kernel.program;
	const uint32_t count = variable->type.count != 0 ? variable->type.count : 1;
	const uint64_t size = (uint64_t)count * making_size(making, &variable->type);
	uint32_t room = 0;

	if (program != NULL && !variable->narrowed)
		room = program_size(program, variable->name);
	return room == 0 || size <= room ||
	       making_wrong(making, word, "'%s' has %u bytes, and such a type has more; correct it",
	                    variable->name, room);
}

/* "TYPE[]": code that goes through all of them has the addresses of the first one and of their end.
 * Of other places that it uses no two are so many whole elements apart. */
static bool variable_span(struct making *making, struct variable *variable,
                          const struct source_word *word)
{
	const uint32_t size = making_size(making, &variable->type);
	uint32_t found = 0, first = 0;

	for (uint32_t i = 0; i < variable->places; i++)
		for (uint32_t j = 0; j < variable->places; j++) {
			const uint32_t length = variable->place[j] - variable->place[i];

			if (length == 0 || length % size != 0 || length / size > RULE_OBJECTS)
				continue;
			first = variable->place[i];
			variable->type.count = length / size;
			found++;
		}
	variable->place[0] = first;
	variable->places = 1;
	return found == 1 ||
	       making_wrong(making, word,
	                    "'%s' has no beginning and end among the places that its words lead "
	                    "to, or may have several; name another function",
	                    variable->name);
}

static bool variable_once(struct making *making, struct variable *variable,
                          const struct source_line *line)
{
	const struct source_word *word = &line->word[1];

	if (!variable->narrowed) {
		variable->places =
		    kernel_variables(&making->kernel->kernel, variable->name, variable->place);
		if (variable->places == 0)
			return making_wrong(making, word,
			                    "this kernel doesn't %s '%s'; say which function "
			                    "uses it, or what it holds: 'used by FUNCTION', "
			                    "'whose MEMBER is FUNCTION'",
			                    making->kernel->kernel.program != NULL ? "name"
			                                                           : "export",
			                    variable->name);
	}
	if (variable->between)
		return variable_span(making, variable, word);
	if (variable->places == 0)
		return making_wrong(making, word,
		                    "'%s' is found nowhere in this kernel; name other functions, "
		                    "or a member: 'whose MEMBER is used by FUNCTION'",
		                    variable->name);
	if (variable->places > 1)
		return making_wrong(
		    making, word, "'%s' may be at %u places in this kernel; add '%s FUNCTION'",
		    variable->name, variable->places, variable->narrowed ? "and" : "used by");
	return variable_table(making, variable, word) &&
	       variable_fits(making, variable, &line->word[4]);
}

static bool variable_type(struct making *making, struct variable *variable,
                          const struct source_word *word)
{
	const size_t length = strlen(word->text), brackets = strlen("[]");
	struct source_word type = *word;

	variable->between = length > brackets && strcmp(word->text + length - brackets, "[]") == 0;
	if (variable->between)
		type.text = arena_copy(making->arena, word->text, length - brackets);
	return making_type(making, &type, &variable->type);
}

bool making_variable(struct making *making, const struct source_line *line)
{
	struct variable *variable = arena_alloc(making->arena, sizeof(*variable));

	if (line->words < 5 || !variable_is(line, 2, "is") ||
	    (!variable_is(line, 3, "a") && !variable_is(line, 3, "an")))
		return making_wrong(making, &line->word[0],
		                    "'variable' needs a name and a type: 'variable init_task is a "
		                    "task_struct'");
	variable->name = line->word[1].text;
	if (!variable_type(making, variable, &line->word[4]))
		return false;
	if (line->words > 5 && !variable_clauses(making, line, variable))
		return false;
	return variable_once(making, variable, line) &&
	       making_name(making, &making->variables, &line->word[1],
	                   &(struct making_name){.kind = MAKING_VARIABLE,
	                                         .type = variable->type,
	                                         .place = variable->place[0]});
}
