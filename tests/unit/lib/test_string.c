/*
 * The memory functions for programs without a C library are compared with the C library's, at every
 * alignment and many sizes. Sanitizers see any access outside.
 */
#define memcpy  string_memcpy
#define memmove string_memmove
#define memset  string_memset
#define memcmp  string_memcmp
#include <lib/string.c> /* NOLINT(bugprone-suspicious-include) */
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

#include <string.h>
#include <unit.h>

#define BYTES 96

static void fill(uint8_t *bytes, uint8_t first)
{
	for (size_t i = 0; i < BYTES; i++)
		bytes[i] = (uint8_t)(first + i * 7);
}

TEST(copies_as_the_library_does)
{
	uint8_t from[BYTES], to[BYTES], expected[BYTES];
	for (size_t a = 0; a < 10; a++)
		for (size_t b = 0; b < 10; b++)
			for (size_t size = 0; size < 80; size++) {
				fill(from, 1), fill(to, 100), fill(expected, 100);
				memcpy(expected + a, from + b, size);
				assert_ptr_equal(string_memcpy(to + a, from + b, size), to + a);
				assert_memory_equal(to, expected, BYTES);
			}
}

TEST(moves_over_itself)
{
	uint8_t bytes[BYTES], expected[BYTES];
	for (size_t a = 0; a < 40; a++)
		for (size_t b = 0; b < 40; b++)
			for (size_t size = 0; size < 56; size++) {
				fill(bytes, 3), fill(expected, 3);
				memmove(expected + a, expected + b, size);
				assert_ptr_equal(string_memmove(bytes + a, bytes + b, size),
				                 bytes + a);
				assert_memory_equal(bytes, expected, BYTES);
			}
}

TEST(sets_and_compares)
{
	uint8_t bytes[BYTES], expected[BYTES];
	for (size_t at = 0; at < 10; at++)
		for (size_t size = 0; size < 80; size++) {
			fill(bytes, 5), fill(expected, 5);
			memset(expected + at, 0xa5, size); /* the low byte counts */
			assert_ptr_equal(string_memset(bytes + at, 0x1a5, size), bytes + at);
			assert_memory_equal(bytes, expected, BYTES);
			assert_int_equal(string_memcmp(bytes, expected, BYTES), 0);
			expected[at]++;
			assert_true((string_memcmp(bytes, expected, BYTES) < 0) ==
			            (memcmp(bytes, expected, BYTES) < 0));
			assert_int_equal(string_memcmp(bytes, expected, at), 0);
		}
}
