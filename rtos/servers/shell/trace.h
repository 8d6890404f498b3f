/* The shell's command for the kernel's trace of all programs: in words, or as lines for `kumiki
 * trace --rtos`. */
#ifndef SHELL_TRACE_H
#define SHELL_TRACE_H

#include "line.h"

void trace_command(const struct line *line);

#endif
