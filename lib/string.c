/*
 * The memory functions that a compiler may call where the source doesn't, for programs without a C
 * library (the frame, its services). Host programs have their own functions, and don't link this
 * file.
 *
 * The functions use words only if both sides can be aligned together. The frame copies device trees
 * and tables before its MMU is on, when an unaligned access would fault.
 */
#include <stddef.h>
#include <stdint.h>

/* These words read and write objects of any type, so they may alias everything. */
typedef uint64_t __attribute__((may_alias)) word;

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);

/* Keeps the compiler from replacing a loop below by a call of the function in which the loop
 * stands. */
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

/* Copies eight words in each turn: compilers make pairs of loads and stores of them. Returns how
 * many bytes were copied. */
static size_t string_copy_words(uint8_t *to, const uint8_t *from, size_t size)
{
	const word *in = (const word *)from;
	word *out = (word *)to;
	const word *eights = in + size / sizeof(word) / 8 * 8, *end = in + size / sizeof(word);

	for (; in != eights; in += 8, out += 8) {
		word a = in[0], b = in[1], c = in[2], d = in[3];
		word e = in[4], f = in[5], g = in[6], h = in[7];
		out[0] = a, out[1] = b, out[2] = c, out[3] = d;
		out[4] = e, out[5] = f, out[6] = g, out[7] = h;
		STRING_KEEP_LOOP();
	}
	for (; in != end; in++, out++) {
		*out = *in;
		STRING_KEEP_LOOP();
	}
	return size / sizeof(word) * sizeof(word);
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
	/* Copying upwards is also right if the pieces overlap and `to` is the lower one, as each
	 * turn loads before it stores. */
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

static uint8_t *string_fill_bytes(uint8_t *to, uint8_t byte, size_t size)
{
	for (uint8_t *end = to + size; to != end; to++) {
		*to = byte;
		STRING_KEEP_LOOP();
	}
	return to;
}

void *memset(void *to, int value, size_t size)
{
	size_t head = string_to_alignment(to);
	word pattern = (uint8_t)value * 0x0101010101010101ULL, *at, *fours, *end;

	if (head > size)
		head = size;
	at = (word *)string_fill_bytes(to, (uint8_t)value, head);
	size -= head;
	fours = at + size / sizeof(word) / 4 * 4;
	end = at + size / sizeof(word);
	for (; at != fours; at += 4) {
		at[0] = pattern, at[1] = pattern, at[2] = pattern, at[3] = pattern;
		STRING_KEEP_LOOP();
	}
	for (; at != end; at++) {
		*at = pattern;
		STRING_KEEP_LOOP();
	}
	(void)string_fill_bytes((uint8_t *)at, (uint8_t)value, size % sizeof(word));
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
