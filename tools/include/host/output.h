/* Writing a file so that it appears whole or not at all. */
#ifndef HOST_OUTPUT_H
#define HOST_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct output {
	const char *path;
	char *temporary; /* the name until the file is whole; NULL: `path` is a device or a pipe */
	FILE *file;      /* what is written to */
};

/* False after an error, which is on `complaints`. */
bool output_begin(struct output *output, const char *path, FILE *complaints);
/* `good`: all is written, and the file replaces `path`; otherwise `path` is as it was. Returns
 * whether it was replaced; if `good` and not, that is on `complaints`. */
bool output_end(struct output *output, bool good, FILE *complaints);

/* Replaces `path`. False after an error, which is on `complaints`; then `path` is as it was. */
bool output_write(const char *path, const void *bytes, size_t size, FILE *complaints);

/* The same, or to standard output if `path` is NULL. */
bool output_write_or_print(const char *path, const void *bytes, size_t size, FILE *complaints);

#endif
