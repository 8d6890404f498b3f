/* What inetsum_arm.c does, for hosts: see lib/inetsum.h. */
#include <lib/inetsum.h>
#include <string.h>

uint64_t inetsum_turns(const void *from, size_t turns)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < turns * INETSUM_TURN; i += 8) {
		uint64_t word;

		memcpy(&word, (const uint8_t *)from + i, 8);
		sum += word;
		sum += sum < word;
	}
	return sum;
}

uint64_t inetsum_copy_turns(void *to, const void *from, size_t turns)
{
	memcpy(to, from, turns * INETSUM_TURN);
	return inetsum_turns(to, turns);
}
