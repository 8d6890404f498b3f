/* The shell's command for the clock. */
#ifndef SHELL_DATE_H
#define SHELL_DATE_H

#include "line.h"

/* Prints the time; with a day and a time, sets the clock. */
void date_command(const struct line *line);

#endif
