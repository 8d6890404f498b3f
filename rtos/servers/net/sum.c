/* See sum.h. */
#include "sum.h"

/* A word of any other object, at any address. */
typedef uint64_t __attribute__((may_alias, aligned(1))) sum_word;

/* Keeps the compiler from turning a loop into a call of memcpy(), which looks at alignment. */
#define SUM_KEEP_LOOP() __asm__ volatile("" ::: "memory")

enum { SUM_WORDS = SUM_TURN / 8 }; /* words of one turn */

void copy_bytes(void *to, const void *from, size_t size)
{
	const sum_word *in = from, *turns = in + size / SUM_TURN * SUM_WORDS, *end = in + size / 8;
	sum_word *out = to;
	const uint8_t *rest = (const uint8_t *)end;
	uint8_t *last = (uint8_t *)to + size / 8 * 8;

	for (; in != turns; in += SUM_WORDS, out += SUM_WORDS) {
		const uint64_t a = in[0], b = in[1], c = in[2], d = in[3], e = in[4], f = in[5],
		               g = in[6], h = in[7];

		out[0] = a, out[1] = b, out[2] = c, out[3] = d;
		out[4] = e, out[5] = f, out[6] = g, out[7] = h;
		SUM_KEEP_LOOP();
	}
	for (; in != end; in++, out++) {
		*out = *in;
		SUM_KEEP_LOOP();
	}
	for (size_t i = 0; i < size % 8; i++) {
		last[i] = rest[i];
		SUM_KEEP_LOOP();
	}
}

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
