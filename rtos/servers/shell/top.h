/* The shell's command for what programs use. */
#ifndef SHELL_TOP_H
#define SHELL_TOP_H

#include "line.h"

/* Over so many seconds (1), of each program: percent of a CPU, memory, handles. */
void top_command(const struct line *line);

#endif
