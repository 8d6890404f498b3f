/*
 * Words of a source: tables of the properties that a node may have, and the forms of their values.
 * All readers share this. model/properties.c has the tables of a system description,
 * rtos/properties.c those of the RTOS's manifest.
 */
#ifndef HOST_WORDS_H
#define HOST_WORDS_H

#include <host/dts.h>

enum word_form {
	WORD_ANY,            /* not checked: the device tree's own property */
	WORD_FLAG,           /* no value */
	WORD_STRING,         /* one string that isn't empty */
	WORD_STRINGS,        /* one or more such strings */
	WORD_TEXT,           /* one string, which may be empty */
	WORD_NUMBER,         /* one cell */
	WORD_PAIR,           /* two cells */
	WORD_SINGLE_OR_PAIR, /* one cell, or two */
	WORD_PAIRS,          /* one or more pairs of cells */
	WORD_ADDRESS,        /* one or two cells */
	WORD_CELLS,          /* numbers */
	WORD_MASKS,          /* numbers, or a word instead of them */
	WORD_LABELS,         /* references */
	WORD_CPUS,           /* references and numbers */
	WORD_REFUSED,        /* known, but not possible here; `example` has the remedy */
};

struct word {
	const char *name;
	const char *example;
	enum word_form form;
	bool required;
	/* For people. Names of properties and the like stand in ' '. */
	const char *otherwise; /* the value if the property is missing; NULL: there is none */
	const char *meaning;   /* sentences; NULL: people don't write this property */
};

/* Where a table's properties may stand. */
struct word_place {
	const char *node;  /* in words, like "a partition" */
	const char *shown; /* as its path in a source */
	const struct word *words;
};

/* Each list ends with a place without words. */
extern const struct word_place model_word_places[];
extern const struct word_place rtos_word_places[];

/* Words like "one string". */
const char *word_form_wants(enum word_form form);

/* Finds a word in a table, whose last entry has no name. NULL: the word isn't there. */
const struct word *word_find(const struct word *words, const char *name);
/* Whether the value has this form. */
bool word_fits(const struct dts_property *property, enum word_form form);
/* Complains if the value doesn't have its form. */
void word_check(struct complaints *complaints, const struct dts_property *property,
                const struct word *word);
/* Complains of a negative number, with the first sentence of the meaning (NULL: there is no
 * meaning). True: it complained. */
bool word_check_negative(struct complaints *complaints, const struct dts_property *property,
                         const char *meaning);
/* The word that an unknown word probably means. NULL: no word is near. */
const char *words_meant(const struct word *words, const char *name);
/* Whether an unknown property was probably meant to be this property. */
bool words_misspelt(const struct dts_node *node, const struct word *words, const char *name);
/* Complains if a required property is missing. */
void words_missing(struct complaints *complaints, const struct dts_node *node,
                   const struct word *words);

#endif
