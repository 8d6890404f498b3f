/*
 * Words of a source: tables of the properties that a node may have, and the forms of their values.
 * Shared by all readers. A system description's tables are in model/properties.c, the RTOS's
 * manifest's in rtos/properties.c.
 */
#ifndef HOST_WORDS_H
#define HOST_WORDS_H

#include <host/dts.h>

enum word_form {
	WORD_ANY,            /* the device tree's own business */
	WORD_FLAG,           /* no value */
	WORD_STRING,         /* one string that isn't empty */
	WORD_STRINGS,        /* one or more such strings */
	WORD_TEXT,           /* one string, empty ones too */
	WORD_NUMBER,         /* one cell */
	WORD_PAIR,           /* two */
	WORD_SINGLE_OR_PAIR, /* one cell, or two */
	WORD_PAIRS,          /* two, or several times two */
	WORD_ADDRESS,        /* one or two cells */
	WORD_CELLS,          /* numbers */
	WORD_MASKS,          /* numbers, or a word instead */
	WORD_LABELS,         /* references */
	WORD_CPUS,           /* references and numbers */
	WORD_REFUSED,        /* known, but not possible here: `example` has the remedy */
};

struct word {
	const char *name;
	const char *example;
	enum word_form form;
	bool required;
	/* For people; names of properties and the like stand in ' '. */
	const char *otherwise; /* the value without it; NULL: none */
	const char *meaning;   /* sentences; NULL: not for people to write */
};

/* Where a table's properties may stand. */
struct word_place {
	const char *node;  /* "a partition" */
	const char *shown; /* its path in a source */
	const struct word *words;
};

/* Each list ends with a place without words. */
extern const struct word_place model_word_places[];
extern const struct word_place rtos_word_places[];

/* "one string" */
const char *word_form_wants(enum word_form form);

/* Finds a word in a table, which ends with an entry without a name. NULL: it isn't there. */
const struct word *word_find(const struct word *words, const char *name);
/* True if the value has this form. */
bool word_fits(const struct dts_property *property, enum word_form form);
/* Complains if the value hasn't this form. */
void word_check(struct complaints *complaints, const struct dts_property *property,
                const struct word *word);
/* Complains of a negative number, with the first sentence of the meaning (NULL: not known). True:
 * there was one. */
bool word_check_negative(struct complaints *complaints, const struct dts_property *property,
                         const char *meaning);
/* The word that an unknown word probably means; NULL: none is near. */
const char *words_meant(const struct word *words, const char *name);
/* True if an unknown property was probably meant to be this property. */
bool words_misspelt(const struct dts_node *node, const struct word *words, const char *name);
/* Complains of missing required properties. */
void words_missing(struct complaints *complaints, const struct dts_node *node,
                   const struct word *words);

#endif
