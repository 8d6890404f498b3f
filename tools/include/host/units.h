/* Numbers as people write them. */
#ifndef HOST_UNITS_H
#define HOST_UNITS_H

#include <stdint.h>

#define UNITS_SIZE 40

/* "512 MiB", "1.5 KiB", "17 bytes"; an exact number of the unit if possible, else one decimal place
 * with "~". */
const char *units_size(char text[UNITS_SIZE], uint64_t bytes);

#endif
