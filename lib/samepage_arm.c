/* See lib/samepage.h. Compilers make no chain of CCMP out of comparisons, and need twice as many
 * instructions. */
#include <lib/samepage.h>

#define SAMEPAGE_BLOCK 1024u

static bool samepage_block(const uint64_t *one, const uint64_t *other)
{
	uint64_t a, b, c, d;
	uint32_t same;

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
	return same != 0;
}

bool samepage(const uint64_t *one, const uint64_t *other)
{
	for (uint32_t at = 0; at < SAMEPAGE_SIZE / sizeof(*one);
	     at += SAMEPAGE_BLOCK / sizeof(*one))
		if (!samepage_block(one + at, other + at))
			return false;
	return true;
}
