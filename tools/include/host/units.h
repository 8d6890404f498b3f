/* Numbers as people write them. */
#ifndef HOST_UNITS_H
#define HOST_UNITS_H

#include <stdint.h>

#define UNITS_SIZE 40

/* Writes a size like "512 MiB", "1.5 KiB" or "17 bytes". If no unit gives an exact number, the text
 * has "~" and one decimal place. */
const char *units_size(char text[UNITS_SIZE], uint64_t bytes);

#endif
