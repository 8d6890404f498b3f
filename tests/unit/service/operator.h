/* A person at the operator's command line, and what they see of it. */
#ifndef UNIT_SERVICE_OPERATOR_H
#define UNIT_SERVICE_OPERATOR_H

#include "fake_frame.h"
#include <stdbool.h>

extern const char *const operator_names[]; /* linux, linux-rt, heart */
extern struct terminal operator_terminal;

/* All three run, and the command line is open, on a terminal of 160 columns. */
void operator_start(void);
void operator_type(const char *keys);
void operator_show(void); /* puts what was sent on the terminal */

/* The row of the prompt, and where the cursor stands in it. */
void operator_prompt_is(const char *line);
void operator_cursor_is(unsigned int column);

/* Some row above the prompt says so; the last row above the prompt. */
bool operator_row_says(const char *text);
const char *operator_answer(void);

/* Without a terminal: opens the command line; a command, and a line that is among what is said
 * within so long. */
void operator_open(void);
void operator_asks(const char *line, unsigned int milliseconds, const char *answer);

#endif
