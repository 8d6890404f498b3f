/* The shell's command that tells how programs use the machine. */
#ifndef SHELL_TOP_H
#define SHELL_TOP_H

#include "line.h"

/* Prints for each program: its share of a CPU over some seconds (one, unless told), memory,
 * handles. */
void top_command(const struct line *line);

#endif
