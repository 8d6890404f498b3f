/* See same.h. Contents nearly always begin at words. Then a turn compares 1 KiB: a word takes
 * one instruction beside its load, where a compiler's code takes two. */
#include "same.h"
#include <lib/string.h>
#include <stdint.h>

/* A word of contents, so it aliases everything. */
typedef uint64_t __attribute__((may_alias)) same_long;

#define SAME_TURN 128 /* words */

/* Each compare keeps an earlier difference. */
static bool same_turn(const same_long *one, const same_long *other)
{
	uint64_t a, b, c, d;
	bool same;

	__asm__("cmp xzr, xzr\n\t"
	        ".rept 64\n\t"
	        "ldp %1, %2, [%5], #16\n\t"
	        "ldp %3, %4, [%6], #16\n\t"
	        "ccmp %1, %3, #0, eq\n\t"
	        "ccmp %2, %4, #0, eq\n\t"
	        ".endr\n\t"
	        "cset %w0, eq"
	        : "=r"(same), "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d), "+r"(one), "+r"(other)
	        :
	        : "cc", "memory");
	return same;
}

/* Not by sums: blocks that have a CRC of their own in them all have the same CRC. */
bool same_bytes(const void *one, const void *other, size_t size)
{
	const same_long *a = one, *b = other;
	bool same = true;

	if (((uintptr_t)one | (uintptr_t)other) % sizeof(*a) != 0)
		return memcmp(one, other, size) == 0;
	for (; same && size >= SAME_TURN * sizeof(*a); size -= SAME_TURN * sizeof(*a)) {
		same = same_turn(a, b);
		a += SAME_TURN;
		b += SAME_TURN;
	}
	for (; same && size >= sizeof(*a); size -= sizeof(*a))
		same = *a++ == *b++;
	return same && memcmp(a, b, size) == 0;
}

bool same_zeros(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	uint64_t any = 0;

	for (; size > 0 && (uintptr_t)at % sizeof(any) != 0; size--)
		any |= *at++;
	for (; size >= sizeof(any); size -= sizeof(any), at += sizeof(any))
		any |= *(const same_long *)(const void *)at;
	for (; size > 0; size--)
		any |= *at++;
	return any == 0;
}
