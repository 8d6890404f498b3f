/*
 * Several sources' text on one terminal: each line behind its source's prefix. For the console
 * service and for `kumiki console`; the caller decides whose turn it is and where the bytes go.
 *
 * One line may be unfinished at a time, the one that the cursor is in. When another source speaks,
 * the focused one's is wiped and comes back under it (a prompt stays the last row), any other's is
 * ended and goes on behind a new prefix; a program that reads along is told of that by
 * TERMSCREEN_PARTED before such an end, of which nothing is to be seen. Escape sequences pass for
 * the focused source alone.
 */
#ifndef LIB_TERMSCREEN_H
#define LIB_TERMSCREEN_H

#include <lib/termline.h>

#define TERMSCREEN_NOBODY 0xffu
/* The colour stays normal. No source can send it: theirs is written with one digit. */
#define TERMSCREEN_PARTED "\x1b[00m"

/* The most that one byte of a source makes: a wiped line's return, a line's end, prefixes. */
#define TERMSCREEN_STEP (TERMLINE_REDRAW_MAX + 4 * TERMLINE_OUT_MAX)

struct termscreen_source {
	const char *name;   /* at most 31 characters */
	const char *colour; /* of its prefix, a whole escape sequence; NULL: none */
	struct termfilter filter;
	struct termline line;
};

struct termscreen {
	struct termscreen_source *sources;
	void (*write)(void *context, const void *bytes, size_t size);
	void *context;
	bool bare;     /* no prefixes */
	uint8_t open;  /* source whose line the cursor is in, or TERMSCREEN_NOBODY */
	uint8_t focus; /* source whose keys a person types, or TERMSCREEN_NOBODY */
};

/* `name` is set in each source, the rest of it is zero. `names` must not be spelt by the others. */
void termscreen_start(struct termscreen *screen, uint8_t count, const struct termline_names *names);

/* The terminal's columns; 0: not known. */
void termscreen_width(struct termscreen *screen, uint8_t count, uint16_t columns);

/*
 * A source's next bytes, up to the end of a line or to what needs a step of its own; returns how
 * many were taken, at least one of `size`. The output is at most TERMSCREEN_STEP longer than the
 * input.
 */
size_t termscreen_put(struct termscreen *screen, uint8_t source, const uint8_t *bytes, size_t size);

/* Brings the cursor to where the focused source has it, as a person expects it. */
void termscreen_settle(struct termscreen *screen);

/* Another's unfinished line is in the place of the focused source's. */
bool termscreen_is_covered(const struct termscreen *screen);

/* All is quiet: the focused source's wiped line comes back; another's unfinished one is ended. */
void termscreen_return(struct termscreen *screen);

/* Ends the unfinished line, and forgets the focused source's. */
void termscreen_close(struct termscreen *screen);

/* Begins a line of the caller's own, behind the prefix of a name; termscreen_end() ends it. */
void termscreen_begin(struct termscreen *screen, const char *name);
void termscreen_text(struct termscreen *screen, const char *text);
void termscreen_end(struct termscreen *screen);

#endif
