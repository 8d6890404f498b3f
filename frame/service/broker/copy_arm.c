/*
 * Copies bytes from anywhere to anywhere. Loads and stores of normal memory needn't be aligned here
 * (SCTLR_EL1.A is 0 while a service runs). lib's memcpy() is slower: it aligns all accesses,
 * because the frame also calls it before its MMU is on.
 */
#include <broker/ring.h>

#define COPY_BLOCK 64

/* Copies whole blocks. Returns how many bytes. */
static uint64_t copy_blocks(uint8_t *to, const uint8_t *from, uint64_t size)
{
	uint64_t left = size / COPY_BLOCK * COPY_BLOCK, a, b, c, d, e, f, g, h;

	if (left == 0)
		return 0;
	__asm__ volatile(
	    "1:\n\t"
	    "ldp	%[c], %[d], [%[from], #16]\n\t"
	    "ldp	%[e], %[f], [%[from], #32]\n\t"
	    "ldp	%[g], %[h], [%[from], #48]\n\t"
	    "ldp	%[a], %[b], [%[from]], #64\n\t"
	    "stp	%[c], %[d], [%[to], #16]\n\t"
	    "stp	%[e], %[f], [%[to], #32]\n\t"
	    "stp	%[g], %[h], [%[to], #48]\n\t"
	    "stp	%[a], %[b], [%[to]], #64\n\t"
	    "subs	%[left], %[left], #64\n\t"
	    "b.ne	1b"
	    : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [e] "=&r"(e), [f] "=&r"(f),
	      [g] "=&r"(g), [h] "=&r"(h), [to] "+&r"(to), [from] "+&r"(from), [left] "+&r"(left)
	    :
	    : "memory", "cc");
	return size / COPY_BLOCK * COPY_BLOCK;
}

void copy_bytes(uint8_t *to, const uint8_t *from, uint64_t size)
{
	uint64_t done = copy_blocks(to, from, size), word;

	if (done != 0) {
		/* The rest is the end of one more block, whose beginning is copied once more. */
		if (done != size)
			(void)copy_blocks(to + size - COPY_BLOCK, from + size - COPY_BLOCK,
			                  COPY_BLOCK);
		return;
	}
	for (; size - done >= 8; done += 8)
		__asm__ volatile("ldr %[word], [%[from]]\n\tstr %[word], [%[to]]"
		                 : [word] "=&r"(word)
		                 : [from] "r"(from + done), [to] "r"(to + done)
		                 : "memory");
	for (; done < size; done++) {
		to[done] = from[done];
		__asm__ volatile("" ::: "memory"); /* keeps the compiler from calling memcpy() */
	}
}
