/* See lib/samepage.h. */
#include <lib/samepage.h>

bool samepage(const uint64_t *one, const uint64_t *other)
{
	uint32_t i = 0;

	while (i < SAMEPAGE_SIZE / sizeof(*one) && one[i] == other[i])
		i++;
	return i == SAMEPAGE_SIZE / sizeof(*one);
}
