/* The operator's commands over the link, for `kumiki console --command` and `kumiki top`. */
#ifndef CONSOLE_COMMAND_H
#define CONSOLE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define COMMAND_LINES_MAX  64
#define COMMAND_SILENCE_MS 40000 /* the system itself reports waits above 30 s */

struct command_way {
	const char *name; /* the name of our command, for complaints */
	FILE *out, *complaints;
	int silence; /* ms without any part of an answer */
};

/*
 * Has the system at `path` carry out the lines in turn, up to the first that fails. Returns the
 * exit status.
 */
int command_run(const char *path, const char *const lines[], size_t count,
                const struct command_way *way);

/* Has it carry out one line again and again, until it fails or the person ends it. With `screen`
 * each answer replaces the answer before. Returns the exit status. */
int command_watch(const char *path, const char *line, bool screen, const struct command_way *way);

#endif
