/* `kumiki console --command`: the operator's commands for scripts. */
#ifndef CONSOLE_COMMAND_H
#define CONSOLE_COMMAND_H

#include <stddef.h>
#include <stdio.h>

#define COMMAND_LINES_MAX 64

/*
 * Has the system at `path` carry out the lines in turn, up to the first that fails; answers go to
 * `out`. Returns the exit status.
 */
int command_run(const char *path, const char *const lines[], size_t count, FILE *out);

#endif
