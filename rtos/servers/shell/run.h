/* The shell's command for programs from files. */
#ifndef SHELL_RUN_H
#define SHELL_RUN_H

#include "line.h"

/* Starts a file in any slot of the shell's, and says how the program ended, unless & stands behind
 * it. */
void run_command(const struct line *line);

#endif
