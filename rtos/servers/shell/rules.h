/* The command `rules`: what a watcher looks by (docs/rules.md). */
#ifndef SHELL_RULES_H
#define SHELL_RULES_H

#include "line.h"

void rules_command(const struct line *line);

#endif
