/* A console's keys as lines, like a terminal's canonical mode: pure. */
#ifndef LIBC_TERMINAL_H
#define LIBC_TERMINAL_H

#include <rtos/text.h>
#include <stdbool.h>
#include <stdint.h>

#define TERMINAL_LINE 256 /* with the line's end */

struct terminal {
	char line[TERMINAL_LINE];
	uint32_t length;
	uint32_t taken; /* characters of a whole line that the program has read */
	bool whole;     /* the line can be read; empty: the end of the file */
};

/* Takes a key, while the line isn't whole. Adds its echo to `echo`. */
void terminal_key(struct terminal *terminal, char key, struct text *echo);

/* Copies up to `size` characters of a whole line; after its last character, or at the end of the
 * file, a new line begins. */
size_t terminal_take(struct terminal *terminal, char *to, size_t size);

#endif
