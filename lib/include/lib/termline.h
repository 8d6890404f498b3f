/*
 * One line of a guest's text as it stands on a terminal behind its prefix. It applies the
 * operations of a termfilter, and gives the bytes that bring the terminal there.
 *
 * The caller prints the prefix and the ends of lines. The output here changes only the columns
 * behind the prefix, in the cursor's row. A text that would spell another source's prefix
 * ("[name]") gets a '?' in it. On a narrow terminal a long line goes on in the next row, where the
 * text would look like a prefix.
 */
#ifndef LIB_TERMLINE_H
#define LIB_TERMLINE_H

#include <lib/termfilter.h>
#include <stddef.h>

#define TERMLINE_LEAST      16 /* a smaller limit counts as this */
#define TERMLINE_COLUMNS    400
#define TERMLINE_OUT_MAX    64
#define TERMLINE_TAB        8
#define TERMLINE_REDRAW_MAX (TERMLINE_COLUMNS * 4 + 16)

struct termline_names {
	const char *const *name;
	size_t count;
};

/* In an empty line, the fields from `length` to `wide` are zero. */
struct termline {
	const struct termline_names *names; /* names that the text mustn't spell */
	const char *own;                    /* the name that it may spell all the same */
	uint16_t indent;                    /* columns of the prefix */
	uint16_t limit;                     /* columns of the text; 0: TERMLINE_COLUMNS */
	uint16_t length;                    /* cells in use */
	uint16_t column;                    /* where the next character goes, <= length */
	uint16_t cursor;                    /* where the terminal's cursor is */
	bool coloured;                      /* the terminal's colour isn't the normal one */
	bool wide; /* it has characters beyond ASCII: cursor and columns may differ */
	uint32_t cell[TERMLINE_COLUMNS]; /* a character each, as in termop.character */
};

struct termline_out {
	uint8_t size;
	uint8_t bytes[TERMLINE_OUT_MAX];
};

enum termline_verdict {
	TERMLINE_DONE,
	TERMLINE_END,  /* the guest ended the line */
	TERMLINE_FULL, /* no column is left: end the line, clear it, apply again */
};

/* Applies an operation. `filter` has the parameters of a TERMOP_COLOUR; NULL: no escape sequence
 * passes. `out` is overwritten. */
enum termline_verdict termline_apply(struct termline *line, const struct termop *op,
                                     const struct termfilter *filter, struct termline_out *out);

/* A short way for plain text: appends the printable ASCII characters with which `bytes` begins.
 * They go to the terminal as they are. This way needs room in the line, a cursor at its place, and
 * no name to look for. Returns how many characters it took. */
size_t termline_append(struct termline *line, const uint8_t *bytes, size_t size);

/* Brings the terminal's cursor to the guest's place, before the console waits for a person. */
void termline_settle(struct termline *line, struct termline_out *out);

/* Writes the text again after a prefix that was just printed. Returns the number of bytes in `out`.
 */
size_t termline_redraw(struct termline *line, uint8_t out[TERMLINE_REDRAW_MAX]);

void termline_clear(struct termline *line);

#endif
