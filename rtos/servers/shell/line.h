/* A line that somebody types, and its words: pure. */
#ifndef SHELL_LINE_H
#define SHELL_LINE_H

#include <rtos/text.h>
#include <stdbool.h>
#include <stdint.h>

#define LINE_SIZE  80
#define LINE_WORDS (LINE_SIZE / 2) /* as many as a line can have */

struct line {
	char bytes[LINE_SIZE + 1]; /* words are closed by NULs once it is whole */
	uint32_t length;
	const char *word[LINE_WORDS];
	uint32_t words;
};

/* Takes a character; what is to be shown is added to `echo`. True: the line is whole, with its
 * words. The next character begins another one. */
bool line_take(struct line *line, char character, struct text *echo);

#endif
