/* The commands `rules` and `alarms`: what a watcher looks by, and what it told (docs/rules.md). */
#ifndef SHELL_RULES_H
#define SHELL_RULES_H

#include "line.h"

void rules_command(const struct line *line);
void rules_alarms(const struct line *line);

#endif
