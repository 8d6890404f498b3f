/* See host/units.h. `kumiki show`, `draw` and `rtos` use this file. */
#include <host/units.h>
#include <inttypes.h>
#include <stdio.h>

const char *units_size(char text[UNITS_SIZE], uint64_t bytes)
{
	static const char *const names[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	uint64_t unit = 1024;
	int power = 0;
	if (bytes < unit) {
		snprintf(text, UNITS_SIZE, "%" PRIu64 " bytes", bytes);
		return text;
	}
	while (power < 5 && bytes / unit >= 1024) {
		unit *= 1024;
		power++;
	}
	uint64_t tenths = (bytes % unit) / (unit / 1024) * 10 / 1024;
	if (bytes % unit == 0)
		snprintf(text, UNITS_SIZE, "%" PRIu64 " %s", bytes / unit, names[power]);
	else
		snprintf(text, UNITS_SIZE, "~%" PRIu64 ".%" PRIu64 " %s", bytes / unit, tenths,
		         names[power]);
	return text;
}
