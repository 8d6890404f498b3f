/* Writes JSON (lib/json.h) into a file of the C library. */
#ifndef HOST_JSONFILE_H
#define HOST_JSONFILE_H

#include <lib/json.h>
#include <stdio.h>

struct json jsonfile(FILE *out);

#endif
