/* The shell's command for what is left of a crash. */
#ifndef SHELL_CORE_H
#define SHELL_CORE_H

#include "line.h"

/* Lines that `kumiki rtos core` makes a core file of. */
void core_command(const struct line *line);

#endif
