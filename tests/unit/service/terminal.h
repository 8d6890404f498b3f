/*
 * A small terminal for tests: it has rows of characters, and knows the few control sequences that
 * the console may send. Every other one is a fault. It wraps lines at its right margin, as
 * terminals do.
 */
#ifndef SERVICE_TERMINAL_H
#define SERVICE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TERMINAL_ROWS    4096
#define TERMINAL_COLUMNS 480

struct terminal {
	unsigned int width;
	unsigned int row, column;
	unsigned int bells;
	const char *fault; /* the first output that a terminal shouldn't get; NULL: none */
	char cell[TERMINAL_ROWS][TERMINAL_COLUMNS + 1]; /* one byte a character, '#' beyond ASCII */
	bool continued[TERMINAL_ROWS];                  /* the row began by wrapping */
	int state;
	unsigned int parameter;
	unsigned int follow; /* continuation bytes of UTF-8 to come */
};

void terminal_start(struct terminal *terminal, unsigned int width);
void terminal_put(struct terminal *terminal, const uint8_t *bytes, size_t size);

/* The row's text without spaces at its end. */
const char *terminal_row(struct terminal *terminal, unsigned int row);

#endif
