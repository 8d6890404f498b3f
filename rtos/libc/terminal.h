/* Lines of what is typed at a console, as a terminal's canonical mode makes them: pure. */
#ifndef LIBC_TERMINAL_H
#define LIBC_TERMINAL_H

#include <rtos/text.h>
#include <stdbool.h>
#include <stdint.h>

#define TERMINAL_LINE 256 /* with the line's end */

struct terminal {
	char line[TERMINAL_LINE];
	uint32_t length;
	uint32_t taken; /* of a line that is whole, by the program */
	bool whole;     /* it can be read; empty: the end of the file */
};

/* One key, while the line isn't whole. What is to be shown is added to `echo`. */
void terminal_key(struct terminal *terminal, char key, struct text *echo);

/* So much of a whole line; with its last character, or at the end of the file, another one begins.
 */
size_t terminal_take(struct terminal *terminal, char *to, size_t size);

#endif
