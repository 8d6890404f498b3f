/* Writes a file so that it appears as a whole or not at all. */
#ifndef HOST_OUTPUT_H
#define HOST_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct output {
	const char *path;
	char *target;    /* the file that `path` is, or leads to */
	char *temporary; /* the name until the file is whole; NULL: `path` is a device or a pipe */
	FILE *file;      /* the caller writes to this file */
};

/* False: an error, which was told to `complaints`. A signal that ends the program takes the
 * temporary file away, of the output that was begun last. */
bool output_begin(struct output *output, const char *path, FILE *complaints);
/* If `good`, everything was written, and the file replaces `path`. Otherwise `path` stays as it
 * was. Returns whether `path` was replaced. If it should have been and wasn't, tells `complaints`
 * why. */
bool output_end(struct output *output, bool good, FILE *complaints);

/* Replaces `path`. False: an error, which was told to `complaints`; `path` stays as it was. */
bool output_write(const char *path, const void *bytes, size_t size, FILE *complaints);

/* Like output_write(); if `path` is NULL, writes to standard output. */
bool output_write_or_print(const char *path, const void *bytes, size_t size, FILE *complaints);

#endif
