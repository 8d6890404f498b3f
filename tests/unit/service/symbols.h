/* Lists of the symbols of Debian's kernels, which symbols.py wrote beside the test program. */
#ifndef SERVICE_SYMBOLS_H
#define SERVICE_SYMBOLS_H

#include <stdio.h>

FILE *symbols_open(const char *kernel);

/* The next line; false: there is none. */
#define SYMBOLS_NAME_SIZE 512
int symbols_next(FILE *file, unsigned int *offset, char name[SYMBOLS_NAME_SIZE]);

#endif
