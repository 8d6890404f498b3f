/* QEMU's command line for a model. */
#ifndef RUN_MACHINE_H
#define RUN_MACHINE_H

#include <host/arena.h>
#include <host/model.h>
#include <stdbool.h>

enum machine_timing {
	MACHINE_FREE,    /* as QEMU likes */
	MACHINE_COUNTED, /* one instruction, one nanosecond: the same run each time */
	MACHINE_THREADS, /* a thread for each core */
};

enum machine_console {
	MACHINE_TERMINAL, /* for a person: Ctrl-A and a key command QEMU */
	MACHINE_STREAM,   /* standard input and output, untouched */
	MACHINE_SOCKET,   /* a socket that QEMU makes, with one client */
	MACHINE_FILE,     /* the other end of a socket that QEMU inherits */
};

struct machine_options {
	const char *image; /* the packed image */
	enum machine_timing timing;
	enum machine_console console;
	const char *socket;       /* MACHINE_SOCKET: its path */
	int file;                 /* MACHINE_FILE */
	const char *const *extra; /* further words, with NULL at the end; NULL: none */
};

/* The words, with NULL at the end. NULL after a complaint, as if QEMU doesn't have the board. */
char **machine_command(const struct model *model, const struct machine_options *options,
                       struct arena *arena, FILE *complaints);

/* Prints the command line in a form that a shell reads. */
void machine_print(char *const *command, FILE *out);

#endif
