/* The shell's command for the programs' use of the machine. */
#ifndef SHELL_TOP_H
#define SHELL_TOP_H

#include "line.h"

/* Prints for each program, over some seconds (1): percent of a CPU, memory, handles. */
void top_command(const struct line *line);

#endif
