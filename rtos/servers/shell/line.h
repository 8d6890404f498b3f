/* A typed line (lib/lineedit.h), and its words. */
#ifndef SHELL_LINE_H
#define SHELL_LINE_H

#include <lib/lineedit.h>
#include <stdbool.h>
#include <stdint.h>

#define LINE_WORDS (LINEEDIT_MAX / 2) /* as many as a line can have */

struct line {
	struct lineedit edit;
	char bytes[LINEEDIT_MAX + 1]; /* of the whole line; words are closed by NULs */
	const char *word[LINE_WORDS];
	uint32_t words;
};

/* Begins a line; `show` gets the characters to be shown. */
void line_begin(struct line *line, void (*show)(void *to, char character), void *to);

/* Takes a key. True: the line is whole, with its words; after Ctrl-C, with none. The next key
 * begins another one. */
bool line_take(struct line *line, char key);

#endif
