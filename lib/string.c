/*
 * The memory functions that a compiler may call without being asked, for programs without a C
 * library (the frame, its services). Host programs have their own and don't link this file.
 *
 * Words are used only where both sides can be aligned together: the frame copies device trees and
 * tables before its MMU is on, when an unaligned access would fault.
 */
#include <stddef.h>
#include <stdint.h>

/* Other objects are read and written through these words, so they alias everything. */
typedef uint64_t __attribute__((may_alias)) word;

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);

/* Keeps the compiler from turning a loop below into a call of the very function it stands in. */
#define STRING_KEEP_LOOP() __asm__ volatile("" ::: "memory")

static size_t string_to_alignment(const void *pointer)
{
	return (size_t)(-(uintptr_t)pointer & (sizeof(word) - 1));
}

static void string_copy_bytes(uint8_t *to, const uint8_t *from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		to[i] = from[i];
		STRING_KEEP_LOOP();
	}
}

/* Four words a turn: compilers make pairs of loads and stores of it. Returns the bytes copied. */
static size_t string_copy_words(uint8_t *to, const uint8_t *from, size_t size)
{
	size_t done = 0;
	for (; done + 4 * sizeof(word) <= size; done += 4 * sizeof(word)) {
		const word *in = (const word *)(from + done);
		word *out = (word *)(to + done);
		word a = in[0], b = in[1], c = in[2], d = in[3];
		out[0] = a, out[1] = b, out[2] = c, out[3] = d;
		STRING_KEEP_LOOP();
	}
	for (; done + sizeof(word) <= size; done += sizeof(word)) {
		*(word *)(to + done) = *(const word *)(from + done);
		STRING_KEEP_LOOP();
	}
	return done;
}

static void string_copy_up(uint8_t *to, const uint8_t *from, size_t size)
{
	size_t head = string_to_alignment(to);
	if (head != string_to_alignment(from) || size < head) {
		string_copy_bytes(to, from, size);
		return;
	}
	string_copy_bytes(to, from, head);
	size_t done = head + string_copy_words(to + head, from + head, size - head);
	string_copy_bytes(to + done, from + done, size - done);
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	string_copy_up(to, from, size);
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	uint8_t *out = to;
	const uint8_t *in = from;
	/* Upwards is right also when they overlap with `to` below: a turn loads before it stores.
	 */
	if ((uintptr_t)to - (uintptr_t)from >= size) {
		string_copy_up(to, from, size);
		return to;
	}
	while (size > 0) {
		size--;
		out[size] = in[size];
		STRING_KEEP_LOOP();
	}
	return to;
}

void *memset(void *to, int value, size_t size)
{
	uint8_t *out = to;
	uint8_t byte = (uint8_t)value;
	word pattern = byte * 0x0101010101010101ULL;
	size_t i = 0;
	for (; i < size && string_to_alignment(out + i) != 0; i++) {
		out[i] = byte;
		STRING_KEEP_LOOP();
	}
	for (; i + 4 * sizeof(word) <= size; i += 4 * sizeof(word)) {
		word *at = (word *)(out + i);
		at[0] = pattern, at[1] = pattern, at[2] = pattern, at[3] = pattern;
		STRING_KEEP_LOOP();
	}
	for (; i + sizeof(word) <= size; i += sizeof(word)) {
		*(word *)(out + i) = pattern;
		STRING_KEEP_LOOP();
	}
	for (; i < size; i++) {
		out[i] = byte;
		STRING_KEEP_LOOP();
	}
	return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
	const uint8_t *a = left, *b = right;
	for (size_t i = 0; i < size; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}
