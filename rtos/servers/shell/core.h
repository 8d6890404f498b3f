/* The shell's command for the last crash. */
#ifndef SHELL_CORE_H
#define SHELL_CORE_H

#include "line.h"

/* Prints lines from which `kumiki rtos core` makes a core file. */
void core_command(const struct line *line);

#endif
