/* A typed line (lib/lineedit.h), and its words. */
#ifndef SHELL_LINE_H
#define SHELL_LINE_H

#include <lib/lineedit.h>
#include <stdbool.h>
#include <stdint.h>

#define LINE_WORDS (LINEEDIT_MAX / 2) /* as many as a line can have */

struct line {
	struct lineedit edit;
	char bytes[LINEEDIT_MAX + 1]; /* the whole line; NULs close its words */
	const char *word[LINE_WORDS];
	uint32_t words;
};

/* Begins a line. `show` gets the characters that are shown. */
void line_begin(struct line *line, void (*show)(void *to, char character), void *to);

/* Takes a key. True: the line is whole, with its words; after Ctrl-C, without any. The next key
 * begins another line. */
bool line_take(struct line *line, char key);

#endif
