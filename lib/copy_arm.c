/*
 * See lib/copy.h. SCTLR_EL1.A is 0 while a service or a program of the RTOS runs. The memcpy() of
 * string.c is slower: it aligns all accesses, because the frame also calls it before its MMU is on.
 */
#include <lib/copy.h>
#include <stdint.h>

#define COPY_BLOCK 128
#define COPY_PAIR  16
#define COPY_WORD  8

static void copy_blocks(uint8_t *to, const uint8_t *from, uint64_t blocks)
{
	uint64_t a, b, c, d, e, f, g, h;

	__asm__ volatile(
	    "1:\n\t"
	    "ldp	%[a], %[b], [%[from], #64]\n\t"
	    "ldp	%[c], %[d], [%[from], #80]\n\t"
	    "ldp	%[e], %[f], [%[from], #96]\n\t"
	    "ldp	%[g], %[h], [%[from], #112]\n\t"
	    "stp	%[a], %[b], [%[to], #64]\n\t"
	    "stp	%[c], %[d], [%[to], #80]\n\t"
	    "stp	%[e], %[f], [%[to], #96]\n\t"
	    "stp	%[g], %[h], [%[to], #112]\n\t"
	    "ldp	%[c], %[d], [%[from], #16]\n\t"
	    "ldp	%[e], %[f], [%[from], #32]\n\t"
	    "ldp	%[g], %[h], [%[from], #48]\n\t"
	    "ldp	%[a], %[b], [%[from]], #128\n\t"
	    "stp	%[c], %[d], [%[to], #16]\n\t"
	    "stp	%[e], %[f], [%[to], #32]\n\t"
	    "stp	%[g], %[h], [%[to], #48]\n\t"
	    "stp	%[a], %[b], [%[to]], #128\n\t"
	    "subs	%[blocks], %[blocks], #1\n\t"
	    "b.ne	1b"
	    : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f),
	      [g] "=&r"(g), [h] "=&r"(h), [to] "+&r"(to), [from] "+&r"(from), [blocks] "+&r"(blocks)
	    :
	    : "memory", "cc");
}

static void copy_pairs(uint8_t *to, const uint8_t *from, uint64_t pairs)
{
	uint64_t a, b;

	__asm__ volatile(
	    "1:\n\t"
	    "ldp	%[a], %[b], [%[from]], #16\n\t"
	    "stp	%[a], %[b], [%[to]], #16\n\t"
	    "subs	%[pairs], %[pairs], #1\n\t"
	    "b.ne	1b"
	    : [a] "=&r"(a), [b] "=&r"(b), [to] "+&r"(to), [from] "+&r"(from), [pairs] "+&r"(pairs)
	    :
	    : "memory", "cc");
}

static void copy_word(uint8_t *to, const uint8_t *from)
{
	uint64_t word;

	__asm__ volatile("ldr %[word], [%[from]]\n\tstr %[word], [%[to]]"
	                 : [word] "=&r"(word)
	                 : [from] "r"(from), [to] "r"(to)
	                 : "memory");
}

/* The last unit ends where the bytes end, so some bytes may be copied twice. */
void copy_bytes(void *to, const void *from, size_t size)
{
	const uint8_t *in = from;
	uint8_t *out = to;

	if (size >= COPY_BLOCK) {
		copy_blocks(out, in, size / COPY_BLOCK);
		if (size % COPY_BLOCK != 0)
			copy_blocks(out + size - COPY_BLOCK, in + size - COPY_BLOCK, 1);
	} else if (size >= COPY_PAIR) {
		copy_pairs(out, in, size / COPY_PAIR);
		if (size % COPY_PAIR != 0)
			copy_pairs(out + size - COPY_PAIR, in + size - COPY_PAIR, 1);
	} else if (size >= COPY_WORD) {
		copy_word(out, in);
		copy_word(out + size - COPY_WORD, in + size - COPY_WORD);
	} else {
		for (size_t i = 0; i < size; i++) {
			out[i] = in[i];
			/* Keeps the compiler from calling memcpy(). */
			__asm__ volatile("" ::: "memory");
		}
	}
}
