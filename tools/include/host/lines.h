/*
 * What the RTOS's shell printed as lines of hexadecimal digits ("core 0x28 0x1 …", "trace …"): five
 * words each, behind where they belong; lines of zeros are left out; then "core end SIZE CRC".
 */
#ifndef HOST_LINES_H
#define HOST_LINES_H

#include <host/rtos.h>

/* The last whole one in a text, of the lines that begin with this word, and of at most so many
 * bytes. No bytes: `why` says what is wrong; the caller frees them otherwise. */
struct rtos_bytes lines_find(const char *text, const char *word, size_t most, const char **why);

#endif
