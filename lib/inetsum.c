/* See lib/inetsum.h. */
#include <lib/inetsum.h>

/* The bytes may belong to any object, and lie at any address. */
typedef uint64_t __attribute__((may_alias, aligned(1))) inetsum_word;
typedef uint16_t __attribute__((may_alias, aligned(1))) inetsum_half;

uint16_t inetsum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

uint64_t inetsum_halves(uint64_t sum)
{
	return (sum & 0xffffffff) + (sum >> 32);
}

uint64_t inetsum_rest(const uint8_t *bytes, size_t size)
{
	uint64_t sum = 0;

	for (; size >= 8; bytes += 8, size -= 8)
		sum += inetsum_halves(*(const inetsum_word *)bytes);
	for (; size >= 2; bytes += 2, size -= 2)
		sum += *(const inetsum_half *)bytes;
	return size != 0 ? sum + *bytes : sum;
}

uint64_t inetsum_wide(const void *bytes, size_t size)
{
	const size_t turns = size / INETSUM_TURN;
	const uint8_t *rest = (const uint8_t *)bytes + turns * INETSUM_TURN;

	return inetsum_halves(inetsum_turns(bytes, turns)) +
	       inetsum_rest(rest, size % INETSUM_TURN);
}
