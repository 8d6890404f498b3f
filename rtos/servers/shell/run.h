/* The shell's command for programs from files. */
#ifndef SHELL_RUN_H
#define SHELL_RUN_H

#include "line.h"

/* Starts a file in any slot that the shell may use. Says how the program ended, unless & stands
 * behind the command. */
void run_command(const struct line *line);

#endif
