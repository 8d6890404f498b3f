/* See same.h. */
#include "same.h"
#include <lib/samepage.h>
#include <lib/string.h>
#include <stdint.h>

/* A word of contents, so it aliases everything. */
typedef uint64_t __attribute__((may_alias)) same_long;

/* Not by sums: blocks that have a CRC of their own in them all have the same CRC. */
bool same_bytes(const void *one, const void *other, size_t size)
{
	const same_long *a = one, *b = other;
	bool same = true;

	if (((uintptr_t)one | (uintptr_t)other) % sizeof(*a) != 0)
		return memcmp(one, other, size) == 0;
	if (size == SAMEPAGE_SIZE)
		return samepage(one, other);
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
