/* What all programs do, as the kernel traces it: in words, or as lines for `kumiki trace --rtos`.
 */
#ifndef SHELL_TRACE_H
#define SHELL_TRACE_H

#include "line.h"

void trace_command(const struct line *line);

#endif
