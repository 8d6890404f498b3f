/* See seeds.h: which seeds a random test plays. */
#include "seeds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unit.h>

uint32_t seeds_now;

static uint32_t number_from(const char *name, uint32_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? (uint32_t)strtoul(text, NULL, 0) : otherwise;
}

struct seeds seeds_asked(uint32_t count)
{
	const uint32_t first = number_from("UNIT_FIRST", 1);

	return (struct seeds){first, first + number_from("UNIT_SEEDS", count)};
}

void seeds_tell(void)
{
	if (seeds_now != 0)
		print_error("seed %" PRIu32 "\n", seeds_now);
	seeds_now = 0;
}
