/* Makes lines from a console's keys, like a terminal's canonical mode. This code is pure. */
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
	bool whole;     /* the program may read the line; an empty line: the end of the file */
};

/* Takes a key, unless the line is whole. Adds the key's echo to `echo`. */
void terminal_key(struct terminal *terminal, char key, struct text *echo);

/* Copies up to `size` characters of a whole line. After the line's last character, or at the end of
 * the file, a new line begins. */
size_t terminal_take(struct terminal *terminal, char *to, size_t size);

#endif
