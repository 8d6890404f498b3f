/* The shell's replace command (docs/rtos/replace.md). */
#ifndef SHELL_REPLACE_H
#define SHELL_REPLACE_H

#include <stdint.h>

/* Has a file take the place of a program, and says why if it doesn't. */
void replace_program(uint32_t program, const char *name, const char *path);

#endif
