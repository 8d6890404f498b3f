/* The shell's command for the log. */
#ifndef SHELL_LOG_H
#define SHELL_LOG_H

#include "line.h"

/* Its lines; with words, one more of them. */
void log_command(const struct line *line);

#endif
