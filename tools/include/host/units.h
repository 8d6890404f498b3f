/* Numbers as people write them. */
#ifndef HOST_UNITS_H
#define HOST_UNITS_H

#include <stdint.h>

#define UNITS_SIZE 40

/* "512 MiB", "1.5 KiB", "17 bytes"; exact where it is exact in the unit, else one place, "~". */
const char *units_size(char text[UNITS_SIZE], uint64_t bytes);

#endif
