/*
 * Bytes that the RTOS's shell printed as lines of hexadecimal digits ("core 0x28 0x1 …", "trace
 * …"). Each line has an offset and five words; lines of zeros are left out. The last line is "core
 * end SIZE CRC".
 */
#ifndef HOST_LINES_H
#define HOST_LINES_H

#include <host/rtos.h>

/* The last whole sequence in a text, of lines that begin with this word, and of at most so many
 * bytes. No bytes: `why` has the fault; the caller frees them otherwise. */
struct rtos_bytes lines_find(const char *text, const char *word, size_t most, const char **why);

#endif
