/* The person's terminal. It is raw while the console has it, and always gets its settings back. */
#ifndef CONSOLE_TERMINAL_H
#define CONSOLE_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

/* If standard input is a terminal, makes it raw until terminal_restore(), exit(), or a signal that
 * ends the program. */
void terminal_raw(void);
void terminal_restore(void);

/* From now on, a signal that asks the program to end only makes terminal_ended() true. */
void terminal_catch(void);

/* Whether a signal has asked the program to end. */
bool terminal_ended(void);

/* The columns of an output that is a terminal; otherwise 0, as lines in files aren't wrapped. */
uint16_t terminal_columns(int output);

#endif
