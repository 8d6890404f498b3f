/* See symbols.h. */
#include "symbols.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>

FILE *symbols_open(const char *kernel)
{
	const char *slash = strrchr(program_invocation_name, '/');
	char path[4096];
	FILE *file;

	assert_non_null(slash);
	assert_in_range(snprintf(path, sizeof(path), "%.*s/symbols-%s",
	                         (int)(slash - program_invocation_name), program_invocation_name,
	                         kernel),
	                1, sizeof(path) - 1);
	file = fopen(path, "r");
	assert_non_null(file);
	return file;
}

int symbols_next(FILE *file, unsigned int *offset, char name[SYMBOLS_NAME_SIZE])
{
	return fscanf(file, "%x %511s", offset, name) == 2;
}
