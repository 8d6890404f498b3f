/*
 * A source file being read: characters with their place, white space and comments skipped, words,
 * strings and literals taken. Used by the parser alone.
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
	bool cut; /* the rest was given up, after a complaint */
};

/* The white space in front of a line. */
struct source_indent {
	const char *text;
	size_t length;
	bool first; /* nothing else stands between it and the present place */
};

/* Gives up the rest of the file, after a complaint. */
void source_cut(struct source *source);

struct dts_place source_place(const struct source *source);
/* The character `ahead` of the current one, or -1 behind the end. */
int source_peek(const struct source *source, size_t ahead);
void source_advance(struct source *source, size_t count);
/* White space and comments. */
void source_skip(struct source *source);
/* Skips white space, then takes the character (the word) if it stands there. */
bool source_take(struct source *source, char character);
bool source_take_word(struct source *source, const char *word);
bool source_at_end(struct source *source);

/* How long the name (of a node or property; of a label) is that begins here; 0: none does. */
size_t source_name_length(const struct source *source);
size_t source_label_length(const struct source *source);
/* Takes so many characters as a word. */
const char *source_word(struct source *source, size_t length);
/* The word that stands here, for a message: a name or one character. Takes nothing. */
const char *source_offender(struct source *source);

/* The indentation of the present line. */
struct source_indent source_indent(const struct source *source);
/* True if b begins like a, and is longer. */
bool source_indent_less(const struct source_indent *a, const struct source_indent *b);

/* Takes a "string" with its escapes. NULL: there was none, or it doesn't end (complained of). */
const char *source_string(struct source *source, size_t *length);
/* Takes an integer or character literal. False, after a complaint, if it is none. */
bool source_literal(struct source *source, uint64_t *value);
/* Two hexadecimal digits. False if they aren't there. */
bool source_hex_byte(struct source *source, uint64_t *value);

/* After a mistake: goes behind the next ';' of this level, or before the '}' that ends it. */
void source_recover(struct source *source);

#endif
