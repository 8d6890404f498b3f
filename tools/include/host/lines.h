/*
 * Bytes that the RTOS's shell printed as lines of hexadecimal digits ("core 0x28 0x1 …", "trace
 * …"). Each line has an offset and five words. Lines of zeros are left out. The last line is "core
 * end SIZE CRC".
 */
#ifndef HOST_LINES_H
#define HOST_LINES_H

#include <host/rtos.h>

/* Finds the last whole sequence of lines that begin with this word, with at most so many bytes. The
 * caller frees the bytes. If there are none, *why says what is wrong. */
struct rtos_bytes lines_find(const char *text, const char *word, size_t most, const char **why);

#endif
