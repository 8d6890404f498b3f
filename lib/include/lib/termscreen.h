/*
 * Several sources' text on one terminal: each line behind its source's prefix. For the console
 * service and for `kumiki console`. The caller decides which source comes next, and where the bytes
 * go.
 *
 * At most one line is unfinished at a time: the line with the cursor. When another source speaks,
 * the focused source's line is wiped and comes back below (a prompt stays the last row). Any other
 * source's line is ended, and goes on behind a new prefix. TERMSCREEN_PARTED, which nobody sees,
 * tells a program that reads along of such an end. Escape sequences pass for the focused source
 * alone.
 */
#ifndef LIB_TERMSCREEN_H
#define LIB_TERMSCREEN_H

#include <lib/termline.h>

#define TERMSCREEN_NOBODY 0xffu
#define TERMSCREEN_BEGUN  128u /* bytes of an unfinished line that can be shown again */
/* The colour stays normal. No source can send exactly these bytes, as its own reset has one digit.
 */
#define TERMSCREEN_PARTED "\x1b[00m"

/* The most bytes that one byte of a source can make: the return of a wiped line, the end of a line,
 * and prefixes. */
#define TERMSCREEN_STEP (TERMLINE_REDRAW_MAX + 4 * TERMLINE_OUT_MAX)

struct termscreen_source {
	const char *name;   /* at most 31 characters */
	const char *colour; /* of its prefix: a whole escape sequence; NULL: none */
	struct termfilter filter;
	struct termline line;
	uint16_t begun_size;
	uint8_t begun[TERMSCREEN_BEGUN]; /* the end of its unfinished line, unchanged */
};

struct termscreen {
	struct termscreen_source *sources;
	void (*write)(void *context, const void *bytes, size_t size);
	void *context;
	bool bare;     /* lines have no prefixes */
	uint8_t open;  /* the source of the unfinished line, or TERMSCREEN_NOBODY */
	uint8_t focus; /* the source that gets a person's keys, or TERMSCREEN_NOBODY */
};

/* At this call each source has its `name`, and is zero elsewhere. A source may not spell any of
 * `names`, except its own. */
void termscreen_start(struct termscreen *screen, uint8_t count, const struct termline_names *names);

/* Sets the terminal's columns. 0: not known. */
void termscreen_width(struct termscreen *screen, uint8_t count, uint16_t columns);

/*
 * Takes a source's next bytes, up to the end of a line or to a byte that needs a step of its own.
 * Returns how many it took, at least one of `size`. The output is at most TERMSCREEN_STEP longer
 * than the input.
 */
size_t termscreen_put(struct termscreen *screen, uint8_t source, const uint8_t *bytes, size_t size);

/* Brings the cursor to the focused source's place, where a person expects it. */
void termscreen_settle(struct termscreen *screen);

/* Whether another source's unfinished line has replaced that of the focused source. */
bool termscreen_is_covered(const struct termscreen *screen);

/* Call it when no source has output: the focused source's wiped line comes back, and another
 * source's unfinished line ends. */
void termscreen_return(struct termscreen *screen);

/* Ends the unfinished line, and forgets that of the focused source. */
void termscreen_close(struct termscreen *screen);

/* Shows a source's unfinished line after a new prefix, as far as it is kept. The source's line
 * mustn't be shown at this moment. The output is at most TERMSCREEN_BEGUN + TERMSCREEN_STEP bytes.
 */
void termscreen_again(struct termscreen *screen, uint8_t source);

/* Call it when a source's unfinished line is over: nothing of this line is shown again. */
void termscreen_forget(struct termscreen *screen, uint8_t source);

/* Begins a line of the caller, after the prefix of a name. termscreen_end() ends it. */
void termscreen_begin(struct termscreen *screen, const char *name);
void termscreen_text(struct termscreen *screen, const char *text);
void termscreen_end(struct termscreen *screen);

#endif
