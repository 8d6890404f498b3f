/* See lib/index.h. For hosts. */
#include <lib/index.h>

uint64_t index_within(uint64_t index, uint64_t count)
{
	return index < count ? index : 0;
}
