/* See sum.h. */
#include "sum.h"
#include <lib/copy.h>

uint16_t sum_of(const void *bytes, int size)
{
	return inetsum_fold(inetsum_wide(bytes, (size_t)size));
}

uint64_t sum_copy_wide(void *to, const void *from, uint32_t size)
{
	const size_t turns = size / SUM_TURN, rest = size % SUM_TURN;
	uint8_t *last = (uint8_t *)to + turns * SUM_TURN;
	const uint64_t sum = inetsum_copy_turns(to, from, turns);

	if (rest == 0)
		return inetsum_halves(sum);
	copy_bytes(last, (const uint8_t *)from + turns * SUM_TURN, rest);
	return inetsum_halves(sum) + inetsum_rest(last, rest);
}

uint16_t sum_copy(void *to, const void *from, uint16_t size)
{
	return inetsum_fold(sum_copy_wide(to, from, size));
}
