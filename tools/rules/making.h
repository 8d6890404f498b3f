/*
 * A rule that is being made of its lines, and the parts that make it. What is wrong is complained
 * of where it stands; then the function that found it returns false, and the next line is read.
 */
#ifndef RULES_MAKING_H
#define RULES_MAKING_H

#include "rules.h"
#include "source.h"
#include <facts/kernel.h>
#include <kumiki/rule.h>

#define MAKING_STEPS (RULE_SIZE_MAX / sizeof(struct rule_step)) /* more make no rule */
#define MAKING_WORDS 1024u
#define MAKING_TEXT  2048u

/* Steps of a rule. What doesn't fit is noticed by the rule's size. */
struct making_steps {
	struct rule_step step[MAKING_STEPS];
	uint32_t count;
};

/* What stands somewhere: a type of the kernel's, or pointers to functions; `count` of them, if that
 * isn't 0. */
struct making_type {
	uint32_t number;
	bool function;
	uint32_t count;
};

/* MAKING_BROKEN: its line has a mistake, so that nothing is said where the name is used. */
enum making_kind { MAKING_VARIABLE, MAKING_SET, MAKING_OBJECT, MAKING_LET, MAKING_BROKEN };

struct making_name {
	struct making_name *next;
	const char *text;
	enum making_kind kind;
	struct making_type type;
	uint32_t place;             /* of a variable, in the image */
	uint32_t view;              /* of a set */
	struct making_steps *steps; /* of what was let be: to its address */
};

/* What an expression became: steps that lead to a number, or to the address of a thing. */
struct making_value {
	struct making_steps steps;
	bool is_address;
	bool is_object; /* the name of an object alone: its address is meant */
	struct making_type type;
	uint32_t offset; /* in the variable, or in what the last pointer leads to */
};

struct making {
	struct arena *arena;
	struct complaints complaints;
	const struct rules_kernel_file *kernel;
	struct making_name *variables; /* of the file */
	/* the rule: NULL, if none has begun */
	const struct source_word *name;
	struct source_word name_word;
	struct making_name *names;
	struct rule head;
	struct rule_view view[RULE_VIEWS];
	struct making_steps start[RULE_VIEWS]; /* of each view */
	struct making_steps object, say;
	uint32_t word[MAKING_WORDS], words;
	char text[MAKING_TEXT];
	uint32_t text_size;
	bool has_each, has_say;
	bool broken; /* a line of the rule was wrong, which was complained of */
	uint32_t musts;
	bool puts;      /* a 'must' has a 'mend PLACE to …' of its own, as others may have */
	bool in_view;   /* the path that is read says where a view begins */
	uint32_t begun; /* at each object of this set; 0: at none's */
	bool too_large;
	struct rules_made **made; /* those that there are, and the new ones behind them */
};

/* Complains of a word, and returns false. */
bool making_wrong(struct making *making, const struct source_word *word, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- names and types: names.c ---- */

struct making_name *making_find(const struct making *making, const char *text);
/* A new name. False: it is taken, or no name. */
bool making_name(struct making *making, struct making_name **list, const struct source_word *word,
                 const struct making_name *name);
/* Takes the name of a line with a mistake, if it is one and free. */
void making_break(struct making *making, struct making_name **list, const struct source_line *line,
                  uint32_t at);
/* "TYPE", "TYPE*", "function", and behind each "[N]". */
bool making_type(struct making *making, const struct source_word *word, struct making_type *type);
/* The size of one of them. */
uint32_t making_size(const struct making *making, const struct making_type *type);
/* The offset and type of a member of a structure: "core_layout.base", "tree[0]". */
bool making_member(struct making *making, const struct source_word *word, uint32_t structure,
                   const char *path, uint32_t *offset, uint32_t *type);
/* Whether a type is a pointer to a function. */
bool making_is_function(const struct btf *btf, uint32_t type);
/* The place of the one function of that name: variable.c */
bool making_function(struct making *making, const struct source_word *word, uint32_t *place);
/* `variable NAME is a TYPE …`: variable.c */
bool making_variable(struct making *making, const struct source_line *line);

/* ---- expressions: path.c ---- */

void making_step(struct making_steps *steps, struct rule_step step);
void making_append(struct making_steps *steps, const struct making_steps *more);
/* What a path leads to: a thing's address, or a number. */
bool making_path(struct making *making, const struct source_word *word, const char *path,
                 struct making_value *value);
/* Whether the watcher reads numbers of that size. */
bool making_readable(uint32_t size);
/* The number that stands there. */
bool making_load(struct making *making, const struct source_word *word, struct making_value *value);
/* Where characters are, in an array or where a pointer leads, and how many at most. False: there
 * are none. */
bool making_chars(struct making *making, const struct source_word *word, struct making_value *value,
                  uint32_t *size);
bool making_number(struct making *making, const struct source_word *word, const char *path,
                   struct making_value *value);

/* ---- the rest of a rule ---- */

/* The words from `from` on are a view of such objects: views.c */
bool making_view(struct making *making, const struct source_line *line, uint32_t from,
                 const struct making_type *type, uint32_t view);
/* The words from 1 on are a condition; its steps become the object's: condition.c */
bool making_condition(struct making *making, const struct source_line *line);
/* `say 'text'`: say.c */
bool making_say(struct making *making, const struct source_line *line);
/* Where a text of the rule begins. */
uint32_t making_text(struct making *making, const char *text, size_t length);
uint32_t making_words(struct making *making, uint32_t word);

#endif
