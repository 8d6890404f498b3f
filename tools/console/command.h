/* The operator's commands over the link, for `kumiki console --command` and `kumiki top`. */
#ifndef CONSOLE_COMMAND_H
#define CONSOLE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define COMMAND_LINES_MAX  64
#define COMMAND_SILENCE_MS 40000 /* the system itself reports waits of more than 30 s */

struct command_way {
	const char *name; /* the name of our command, for complaints */
	FILE *out, *complaints;
	int silence; /* so many ms without a part of an answer are too long */
};

/*
 * Has the system at `path` carry out the lines one after another, until one fails. Returns the exit
 * status.
 */
int command_run(const char *path, const char *const lines[], size_t count,
                const struct command_way *way);

/* Has the system carry out one line again and again, until the line fails or the person ends the
 * command. With `screen`, each answer replaces the answer before. Returns the exit status. */
int command_watch(const char *path, const char *line, bool screen, const struct command_way *way);

#endif
