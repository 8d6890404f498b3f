/* The person's terminal: raw while the console has it, and always put back as it was. */
#ifndef CONSOLE_TERMINAL_H
#define CONSOLE_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

/* If standard input is a terminal: raw, until terminal_restore(), exit() or a signal that ends the
 * program. */
void terminal_raw(void);
void terminal_restore(void);

/* From now on a signal that asks the program to end is kept, and seen in terminal_ended(). */
void terminal_catch(void);

/* A signal asked the program to end. */
bool terminal_ended(void);

/* Columns of an output if it is a terminal, else 0: lines aren't wrapped in files. */
uint16_t terminal_columns(int output);

#endif
