/* Writing a file so that it appears whole or not at all. */
#ifndef HOST_OUTPUT_H
#define HOST_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Replaces `path`. False after an error, which is on `complaints`; then `path` is as it was. */
bool output_write(const char *path, const void *bytes, size_t size, FILE *complaints);

/* The same, or to standard output if `path` is NULL. */
bool output_write_or_print(const char *path, const void *bytes, size_t size, FILE *complaints);

#endif
