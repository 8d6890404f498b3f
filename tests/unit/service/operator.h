/* A person at the operator's command line, and the person's screen. */
#ifndef UNIT_SERVICE_OPERATOR_H
#define UNIT_SERVICE_OPERATOR_H

#include "fake_frame.h"
#include <stdbool.h>

extern const char *const operator_names[]; /* linux, linux-rt, heart */
extern struct terminal operator_terminal;

/* Starts all three, and opens the command line on a terminal of 160 columns. */
void operator_start(void);
void operator_type(const char *keys);
void operator_show(void); /* puts the console's output on the terminal */

/* Checks the row of the prompt, or where the cursor is in it. */
void operator_prompt_is(const char *line);
void operator_cursor_is(unsigned int column);

/* Whether a row above the prompt has this text; and the last row above the prompt. */
bool operator_row_says(const char *text);
const char *operator_answer(void);

/* Without a terminal. The first function opens the command line. The second one types a command,
 * and checks that the output within this time has the line `answer`. */
void operator_open(void);
void operator_asks(const char *line, unsigned int milliseconds, const char *answer);

#endif
