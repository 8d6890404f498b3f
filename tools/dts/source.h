/*
 * A source file that is being read: characters with their places. White space and comments are
 * skipped; words, strings and literals are taken. Only the parser uses this.
 */
#ifndef DTS_SOURCE_H
#define DTS_SOURCE_H

#include <host/complaints.h>

struct source {
	struct arena *arena;
	struct complaints *complaints;
	const struct dts_file *file;
	const char *begin, *at, *end;
	uint32_t line, column;
	bool cut; /* the parser has given up the rest, and complained */
};

/* The white space at the beginning of a line. */
struct source_indent {
	const char *text;
	size_t length;
	bool first; /* only this white space is before the present place */
};

/* Gives up the rest of the file. The caller has complained. */
void source_cut(struct source *source);

struct dts_place source_place(const struct source *source);
/* The character that is `ahead` characters after the present one. -1: it is beyond the end. */
int source_peek(const struct source *source, size_t ahead);
void source_advance(struct source *source, size_t count);
/* Skips white space and comments. */
void source_skip(struct source *source);
/* Skips white space. Then takes the character (the word), if it comes next. */
bool source_take(struct source *source, char character);
bool source_take_word(struct source *source, const char *word);
bool source_at_end(struct source *source);

/* How long the name (of a node or property; of a label) is that begins here. 0: no name begins
 * here. */
size_t source_name_length(const struct source *source);
size_t source_label_length(const struct source *source);
/* Takes `length` characters as a word. */
const char *source_word(struct source *source, size_t length);
/* The word that comes next, for a message: a name or a single character. It isn't taken. */
const char *source_offender(struct source *source);

/* The indentation of the present line. */
struct source_indent source_indent(const struct source *source);
/* Whether `b` begins with `a`, and is longer. */
bool source_indent_less(const struct source_indent *a, const struct source_indent *b);

/* Takes a "string" with its escapes. NULL: there is no string, or it doesn't end, and there was a
 * complaint. */
const char *source_string(struct source *source, size_t *length);
/* Takes an integer or a character literal. False: there is none, and there was a complaint. */
bool source_literal(struct source *source, uint64_t *value);
/* Takes two hexadecimal digits. False: there are none. */
bool source_hex_byte(struct source *source, uint64_t *value);

/* Goes on after a mistake: after the next ';' of this level, or before the '}' that ends the level.
 */
void source_recover(struct source *source);

#endif
