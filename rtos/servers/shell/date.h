/* The shell's command for the clock. */
#ifndef SHELL_DATE_H
#define SHELL_DATE_H

#include "line.h"

/* What time it is; with a day and a time, sets it. */
void date_command(const struct line *line);

#endif
