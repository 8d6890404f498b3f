/*
 * Filters a guest's output to a terminal: turns its bytes into a few operations on one line of
 * text, and drops everything else.
 *
 * The console service, `kumiki console` and kumikictl use it; tests/fuzz/fuzz_termfilter.c tests
 * its promises. A filter reads one stream of bytes and keeps no text. It promises that a
 * TERMOP_CHAR is one printable character in valid UTF-8 that takes at least one column, except for
 * marks of some scripts. A control character never comes out as itself. An escape sequence becomes
 * an operation of the list below, or is dropped. What follows a sequence that was broken off is
 * text.
 */
#ifndef LIB_TERMFILTER_H
#define LIB_TERMFILTER_H

#include <stdbool.h>
#include <stdint.h>

/* Select Graphic Rendition takes ten parameters for 24-bit colours of text and ground. */
#define TERMFILTER_PARAMETERS_MAX 10

enum termop_kind {
	TERMOP_NONE,
	TERMOP_CHAR,
	TERMOP_NEWLINE,
	TERMOP_RETURN,
	TERMOP_BACK,
	TERMOP_TAB,
	TERMOP_LEFT,        /* `count` columns */
	TERMOP_RIGHT,       /* `count` columns */
	TERMOP_ERASE_LINE,  /* `count` is 0: from the cursor on; 2: the whole line */
	TERMOP_ERASE_BELOW, /* from the cursor on */
	TERMOP_COLOUR,      /* the filter's parameters, valid until its next byte */
};

struct termop {
	enum termop_kind kind;
	uint32_t character; /* TERMOP_CHAR: its bytes in UTF-8, the first one lowest */
	uint16_t count;
};

enum termfilter_state {
	TERMFILTER_GROUND,
	TERMFILTER_UTF8,   /* inside a character of several bytes */
	TERMFILTER_ESCAPE, /* after ESC */
	TERMFILTER_CSI,    /* after ESC [ */
	TERMFILTER_STRING, /* OSC, DCS, SOS, PM, APC: up to BEL, CAN, SUB, ESC or the end of the
	                      line */
};

/* A filter at its start is all zeros. */
struct termfilter {
	uint8_t state; /* enum termfilter_state */
	uint8_t utf8_size, utf8_have;
	uint8_t parameter_count; /* parameters begun, 0: none */
	bool unknown;            /* the sequence is dropped */
	uint32_t utf8;           /* the character's bytes so far, as in termop.character */
	uint32_t utf8_point;     /* code point so far */
	uint16_t parameters[TERMFILTER_PARAMETERS_MAX];
};

/*
 * Takes one byte and gives its operation. True: the byte broke off a sequence, and wasn't used
 * itself; `op` may stand for the sequence. Then put the byte once more.
 */
bool termfilter_put(struct termfilter *filter, uint8_t byte, struct termop *op);

#endif
