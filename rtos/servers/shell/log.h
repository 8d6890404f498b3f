/* The shell's command for the log. */
#ifndef SHELL_LOG_H
#define SHELL_LOG_H

#include "line.h"

/* Prints the log's lines. With words, adds a line instead. */
void log_command(const struct line *line);

#endif
